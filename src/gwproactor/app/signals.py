"""Ctrl-C and SIGTERM as something to wait for."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from typing import Final

HANDLED: Final = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """The first one asks for an end, the second one for a quick end."""

    def __init__(self) -> None:
        self.first: signal.Signals | None = None
        self.asked = asyncio.Event()
        self.asked_again = asyncio.Event()

    def receive(self, given: signal.Signals) -> None:
        if self.first is None:
            self.first = given
            self.asked.set()
        else:
            self.asked_again.set()


@contextlib.contextmanager
def heard_signals() -> Iterator[Signals]:
    """Take SIGINT and SIGTERM; they have their former effect afterwards."""
    loop = asyncio.get_running_loop()
    signals = Signals()
    former = {given: signal.getsignal(given) for given in HANDLED}
    for given in HANDLED:
        loop.add_signal_handler(given, signals.receive, given)
    try:
        yield signals
    finally:
        for given in HANDLED:
            loop.remove_signal_handler(given)
            signal.signal(given, former[given])
