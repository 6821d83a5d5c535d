"""The way of pats to the watchdog, beside the queues of the bus.

Its one rule: a pat is never lost, nor waits, because others write much. Who pats again before the
loop has turned changes nothing, so each name has one place, and there is no more to bound.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Final

from gwproactor.domain.message import Message
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.message_bus import Stopped

_TAKEN: Final = Success(None)
_STOPPED: Final = Failure(Stopped())


class PatLane:
    """Gives *hand_over*, on the loop, the latest pat of each source. Closed until `open`."""

    def __init__(self, hand_over: Callable[[Message[object]], None]) -> None:
        self._hand_over = hand_over
        self._pats: dict[tuple[str, str, type], Message[object]] = {}
        # Re-entrant: a signal handler may put while its own thread holds it.
        self._lock = threading.RLock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        """Take pats from now on. Loop thread."""
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """Take no more; those under way are dropped. Loop thread."""
        with self._lock:
            self._loop = None
            self._pats.clear()

    def put(self, pat: Message[object]) -> Outcome[None, Stopped]:
        """Any thread; never waits."""
        with self._lock:
            loop = self._loop
            if loop is None or loop.is_closed():
                return _STOPPED
            is_woken = bool(self._pats)
            self._pats[pat.header.src, pat.header.dst, type(pat.payload)] = pat
        if is_woken:
            return _TAKEN
        try:
            loop.call_soon_threadsafe(self._deliver)
        except RuntimeError:  # It was closed a moment ago.
            return _STOPPED
        return _TAKEN

    def _deliver(self) -> None:
        with self._lock:
            pats, self._pats = self._pats, {}
        for pat in pats.values():
            self._hand_over(pat)
