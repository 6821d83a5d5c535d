"""The way into the event loop for other threads."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from gwproactor.domain.outcome import Outcome
from gwproactor.ports.message_bus import BusFull, Stopped

T = TypeVar("T")


class ThreadMailbox(Protocol[T]):
    """A bounded queue from many threads to the loop; closed until `open`."""

    @abstractmethod
    def open(self, deliver: Callable[[Iterator[T]], None]) -> None:
        """Let *deliver* take, on the running loop, what is put from now on. Loop thread.

        *deliver* is given the items of one turn of the loop, some hundreds at most; those of one
        thread come in the order of their putting. What it raises goes to the loop's exception
        handler; what it has not taken comes in the next turn.
        """
        ...

    @abstractmethod
    def put(self, item: T) -> Outcome[None, BusFull | Stopped]:
        """Queue *item*, and wake the loop if no wake-up is under way. Any thread.

        Waits for room as `MessageBus.send_threadsafe` does, but never where an event loop runs.
        Stopped: it is closed, or the loop is.
        """
        ...

    @abstractmethod
    def close(self) -> Sequence[T]:
        """Take and deliver no more, and let waiting threads go: what was not delivered. Any thread;
        idempotent.
        """
        ...
