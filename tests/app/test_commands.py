"""The command line, as far as nothing is started."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gwproactor.app.commands import app


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


def test_without_a_command_help_is_shown() -> None:
    assert "demo" in run().output


def test_the_version_is_shown() -> None:
    result = run("--version")

    assert (result.exit_code, result.output.split()[0]) == (0, "gwproactor")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--broker", "mqtt://localhost:port"], "is no URL"),
        (["--broker", "mqtt://localhost", "--outage"], "not ours to take away"),
        (["--seconds", "0"], "0.0 is not between 1 and 86,400"),
        (["--rate", "nan"], "nan is not between"),
        (["--events", "many"], "--events"),
        (["--seconds", "5", "--events", "5"], "not both"),
        (["--keep", "/dev/null/files"], "/dev/null/files cannot be used: Not a directory"),
        (["--unknown"], "--unknown"),
    ],
)
def test_a_wrong_option_of_the_demo_is_explained(arguments: list[str], says: str) -> None:
    result = run("demo", *arguments)

    assert result.exit_code == 2
    assert says in result.output


def test_a_folder_with_files_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "old").touch()
    result = run("demo", "--keep", str(tmp_path))

    assert result.exit_code == 2
    assert "is not empty: name a new or empty folder" in result.output
