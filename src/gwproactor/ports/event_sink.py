"""Where received events go: an event is acknowledged only after it was stored here."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

import attrs

from gwproactor.domain.message import Sequence
from gwproactor.domain.outcome import Outcome
from gwproactor.domain.problems import Problems
from gwproactor.domain.stored_event import StoredEvent


@attrs.frozen
class ReceivedEvent:
    """An event as received: `payload` is its JSON object as it came, UTF-8.

    `src` and `message_id` together name it: a second event with both is a duplicate. `sequence` is
    None where the source wrote none.
    """

    src: str
    message_id: str
    type_name: str
    payload: bytes
    sequence: Sequence | None = None


@attrs.frozen
class Kept:
    """What became of an event given to a sink; each of them may be acknowledged.

    `relayed`: the sink is this node's own event store, where the event now waits to be sent on.
    """

    duplicate: bool = False
    relayed: StoredEvent | None = None


STORED: Final = Kept()
DUPLICATE: Final = Kept(duplicate=True)


@attrs.frozen
class SinkBusy:
    """The sink's queue is full; the event was not taken."""

    events_max: int
    bytes_max: int

    def __str__(self) -> str:
        return f"the event sink's queue is full ({self.events_max} events, {self.bytes_max} bytes)"


@attrs.frozen
class StoreFull:
    """The event store has reached its limit and refuses new events; nothing has changed."""

    bytes_max: int

    def __str__(self) -> str:
        return f"the event store is full ({self.bytes_max} bytes)"


@attrs.frozen
class SinkFailed:
    """The sink's medium failed; the event was not stored."""

    detail: str

    def __str__(self) -> str:
        return f"the event sink failed: {self.detail}"


@attrs.frozen
class StoreProblem:
    """Something that an operator should know of, with which a store or sink goes on: a damaged file
    that was moved aside, an entry that cannot be read.
    """

    summary: str
    problems: Problems


SinkAnswer: TypeAlias = Outcome[Kept, SinkFailed]


class EventSink(Protocol):
    """Keeps received events. Called from the loop thread only; never blocks it."""

    @abstractmethod
    def listen(self, tell: Callable[[StoreProblem], None]) -> None:
        """Call *tell*, on the loop, with what the sink finds by itself. To be called before `open`,
        once.
        """
        ...

    @abstractmethod
    async def open(self) -> Outcome[None, SinkFailed]:
        """Open, making what does not exist. To be awaited before anything else."""
        ...

    @abstractmethod
    def put(
        self, event: ReceivedEvent, done: Callable[[SinkAnswer], None]
    ) -> Outcome[None, SinkBusy | StoreFull]:
        """Take an event; *done* is called on the loop once it would survive a power cut, or failed.

        Answers come in the order of the puts, never from within `put`. Fails: SinkBusy; StoreFull
        from a sink that is this node's own event store; and then *done* is not called.
        """
        ...

    @abstractmethod
    async def close(self) -> None:
        """Store and answer everything taken, then release the medium. Idempotent."""
        ...
