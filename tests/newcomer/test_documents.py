"""What newcomers read tells them what is tested."""

from pathlib import Path

import pytest

from gwproactor.app.project.making import make_project, next_steps
from tests.newcomer.ground import ROOT
from tests.newcomer.path import BROKER, CHECKS, COMMANDS, EVENTS, NEW, NODE, PARENT


def commands_of(text: str) -> list[str]:
    """Of the path, in the order in which *text* has them in lines of their own."""
    lines = [
        line.strip().removeprefix("$ ").partition("  #")[0].strip() for line in text.splitlines()
    ]
    return [line for line in lines if line in COMMANDS]


def test_the_documents_name_the_commands_of_the_path() -> None:
    text = (ROOT / "docs" / "getting-started.md").read_text(encoding="utf-8")

    assert commands_of(text) == list(COMMANDS)


@pytest.mark.parametrize("command", [*COMMANDS])
def test_a_command_that_is_not_named_would_be_missed(command: str) -> None:
    text = (ROOT / "docs" / "getting-started.md").read_text(encoding="utf-8")

    assert commands_of(text.replace(f"$ {command}\n", "")) == [
        each for each in COMMANDS if each != command
    ]


def test_a_new_project_names_them_too(tmp_path: Path) -> None:
    folder = tmp_path / "my-house"
    name = make_project(folder).unwrap()

    assert commands_of(next_steps(folder, name)) == [CHECKS[0], BROKER, PARENT, NODE, EVENTS]
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert {*COMMANDS} - {*commands_of(readme)} == {NEW, CHECKS[-1]}
