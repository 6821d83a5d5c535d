"""The commands that take the file of a node. What one needs is imported when it runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gwproactor.app.options import DEFAULT_FILE, AsJson, Container, EnvFile, File, Set

if TYPE_CHECKING:
    from gwproactor.app.node_file.prepare import NodeFile

app = typer.Typer(rich_markup_mode="markdown")


@app.command()
def run(
    file: File = DEFAULT_FILE,
    *,
    container: Container = "",
    set_: Set = None,
    env_file: EnvFile = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check, show settings and wiring, run nothing.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more.")] = False,
    message_summary: Annotated[
        bool, typer.Option("--message-summary", help="Log a line for each message.")
    ] = False,
) -> None:
    """Run a node as its file says, until it is stopped.

    Everything is checked first, and what is wrong is said at once, each with where it is written.
    A certificate that has expired, or is not valid yet, keeps no node from running: it is logged.

    Settings are those of `--set`, else of the environment, else of .env, else of FILE.

    Examples:

    - `gwproactor run node.toml`

    - `gwproactor run node.toml --set brokers.local.port=18831 -v`

    - `gwproactor run node.toml --container house.node:HouseContainer`

    - `gwproactor run node.toml --dry-run`

    Exit codes:

    - 0: the node stopped by itself, or nothing is wrong with it (--dry-run)

    - 1: it is refused, or could not start, and it is said why

    - 2: wrong options

    - 70: it gave itself up, as an actor failed again and again

    - 130, 143: stopped by Ctrl-C, by SIGTERM
    """
    node = _node_file(file, container, set_, env_file)
    if dry_run:
        from gwproactor.app.node_file.reporting import show_plan  # noqa: PLC0415
        from gwproactor.app.terminal import explained_errors  # noqa: PLC0415

        with explained_errors():
            raise typer.Exit(show_plan(node))
    from gwproactor.app.node_file.running import LogOptions, run_file  # noqa: PLC0415

    run_file(node, LogOptions(verbose=verbose, message_summary=message_summary))


@app.command()
def check(
    file: File = DEFAULT_FILE,
    *,
    container: Container = "",
    set_: Set = None,
    env_file: EnvFile = None,
    connect: Annotated[
        bool, typer.Option("--connect", help="Connect to each broker, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say all that is wrong with a node, before it runs.

    Its settings, the files that they name, its container, and whether its actors can be built.
    The module of the container is imported, and its actors are made, but no `init` is called;
    nothing is opened, and nothing is written. Faults go to stderr, one a line, each with where it
    is written.

    With --connect the node's brokers are connected to, once, beside the node if it runs: under a
    client id of its own.

    With --json it is one object on stdout: file, is_fine, may_run (whether `run` would start the
    node), faults (each place, text, may_pass), brokers (each broker, address, client_id, accepted,
    cause, detail).

    Examples:

    - `gwproactor check node.toml`

    - `gwproactor check node.toml --connect`

    Exit codes:

    - 0: nothing is wrong

    - 1: something is, and it is said what

    - 2: wrong options
    """
    from gwproactor.app.node_file import reporting  # noqa: PLC0415
    from gwproactor.app.terminal import explained_errors  # noqa: PLC0415

    node = _node_file(file, container, set_, env_file)
    with explained_errors():
        raise typer.Exit(reporting.check(node, connects=connect, as_json=as_json))


@app.command()
def wiring(
    file: File = DEFAULT_FILE,
    *,
    container: Container = "",
    set_: Set = None,
    env_file: EnvFile = None,
    as_json: AsJson = False,
) -> None:
    """Show who gets which adapter: each part of a node, what it is, and what it is built from.

    On a terminal it is a table; elsewhere the same columns separated by tabs. With --json each
    part is an object in a line of its own: part, class, needs.

    Examples:

    - `gwproactor wiring node.toml`

    - `gwproactor wiring node.toml --json | jq 'select(.needs | index("event_store"))'`

    Exit codes:

    - 0: shown

    - 1: the node is refused, and it is said why

    - 2: wrong options
    """
    from gwproactor.app.node_file.reporting import show_wiring  # noqa: PLC0415
    from gwproactor.app.terminal import explained_errors  # noqa: PLC0415

    node = _node_file(file, container, set_, env_file)
    with explained_errors():
        raise typer.Exit(show_wiring(node, as_json=as_json))


def _node_file(
    file: Path, container: str, overrides: list[str] | None, env_file: Path | None
) -> "NodeFile":
    from gwproactor.app.node_file.prepare import NodeFile  # noqa: PLC0415

    return NodeFile(
        path=file, container=container, overrides=tuple(overrides or ()), env_file=env_file
    )
