"""Who waits until a message was processed: coroutines and threads."""

import asyncio
import concurrent.futures
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from gwproactor.domain.outcome import Outcome, Success
from gwproactor.ports.message_bus import BusFull, Stopped, UnknownDestination

Processed: TypeAlias = Outcome[None, UnknownDestination | BusFull | Stopped]
ThreadWaiter: TypeAlias = concurrent.futures.Future[Processed]
Waiter: TypeAlias = asyncio.Future[Processed] | ThreadWaiter


class Waiters:
    """Each is told once, unless it has given up. Loop thread only."""

    def __init__(self) -> None:
        self._waiting: set[Waiter] = set()

    def add(self, waiter: Waiter) -> Callable[[], None]:
        """Let *waiter* wait: what to call when its message was dealt with."""
        self._waiting.add(waiter)
        return partial(self.tell, waiter, Success(None))

    def tell(self, waiter: Waiter, processed: Processed) -> None:
        """What came of its message."""
        self._waiting.discard(waiter)
        if not waiter.done():  # It may have been cancelled.
            waiter.set_result(processed)

    def tell_all(self, processed: Processed) -> None:
        for waiter in tuple(self._waiting):
            self.tell(waiter, processed)
