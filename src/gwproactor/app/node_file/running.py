"""`gwproactor run`: a node from its file as this process."""

import attrs
import typer

from gwproactor.app.building import build_node
from gwproactor.app.logging_setup import setup_logging
from gwproactor.app.node_file.prepare import NodeFile, prepared
from gwproactor.app.run import run_process
from gwproactor.domain.outcome import Failure, Success


@attrs.frozen(kw_only=True)
class LogOptions:
    """What the command line says of the log."""

    verbose: bool = False
    message_summary: bool = False


def run_file(node: NodeFile, log: LogOptions) -> None:
    """Run it, and end the process; or say what is wrong with it."""
    match prepared(node):
        case Failure(refused):
            typer.echo(str(refused), err=True)
            raise typer.Exit(1)
        case Success(ready):
            setup_logging(log, ready.settings)
            run_process(lambda: build_node(ready.container()))
