"""The command `gwproactor new`. What it needs is imported when it runs."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode="markdown")


@app.command()
def new(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="New, or empty.", show_default=False)
    ],
) -> None:
    """Make a small project in DIR: a node of your own that works, with its tests.

    It has a node.toml, an actor, a container, tests with fakes, a systemd unit, and a parent to
    try it with. Its last part names the project and its package: `my-house` has a package
    `my_house`. A repository or an environment (.git, .venv, venv) may lie there already.

    Example: `gwproactor new my-house`

    Exit codes:

    - 0: made

    - 1: a file could not be written

    - 2: DIR is not empty, or cannot name a project
    """
    from gwproactor.app.project.making import (  # noqa: PLC0415
        BadFolder,
        make_project,
        next_steps,
    )
    from gwproactor.domain.outcome import Failure, Success  # noqa: PLC0415

    match make_project(folder):
        case Success(name):
            typer.echo(next_steps(folder, name))
        case Failure(problem):
            if isinstance(problem, BadFolder):
                raise typer.BadParameter(problem.reason, param_hint="DIR")
            typer.echo(f"{problem.path}: {problem.reason}", err=True)
            raise typer.Exit(1)
