"""Messages between the actors of one node."""

from abc import abstractmethod
from typing import Final, Protocol

import attrs

from gwproactor.domain.message import Message
from gwproactor.domain.outcome import Outcome

# What waits of `send`. Larger: an actor that sends without end takes more memory before it is told.
QUEUED_MAX: Final = 100_000
# What waits of other threads. Larger: a slow node notices later that it is slow. Smaller: threads
# and loop take turns more often.
THREADS_QUEUED_MAX: Final = 10_000
# Longer: a thread that feeds a stalled node hangs, and its stop with it. Shorter: a mere hiccup
# costs messages.
ROOM_WAIT_S_MAX: Final = 5.0
# A thread that waits without end for a message that is never processed could not be stopped.
PROCESSING_S_MAX: Final = 60.0


@attrs.frozen
class UnknownDestination:
    """No communicator has the name in Header.dst; reported as a problem, too."""

    dst: str
    src: str

    def __str__(self) -> str:
        return f"{self.src!r} sent a message to {self.dst!r}, which no communicator is named"


@attrs.frozen
class Stopped:
    """The node is not running (any more): nothing was taken, or it will not be processed."""

    def __str__(self) -> str:
        return "the node is not running"


@attrs.frozen
class BusFull:
    """So many messages wait that this one was not taken; a bus reports it as a problem, too."""

    queued_max: int

    def __str__(self) -> str:
        return f"{self.queued_max} messages wait already"


@attrs.frozen
class NotProcessed:
    """The message was taken, but not processed in this time. It still will be."""

    timeout_s: float

    def __str__(self) -> str:
        return f"not processed within {self.timeout_s:g} s"


class MessageBus(Protocol):
    """Hands messages to the communicator that `Header.dst` names, each at most once.

    Messages of one thread that were sent by one and the same method arrive in the order of sending.
    But a pat (`PatInternalWatchdog`) needs no room, and may overtake what waits; of several of one
    name that are under way, the last may stand for all.
    """

    @abstractmethod
    def send(
        self, message: Message[object]
    ) -> Outcome[None, UnknownDestination | BusFull | Stopped]:
        """Queue *message*. Loop thread only; the receiver runs in a later turn of the loop.

        BusFull: 100,000 messages wait.
        """
        ...

    @abstractmethod
    def send_threadsafe(self, message: Message[object]) -> Outcome[None, BusFull | Stopped]:
        """Queue *message* from any thread; an unknown destination is reported as a problem.

        If 10,000 messages of threads wait, it waits for room, at most 5 s, then fails with BusFull;
        where any event loop runs it fails at once. The end of the node ends the wait.
        """
        ...

    @abstractmethod
    async def await_processing(
        self, message: Message[object]
    ) -> Outcome[None, UnknownDestination | BusFull | Stopped]:
        """Send *message*, and return when its receiver has dealt with it. In any event loop.

        That is when `process_message` has returned or raised, or when an actor that reads an inbox
        asks for its next message, or has ended, or dropped this one. Giving up the wait, by a
        time-out or by cancelling, harms nobody: the message is processed all the same. An actor
        that reads an inbox must not await its own processing. In another loop than the node's it
        sends as `send_threadsafe` does.
        """
        ...

    @abstractmethod
    def wait_for_processing_threadsafe(
        self, message: Message[object], timeout_s: float = PROCESSING_S_MAX
    ) -> Outcome[None, UnknownDestination | BusFull | NotProcessed | Stopped]:
        """`await_processing` for a thread: waits at most *timeout_s*, and as long again for room
        as `send_threadsafe` does. Raises RuntimeError where an event loop runs, which it would
        block.
        """
        ...
