"""Commands whose standard output cannot be written, as processes."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.command_line import COMMAND, ENDS_WITHIN_S, environment
from tests.support.node_files import node_file

WRITING: tuple[list[str], ...] = (
    ["--version"],
    ["--help"],
    [],
    ["run", "--help"],
    ["--show-completion", "bash"],
    ["new", "house"],
    ["broker", "--port", "0"],
    ["certs", "certs"],
    ["check", "node.toml"],
    ["check", "node.toml", "--json"],
    ["wiring", "node.toml"],
    ["run", "node.toml", "--dry-run"],
    ["config", "show", "node.toml"],
    ["config", "schema"],
)


def ended(arguments: list[str], folder: Path, output: int) -> tuple[int, str]:
    """The exit code, and what was said, if standard output is *output*, which is closed then."""
    node_file(folder)
    try:
        done = subprocess.run(
            [*COMMAND, *arguments],
            stdout=output,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
            cwd=folder,
            env=environment(folder),
            timeout=ENDS_WITHIN_S,
        )
    finally:
        os.close(output)
    return done.returncode, done.stderr


@pytest.mark.parametrize("arguments", WRITING, ids=" ".join)
def test_a_full_disk_is_one_line(arguments: list[str], tmp_path: Path) -> None:
    code, said = ended(arguments, tmp_path, os.open("/dev/full", os.O_WRONLY))

    assert (code, said.splitlines()[-1]) == (2, "the output: No space left on device")
    assert "Traceback" not in said


@pytest.mark.parametrize("arguments", WRITING, ids=" ".join)
def test_a_reader_that_went_away_is_no_line(arguments: list[str], tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    code, said = ended(arguments, tmp_path, writer)

    assert code == 141
    assert said == "" or arguments[0] in ("broker", "certs")
    assert "Traceback" not in said


def test_a_completion_that_cannot_be_installed_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    done = subprocess.run(
        [*COMMAND, "--install-completion", "bash"],
        capture_output=True,
        check=False,
        text=True,
        env=environment(tmp_path / "home"),
        timeout=ENDS_WITHIN_S,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"completion cannot be installed: {tmp_path}/home: File exists\n"


def test_an_error_of_the_program_itself_is_not_taken_for_one_of_the_output() -> None:
    code = (
        "import os\n"
        "from gwproactor.app.output import explained_output\n"
        "with explained_output(): os.listdir('nowhere')\n"
    )
    done = subprocess.run([COMMAND[0], "-c", code], capture_output=True, check=False, text=True)

    assert done.stderr.splitlines()[-1].startswith("FileNotFoundError")
