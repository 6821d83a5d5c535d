"""The unit file in examples/systemd, as systemd's own tools see it."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[3] / "examples" / "systemd" / "house.service"
PYTHON = "/opt/house/venv/bin/python"
# What a service could do to its host, by `systemd-analyze security`; a plain one has 9.6 of 10.
EXPOSURE_MAX = 2.0

systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def analyzed(folder: Path, unit: str, *options: str) -> str:
    """What systemd-analyze says of *unit*, with a python that is there; fails if it fails."""
    path = folder / "house.service"
    path.write_text(unit.replace(PYTHON, sys.executable), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", *options, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env={"SYSTEMD_PAGER": "", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@systemd
def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    assert analyzed(tmp_path, UNIT.read_text(encoding="utf-8"), "verify") == ""


@systemd
def test_a_fault_in_the_unit_would_be_found(tmp_path: Path) -> None:
    unit = UNIT.read_text(encoding="utf-8").replace("WatchdogSec", "WatchdogSecs")
    assert "WatchdogSecs" in analyzed(tmp_path, unit, "verify")


@systemd
def test_the_service_can_do_little_to_its_host(tmp_path: Path) -> None:
    unit = UNIT.read_text(encoding="utf-8")
    said = analyzed(
        tmp_path, unit, "security", "--offline=true", f"--threshold={EXPOSURE_MAX * 10:.0f}"
    )
    assert "Overall exposure level" in said


def test_the_unit_lets_the_node_pat_and_starts_it_again() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.read_string(UNIT.read_text(encoding="utf-8"))
    service = unit["Service"]
    assert service["Type"] == "notify"
    assert service["NotifyAccess"] == "main"
    assert int(service["WatchdogSec"]) > 0
    assert service["Restart"] == "on-failure"
    assert service["SuccessExitStatus"].split() == ["130", "143"]
