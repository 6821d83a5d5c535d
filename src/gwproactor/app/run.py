"""Running a node as a process: signals in, exit code out. `docs/running.md` tells users."""

import faulthandler
import io
import logging
import signal
from typing import Final

from gwproactor.app.proactor import Proactor
from gwproactor.app.signals import end_at_once, heard_signals

LOG: Final = logging.getLogger("gwproactor")


async def run_node(proactor: Proactor) -> int:
    """Run *proactor* until it stops, in the main thread. SIGINT and SIGTERM stop it cleanly, a
    second one ends the process at once. A SIGABRT, or a crash, first writes the stacks of all
    threads to standard error.

    Returns the code to exit with: that of a node which gave itself up, else 128 + the number of the
    signal that stopped it, else 0. Raises StartError if the node cannot start.
    """
    _show_stacks_when_aborted()

    def stop(given: signal.Signals) -> None:
        LOG.info("%s: the node stops; a second signal would end it at once", given.name)
        proactor.stop(f"signal {given.name}")

    with heard_signals(stop, end_at_once) as signals:
        await proactor.run_forever()
    if signals.first is None:
        return proactor.exit_code
    return proactor.exit_code or 128 + signals.first


def _show_stacks_when_aborted() -> None:
    """As systemd does to who does not pat it; works also if the interpreter hangs."""
    if faulthandler.is_enabled():
        return
    try:
        faulthandler.enable()
    except (AttributeError, RuntimeError, io.UnsupportedOperation) as error:
        LOG.warning("no stacks will be written on a crash: standard error is no file: %s", error)
