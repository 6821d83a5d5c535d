"""The way into the event loop for other threads."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from gwproactor.domain.outcome import Outcome
from gwproactor.ports.message_bus import BusFull, Stopped

T = TypeVar("T")


class ThreadMailbox(Protocol[T]):
    """A bounded queue from many threads to the loop; closed until `open`."""

    def open(self, deliver: Callable[[T], None]) -> None:
        """Call *deliver* on the running loop for every item from now on. Loop thread.

        *deliver* gets the items of each thread in the order of their putting, some hundreds in one
        turn at most. What it raises goes to the loop's exception handler, and the next item comes.
        """
        ...

    def put(self, item: T) -> Outcome[None, BusFull | Stopped]:
        """Queue *item*, and wake the loop if no wake-up is under way. Any thread.

        Waits for room as `MessageBus.send_threadsafe` does, but never on the loop thread.
        Stopped: it is closed, or the loop is.
        """
        ...

    def close(self) -> Sequence[T]:
        """Take and deliver no more, and let waiting threads go: what was not delivered. Any thread;
        idempotent.
        """
        ...
