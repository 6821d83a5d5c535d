"""Events that the upstream peer has not acknowledged yet: this node's own, and those it relays."""

from abc import abstractmethod
from collections.abc import Callable
from collections.abc import Sequence as Items
from typing import Protocol, TypeAlias

import attrs

from gwproactor.domain.message import Sequence
from gwproactor.domain.outcome import Outcome
from gwproactor.domain.stored_event import Origin, Quarantined, StoredEvent
from gwproactor.ports.event_sink import ReceivedEvent, StoreProblem


@attrs.frozen
class StoreFailed:
    """The store's medium failed."""

    detail: str

    def __str__(self) -> str:
        return f"the event store failed: {self.detail}"


@attrs.frozen
class StoreRecovered:
    """The medium works again, and has taken what waited for it."""


StoreNews: TypeAlias = StoreFailed | StoreRecovered | StoreProblem


@attrs.frozen
class StoreContent:
    """What a store holds: `pending` events of together `pending_bytes` of payload; `quarantined`
    of them are in quarantine.
    """

    epoch: str
    pending: int
    pending_bytes: int
    quarantined: int = 0


@attrs.frozen
class AlreadySeen:
    """This store was given the event before, whether it still has it or not."""


TakeAnswer: TypeAlias = Outcome[StoredEvent | AlreadySeen, StoreFailed]


class EventStore(Protocol):
    """Keeps events until they are cleared. Called from the loop thread only; never blocks it.

    Numbers rise with each `put`, never repeat within an epoch, also after a crash, and may skip;
    the epoch is a random id made when the store was made, or, where an adapter says so, opened.
    Reads see every call before them.
    """

    @abstractmethod
    def listen(self, tell: Callable[[StoreNews], None]) -> None:
        """Call *tell*, on the loop, with what the store finds by itself: StoreFailed once when it
        could not write what it had accepted, which it keeps in memory and tries again, then
        StoreRecovered. To be called before `open`, once.
        """
        ...

    @abstractmethod
    async def open(self) -> Outcome[StoreContent, StoreFailed]:
        """Open, making what does not exist (folders too). To be awaited before anything else.

        Fails: StoreFailed naming the path and the cause.
        """
        ...

    @abstractmethod
    def put(
        self, message_id: str, type_name: str, payload: bytes
    ) -> Outcome[Sequence, StoreFailed]:
        """Accept an event; durable once `durable` of its number returned Success.

        Fails: StoreFailed if the store is not open, or if too many accepted events wait for a
        medium that hangs or fails. Then nothing has changed.
        """
        ...

    @abstractmethod
    def take(self, event: ReceivedEvent, done: Callable[[TakeAnswer], None]) -> None:
        """Keep another node's event, to be sent on, unless an event of this source and id was
        taken before (see the adapter for how long that is remembered).

        *done* is called on the loop, never from within `take`, in the order of the calls, once the
        event would survive a power cut, or failed; it must not raise. The caller bounds how many
        wait.
        """
        ...

    @abstractmethod
    def clear(self, number: int) -> None:
        """Forget an event; unknown numbers are ignored. A crash may bring a cleared event back."""
        ...

    @abstractmethod
    def quarantine(self, event: Quarantined) -> None:
        """Keep this event out of `read_after` until it is released; unknown numbers are ignored.

        Durable with what is put next, or within seconds; a crash before that forgets it.
        """
        ...

    @abstractmethod
    def end_quarantine(self, type_name: str) -> None:
        """End the quarantine of all events of this type, but for those that cannot be read."""
        ...

    @abstractmethod
    async def quarantined(self) -> Outcome[Items[Quarantined], StoreFailed]:
        """The oldest event of each type in quarantine, lowest numbers first."""
        ...

    @abstractmethod
    async def read_after(
        self, number: int, *, count: int, bytes_max: int, with_quarantined: bool = False
    ) -> Outcome[Items[StoredEvent], StoreFailed]:
        """Up to *count* events with numbers above *number*, lowest first; without the quarantined,
        if they are not asked for.

        Ends early once their payloads reach *bytes_max* together, but gives at least one event if
        there is one. Empty: there are none.
        """
        ...

    @abstractmethod
    async def read(self, numbers: Items[int]) -> Outcome[Items[StoredEvent], StoreFailed]:
        """The events with these numbers, lowest first, without those that are not there; also the
        quarantined.
        """
        ...

    @abstractmethod
    async def durable(self, number: int) -> Outcome[None, StoreFailed]:
        """Return once every event up to *number* would survive a power cut, or was cleared.

        Fails: StoreFailed if that could not be had now; the events are kept and tried again, and
        so may be the wait. Once `close` was called it answers at once.
        """
        ...

    @abstractmethod
    def content(self) -> StoreContent:
        """What the store holds now, accepted events included.

        A cleared event may be counted until the next read has returned.
        """
        ...

    @abstractmethod
    async def close(self) -> Outcome[None, StoreFailed]:
        """Make everything accepted durable, then release the medium. Idempotent."""
        ...


__all__ = [
    "AlreadySeen",
    "EventStore",
    "Origin",
    "Quarantined",
    "StoreContent",
    "StoreFailed",
    "StoreNews",
    "StoreProblem",
    "StoreRecovered",
    "StoredEvent",
    "TakeAnswer",
]
