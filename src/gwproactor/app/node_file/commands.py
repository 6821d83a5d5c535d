"""The commands that take the file of a node. What one needs is imported when it runs."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

app = typer.Typer(rich_markup_mode="markdown")

# Not checked by typer, whose message takes a box of lines.
File: TypeAlias = Annotated[
    Path, typer.Argument(metavar="FILE", readable=False, help="node.toml", show_default=False)
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


@app.command()
def run(
    file: File,
    *,
    container: Container = "",
    set_: Set = None,
    env_file: EnvFile = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more.")] = False,
    message_summary: Annotated[
        bool, typer.Option("--message-summary", help="Log a line for each message.")
    ] = False,
) -> None:
    """Run a node as its file says, until it is stopped.

    Examples:

    - `gwproactor run node.toml`

    - `gwproactor run node.toml --set brokers.local.port=18831 -v`

    Exit codes:

    - 0: the node stopped by itself

    - 1: it is refused, or could not start, and it is said why

    - 2: wrong options

    - 70: it gave itself up, as an actor failed again and again

    - 130, 143: stopped by Ctrl-C, by SIGTERM
    """
    from gwproactor.app.node_file.prepare import NodeFile  # noqa: PLC0415
    from gwproactor.app.node_file.running import LogOptions, run_file  # noqa: PLC0415

    node = NodeFile(path=file, container=container, overrides=tuple(set_ or ()), env_file=env_file)
    run_file(node, LogOptions(verbose=verbose, message_summary=message_summary))
