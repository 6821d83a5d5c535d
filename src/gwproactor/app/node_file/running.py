"""`gwproactor run`: a node from its file as this process."""

import logging
import sys
from collections.abc import Iterable
from typing import Final, NoReturn

import attrs
import typer

from gwproactor.app.building import try_building
from gwproactor.app.config.fault import Fault
from gwproactor.app.logging_setup import setup_logging
from gwproactor.app.node_file.checking import checked
from gwproactor.app.node_file.prepare import NodeFile, PreparedNode, prepared
from gwproactor.app.proactor import Proactor
from gwproactor.app.run import run_process
from gwproactor.domain.outcome import Failure, Success

LOG: Final = logging.getLogger("gwproactor")

EXIT_REFUSED: Final = 1


@attrs.frozen(kw_only=True)
class LogOptions:
    """What the command line says of the log."""

    verbose: bool = False
    message_summary: bool = False


def run_file(node: NodeFile, log: LogOptions) -> NoReturn:
    """Run it, and end the process; or say all that is wrong with it."""
    match prepared(node):
        case Success(ready) if not ready.is_refused:
            setup_logging(log, ready.settings)
            for fault in ready.faults:
                LOG.warning("%s (the node starts all the same)", fault)
            run_process(lambda: _built(ready))
        case _:
            refuse(checked(node).faults)


def refuse(faults: Iterable[Fault]) -> NoReturn:
    """Say them, and end the process."""
    for fault in faults:
        typer.echo(str(fault), err=True)
    sys.exit(EXIT_REFUSED)


def _built(ready: PreparedNode) -> Proactor:
    match try_building(ready.container()):
        case Success(proactor):
            return proactor
        case Failure(found):
            for each in found:
                LOG.info("refused", exc_info=each.error)
            refuse(ready.explained(found))
