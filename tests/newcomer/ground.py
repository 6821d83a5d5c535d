"""What a newcomer has: a machine with this library installed, and nothing else."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
INSTALL_S_MAX: Final = 120.0


class StepFailedError(RuntimeError):
    """A step that did not do what a newcomer is promised; the text says what it did."""


def install(folder: Path) -> Path:
    """A new environment in *folder* with the wheel of this library; returns its programs' folder.

    The wheel is built here and installed, so that what is missing in it is missed. The packages
    that it needs are those of this environment: pinned, and not downloaded again.
    """
    wheels, venv = folder / "wheels", folder / "venv"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    _run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(ROOT)]
    )
    _run([sys.executable, "-m", "venv", "--without-pip", str(venv)])
    programs = venv / "bin"
    [wheel] = wheels.glob("*.whl")
    _run([*pip, "--python", str(programs / "python"), "install", "--no-deps", str(wheel)])
    [packages] = venv.glob("lib/python*/site-packages")
    # Unlike a folder of packages, one that is named so has its own .pth files not read: among them
    # that which leads to our sources.
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return programs


def clean_environment(home: Path, programs: Path) -> dict[str, str]:
    """What programs find in the environment of somebody who has just logged in."""
    system = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": f"{programs}:{system}",
        "TERM": os.environ.get("TERM", "dumb"),
    }


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=INSTALL_S_MAX,
        check=False,
    )
    if done.returncode != 0:
        raise StepFailedError(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}")
