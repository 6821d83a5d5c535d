"""Ctrl-C and SIGTERM: the first one asks for an end, the second one for a quick end."""

import _thread
import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final

from gwproactor.app.process_end import end_process

LOG: Final = logging.getLogger("gwproactor")

HANDLED: Final = (signal.SIGINT, signal.SIGTERM)


def _ignore(_: signal.Signals) -> None:
    pass


class Signals:
    """What has come, for the loop thread."""

    def __init__(self, on_first: Callable[[signal.Signals], None]) -> None:
        self.first: signal.Signals | None = None
        self.asked = asyncio.Event()
        self.asked_again = asyncio.Event()
        self._on_first = on_first

    def receive(self, given: signal.Signals) -> None:
        if self.first is None:
            self.first = given
            self.asked.set()
            self._on_first(given)


@contextlib.contextmanager
def heard_signals(
    on_first: Callable[[signal.Signals], None] = _ignore,
    on_second: Callable[[signal.Signals], None] = _ignore,
) -> Iterator[Signals]:
    """Take SIGINT and SIGTERM; they have their former effect afterwards. Main thread only.

    *on_first* is called on the loop; *on_second*, once, in any thread, whatever the loop does.
    """
    loop = asyncio.get_running_loop()
    signals = Signals(on_first)

    def hear_second(given: signal.Signals) -> None:
        with contextlib.suppress(RuntimeError):  # The loop was closed.
            loop.call_soon_threadsafe(signals.asked_again.set)
        on_second(given)

    later = _LaterSignals(hear_second)
    former = {given: signal.getsignal(given) for given in HANDLED}
    for given in HANDLED:
        loop.add_signal_handler(given, signals.receive, given)
        # Python's own handler is called although the loop is blocked, asyncio's is not.
        signal.signal(given, later.handle)
    try:
        yield signals
    finally:
        later.end()
        for given in HANDLED:
            loop.remove_signal_handler(given)
            signal.signal(given, former[given])


class _LaterSignals:
    """Hears the second signal, in a thread of its own.

    A handler in Python waits for the main thread, which may just have begun to wait for a lock. The
    interpreter's own handler does not: it writes the signal's number to a file, here from the first
    signal on. Whoever was told so before, as the loop is for its own handlers, is told each number.
    """

    def __init__(self, hear: Callable[[signal.Signals], None]) -> None:
        self._hear = hear
        self._has_begun = _thread.allocate_lock()
        self._is_heard = _thread.allocate_lock()
        self._numbers: socket.socket | None = None
        self._former_file = -1

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """The handler in Python. The loop has been told of the first signal."""
        # One step: another signal's handler may run inside of this one, between any two lines.
        if not self._has_begun.acquire(blocking=False):
            self._hear_once(number)  # It came before the thread was there.
            return
        heard, self._numbers = socket.socketpair()
        self._numbers.setblocking(False)
        self._former_file = signal.set_wakeup_fd(self._numbers.fileno())
        # Not by `threading`, in whose locks the main thread may have been interrupted.
        _thread.start_new_thread(self._read_in_signal_thread, (heard, self._former_file))

    def end(self) -> None:
        if self._numbers is None:
            return
        present = signal.set_wakeup_fd(self._former_file)
        if present != self._numbers.fileno():
            signal.set_wakeup_fd(present)  # It was somebody else's by now.
        self._numbers.close()

    def _read_in_signal_thread(self, numbers: socket.socket, former_file: int) -> None:
        with numbers:
            while number := numbers.recv(1):
                if former_file >= 0:
                    with contextlib.suppress(OSError):  # It is full, or was closed.
                        os.write(former_file, number)
                if number[0] in HANDLED:
                    self._hear_once(number[0])

    def _hear_once(self, number: int) -> None:
        if self._is_heard.acquire(blocking=False):
            self._hear(signal.Signals(number))


def end_at_once(given: signal.Signals) -> None:
    """End the process with 128 + the signal's number, whatever hangs; nothing is closed."""

    def say() -> None:
        LOG.critical("%s, the second signal: the process ends without a clean stop", given.name)

    end_process(128 + given, say)
