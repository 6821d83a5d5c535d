"""A generated project, as its owner's tools see it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gwproactor import ProactorSettings
from gwproactor.app.config.load import load_settings
from gwproactor.app.project.making import make_project
from gwproactor.app.project.names import NAME_CHARACTERS_MAX
from gwproactor.domain.outcome import Success

# Imports are sorted and lines are wrapped by their length, which is that of the name.
NAMES = ("h", "my-house", "house-" + "h" * (NAME_CHARACTERS_MAX - 6))


@pytest.fixture(params=NAMES)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / str(request.param)
    assert isinstance(make_project(folder), Success)
    return folder


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """With `python -m`, and without this repository's sources in the path."""
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.timeout(120)
def test_its_tests_pass_and_leave_nothing_behind(project: Path) -> None:
    before = set(project.iterdir())
    done = run(project, "pytest", "-p", "no:cacheprovider")

    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
    assert set(project.iterdir()) == before


def test_it_is_formatted_and_linted_by_its_own_rules(project: Path) -> None:
    for command in (["check"], ["format", "--check", "--diff"]):
        done = run(project, "ruff", command[0], "--no-cache", *command[1:])

        assert done.returncode == 0, done.stdout


@pytest.mark.timeout(120)
@pytest.mark.parametrize("project", ["my-house"], indirect=True)
def test_mypy_finds_nothing_in_strict_mode(project: Path) -> None:
    done = run(project, "mypy", "--strict", "--no-incremental")

    assert done.returncode == 0, done.stdout
    assert "in 7 source files" in done.stdout


@pytest.mark.parametrize("project", ["my-house"], indirect=True)
def test_systemd_takes_its_unit(project: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    text = (project / "my-house.service").read_text()
    program = "/opt/my-house/venv/bin/gwproactor"
    assert f"ExecStart={program} run /opt/my-house/node.toml\n" in text
    unit = tmp_path / "my-house.service"
    # It is asked whether the program is there.
    unit.write_text(text.replace(f"ExecStart={program}", "ExecStart=/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("project", ["my-house"], indirect=True)
def test_what_its_unit_sets_are_settings_of_the_node(project: Path) -> None:
    unit = (project / "my-house.service").read_text()
    set_there = dict(re.findall(r"^#?Environment=(\w+)=(.*)$", unit, re.MULTILINE))
    assert len(set_there) == 3
    environ = {name: re.sub("%[SLd]", "/there", value) for name, value in set_there.items()}

    settings = load_settings(ProactorSettings, project / "parent.toml", environ=environ)

    loaded = settings.unwrap().settings
    assert loaded.paths.data_dir == Path("/there/my-house")
    assert loaded.paths.log_dir == Path("/there/my-house")
    assert loaded.tls_paths("local").private_key_path == Path("/there/key.pem")
