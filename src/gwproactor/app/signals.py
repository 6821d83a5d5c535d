"""Ctrl-C and SIGTERM: the first one asks for an end, the second one for a quick end."""

import _thread
import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final

LOG: Final = logging.getLogger("gwproactor")

HANDLED: Final = (signal.SIGINT, signal.SIGTERM)
# A log that blocks must not keep the process from ending.
LAST_WORDS_S_MAX: Final = 0.5


def _ignore(_: signal.Signals) -> None:
    pass


class Signals:
    """What has come. *on_first* and the events are for the loop; *on_second* is called in the main
    thread, also while the loop is blocked.
    """

    def __init__(
        self,
        on_first: Callable[[signal.Signals], None],
        on_second: Callable[[signal.Signals], None],
    ) -> None:
        self.first: signal.Signals | None = None
        self.asked = asyncio.Event()
        self.asked_again = asyncio.Event()
        self._on_first = on_first
        self._on_second = on_second
        self._has_come = False

    def receive(self, given: signal.Signals) -> None:
        """On the loop, as soon as it turns."""
        if self.first is None:
            self.first = given
            self.asked.set()
            self._on_first(given)
        else:
            self.asked_again.set()

    def interrupt(self, number: int, _: FrameType | None) -> None:
        """Between two steps of whatever the main thread does."""
        if self._has_come:
            self._on_second(signal.Signals(number))
        self._has_come = True


@contextlib.contextmanager
def heard_signals(
    on_first: Callable[[signal.Signals], None] = _ignore,
    on_second: Callable[[signal.Signals], None] = _ignore,
) -> Iterator[Signals]:
    """Take SIGINT and SIGTERM; they have their former effect afterwards. Main thread only."""
    loop = asyncio.get_running_loop()
    signals = Signals(on_first, on_second)
    former = {given: signal.getsignal(given) for given in HANDLED}
    for given in HANDLED:
        # The loop's handler wakes it, and leaves room for one that need not wait for the loop.
        loop.add_signal_handler(given, signals.receive, given)
        signal.signal(given, signals.interrupt)
    try:
        yield signals
    finally:
        for given in HANDLED:
            loop.remove_signal_handler(given)
            signal.signal(given, former[given])


def end_at_once(given: signal.Signals) -> None:
    """End the process with 128 + the signal's number, whatever hangs; nothing is closed.

    Says so in the log, from a thread, as the interrupted one may hold a lock of the log.
    """
    is_said = _thread.allocate_lock()
    is_said.acquire()

    def say() -> None:
        LOG.critical("%s, the second signal: the process ends without a clean stop", given.name)
        is_said.release()

    _thread.start_new_thread(say, ())
    is_said.acquire(timeout=LAST_WORDS_S_MAX)
    os._exit(128 + given)
