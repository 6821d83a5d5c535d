"""Running a node as a process: signals in, exit code out. `docs/running.md` tells users."""

import asyncio
import faulthandler
import io
import logging
import signal
import sys
from collections.abc import Callable
from typing import Final, NoReturn

import attrs

from gwproactor.app.proactor import Proactor, StartError
from gwproactor.app.process_end import EndGuard
from gwproactor.app.signals import end_at_once, heard_signals

LOG: Final = logging.getLogger("gwproactor")

# Also the interpreter's own for a program that ends by an exception.
EXIT_FAILED: Final = 1


def run_process(build: Callable[[], Proactor]) -> NoReturn:
    """Run the node that *build* makes, as `run_node` does, and end the process; main thread only.

    *build* is called on the running event loop, and may begin tasks of its own there. When the node
    has stopped, tasks are cancelled and threads waited for, for 5 s in all; what is left then is
    logged with its stack, and the process ends without it. Else it ends as any program does, with
    `atexit` and all. A node that cannot start is one line of the log, and exit code 1.
    """
    runner = asyncio.Runner()
    code = _NodeRun(build).run(runner.get_loop())
    EndGuard(runner.get_loop(), code).begin()
    try:
        runner.close()
    except BaseException:
        LOG.critical("a task was ended by an exception", exc_info=True)
    sys.exit(code)


async def run_node(proactor: Proactor) -> int:
    """Run *proactor* until it stops, in the main thread. SIGINT and SIGTERM stop it cleanly, a
    second one ends the process at once. A SIGABRT, or a crash, first writes the stacks of all
    threads to standard error.

    Returns the code to exit with: that of a node which gave itself up, else 128 + the number of the
    signal that stopped it, else 0. Raises StartError if the node cannot start.

    For programs with a loop of their own. That the process ends is not promised: `asyncio.run`
    waits for ever for a task that does not end when cancelled, and for a hanging `to_thread`;
    `run_process` does not.
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


@attrs.define(eq=False)
class _NodeRun:
    build: Callable[[], Proactor]
    _proactor: Proactor | None = attrs.field(init=False, default=None)

    def run(self, loop: asyncio.AbstractEventLoop) -> int:
        """Run until the node has stopped; returns the exit code."""
        main = loop.create_task(self._main(), name="run_process")
        while True:
            try:
                return loop.run_until_complete(main)
            except StartError as error:
                LOG.critical("the node cannot start: %s", error)
                return EXIT_FAILED
            except (SystemExit, KeyboardInterrupt) as error:
                # asyncio lets these two end the loop; the node must be stopped all the same.
                if main.done():
                    return _exit_code_of(error)
                main = loop.create_task(self._stopped(main, error), name="run_process")
            except BaseException:
                LOG.critical("the node was ended by an exception", exc_info=True)
                return EXIT_FAILED

    async def _main(self) -> int:
        self._proactor = self.build()
        return await run_node(self._proactor)

    async def _stopped(
        self, main: "asyncio.Task[int]", error: SystemExit | KeyboardInterrupt
    ) -> int:
        LOG.critical("%s on the event loop: the node stops", type(error).__name__, exc_info=error)
        if self._proactor is not None:
            self._proactor.stop(f"{type(error).__name__} on the event loop")
        await main
        return _exit_code_of(error)


def _exit_code_of(error: SystemExit | KeyboardInterrupt) -> int:
    """As the interpreter does it."""
    match error:
        case SystemExit(code=None):
            return 0
        case SystemExit(code=int(code)):
            return code
        case SystemExit(code=reason):
            LOG.critical("%s", reason)
            return EXIT_FAILED
        case _:
            return 128 + signal.SIGINT


def _show_stacks_when_aborted() -> None:
    """As systemd does to who does not pat it; works also if the interpreter hangs."""
    if faulthandler.is_enabled():
        return
    try:
        faulthandler.enable()
    except (AttributeError, RuntimeError, io.UnsupportedOperation) as error:
        LOG.warning("no stacks will be written on a crash: standard error is no file: %s", error)
