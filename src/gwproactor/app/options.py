"""Arguments and options of more than one command."""

from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

DEFAULT_FILE: Final = Path("node.toml")

# Not checked by typer, whose message takes a box of lines.
File: TypeAlias = Annotated[
    Path, typer.Argument(metavar="[FILE]", readable=False, help="What the node is.")
]
# `file_if_any` of it is what to read.
FileIfAny: TypeAlias = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]",
        readable=False,
        help=f"Default: {DEFAULT_FILE} in this folder, if there is one.",
        show_default=False,
    ),
]
Container: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="MODULE:CLASS",
        help="The node's container, instead of the file's `container`.",
        show_default=False,
    ),
]
Set: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="A setting that goes before all others; may be given several times.",
        show_default=False,
    ),
]
EnvFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH",
        readable=False,
        help="Settings as in the environment. Default: .env beside FILE.",
        show_default=False,
    ),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Write JSON.")]


def file_if_any(given: Path | None) -> Path | None:
    return given if given is not None or not DEFAULT_FILE.exists() else DEFAULT_FILE
