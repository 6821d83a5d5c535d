"""The `ThreadMailbox`: a deque, one lock, and at most one wake-up of the loop under way.

Waking a loop costs a write to its pipe, many times the price of an item; so a thread wakes it only
if nobody did since the loop last found the box empty.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Generic, TypeVar

from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.message_bus import ROOM_WAIT_S_MAX, THREADS_QUEUED_MAX, BusFull, Stopped

T = TypeVar("T")

# Larger: sockets and timers wait longer behind a busy thread. Smaller: more turns of the loop.
ITEMS_PER_TURN: Final = 500

_TAKEN: Final = Success(None)
_STOPPED: Final = Failure(Stopped())


class LoopMailbox(Generic[T]):
    """For *items_max* items; a thread that finds it full waits at most *room_wait_s* for room."""

    def __init__(
        self, items_max: int = THREADS_QUEUED_MAX, room_wait_s: float = ROOM_WAIT_S_MAX
    ) -> None:
        self._items_max = items_max
        self._room_wait_s = room_wait_s
        self._items: deque[T] = deque()
        # Re-entrant: a signal handler may put while its own thread holds it.
        self._lock = threading.RLock()
        self._room = threading.Condition(self._lock)
        self._threads_waiting = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._deliver: Callable[[Iterator[T]], None] = _nobody
        self._woken = False

    def open(
        self, deliver: Callable[[Iterator[T]], None], loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        """As the port says; *loop* names another loop than the running one, from any thread."""
        with self._lock:
            self._deliver = deliver
            self._loop = loop or asyncio.get_running_loop()
            self._woken = False

    def put(self, item: T) -> Outcome[None, BusFull | Stopped]:
        with self._lock:
            if len(self._items) >= self._items_max and not self._wait_for_room():
                return Failure(BusFull(self._items_max))
            loop = self._loop
            if loop is None or loop.is_closed():
                return _STOPPED
            self._items.append(item)
            if self._woken:
                return _TAKEN
            self._woken = True
        try:
            loop.call_soon_threadsafe(self._deliver_some)
        except RuntimeError:  # It was closed a moment ago.
            return _STOPPED
        return _TAKEN

    def close(self) -> Sequence[T]:
        with self._lock:
            self._loop = None
            left = tuple(self._items)
            self._items.clear()
            self._room.notify_all()
        return left

    def _wait_for_room(self) -> bool:
        """Whether there is room, or the box was closed. Holds the lock, except while it waits."""
        if is_in_a_loop():
            return False
        self._threads_waiting += 1
        until_s = time.monotonic() + self._room_wait_s
        while self._is_full() and (left_s := until_s - time.monotonic()) > 0:
            self._room.wait(left_s)
        self._threads_waiting -= 1
        return not self._is_full()

    def _is_full(self) -> bool:
        return self._loop is not None and len(self._items) >= self._items_max

    def _deliver_some(self) -> None:
        try:
            self._deliver(self._items_of_turn())
        finally:
            self._after_turn()

    def _items_of_turn(self) -> Iterator[T]:
        items = self._items
        for _ in range(min(len(items), ITEMS_PER_TURN)):
            if items:  # else it was closed by what was delivered
                yield items.popleft()

    def _after_turn(self) -> None:
        with self._lock:
            again = self._loop if self._items else None
            self._woken = again is not None
            # Not for each turn's room: threads and loop would hand the interpreter to and fro.
            if self._threads_waiting and len(self._items) <= self._items_max // 2:
                self._room.notify_all()
        if again is not None:
            again.call_soon(self._deliver_some)


def is_in_a_loop() -> bool:
    """Whether an event loop runs in this thread: any, so that to wait would hold it up."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _nobody(items: object) -> None:
    """Takes what comes before `open`: nothing does."""
