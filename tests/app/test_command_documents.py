"""Every command tells in its help, and docs/cli.md tells, what it takes and how it ends."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from gwproactor.app.commands import app

DOCUMENT = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
CODES = re.compile(r"^\s*- ([\d, ]+):", re.MULTILINE)


def commands() -> Iterator[tuple[str, Any, Any]]:
    """Each by its whole name, with what it is below."""

    def below(name: str, command: Any, above: Any) -> Iterator[tuple[str, Any, Any]]:
        inner = getattr(command, "commands", {})
        if not inner:
            yield name, command, above
        for word, each in inner.items():
            yield from below(f"{name} {word}", each, command)

    yield from below("gwproactor", typer.main.get_command(app), None)


COMMANDS = {name: (command, above) for name, command, above in commands()}


def section_of(name: str) -> str:
    """That of the first word after `gwproactor`."""
    word = name.split()[1]
    _, heading, rest = DOCUMENT.partition(f"## `gwproactor {word}`\n")
    assert heading, f"docs/cli.md has no section for {word}"
    return rest.partition("\n## ")[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_document_tells_of_a_command_with_all_its_options(name: str) -> None:
    command, _ = COMMANDS[name]
    section = section_of(name)
    assert name.rsplit(maxsplit=1)[-1] in section
    options = [word for each in command.params for word in (*each.opts, *each.secondary_opts)]
    missing = [word for word in options if word.startswith("--") and word not in section]
    assert not missing


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_an_example_and_tells_the_exit_codes_of_the_document(name: str) -> None:
    command, above = COMMANDS[name]
    assert "Example" in command.help
    told = CODES.findall(command.help) or CODES.findall(above.help or "")
    assert told, f"the help of {name} tells no exit codes"
    _, _, ends = section_of(name).partition("Exit codes: ")
    numbers = set(re.findall(r"\d+", ends))
    assert {each for codes in told for each in re.findall(r"\d+", codes)} <= numbers
