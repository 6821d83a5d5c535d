"""Events of this node that its parent has not acknowledged yet."""

from collections.abc import Sequence as Items
from typing import Protocol

import attrs

from gwproactor.domain.message import Sequence
from gwproactor.domain.outcome import Outcome
from gwproactor.domain.stored_event import StoredEvent


@attrs.frozen
class StoreFull:
    """There is no room; nothing has changed."""

    bytes_max: int

    def __str__(self) -> str:
        return f"the event store is full ({self.bytes_max} bytes)"


@attrs.frozen
class StoreFailed:
    """The store's medium failed."""

    detail: str

    def __str__(self) -> str:
        return f"the event store failed: {self.detail}"


@attrs.frozen
class StoreContent:
    """What a store holds: `pending` events of together `pending_bytes` of payload."""

    epoch: str
    pending: int
    pending_bytes: int


class EventStore(Protocol):
    """Keeps events until they are cleared. Called from the loop thread only; never blocks it.

    Numbers rise with each `put`, never repeat, also after a crash, and may skip; the epoch is a
    random id made when the store was made. Reads see every `put` and `clear` called before them.
    """

    async def open(self) -> Outcome[StoreContent, StoreFailed]:
        """Open, making what does not exist (folders too). To be awaited before anything else.

        Fails: StoreFailed naming the path and the cause.
        """
        ...

    def put(
        self, message_id: str, type_name: str, payload: bytes
    ) -> Outcome[Sequence, StoreFull | StoreFailed]:
        """Accept an event; durable once `durable` of its number returned Success.

        Fails: StoreFull; StoreFailed if the store is not open, or if too many accepted events wait
        for a medium that hangs or fails. Then nothing has changed.
        """
        ...

    def clear(self, number: int) -> None:
        """Forget an event; unknown numbers are ignored. A crash may bring a cleared event back."""
        ...

    async def read_after(
        self, number: int, *, count: int, bytes_max: int
    ) -> Outcome[Items[StoredEvent], StoreFailed]:
        """Up to *count* events with numbers above *number*, lowest first.

        Ends early once their payloads reach *bytes_max* together, but gives at least one event if
        there is one. Empty: there are none.
        """
        ...

    async def read(self, numbers: Items[int]) -> Outcome[Items[StoredEvent], StoreFailed]:
        """The events with these numbers, lowest first, without those that are not there."""
        ...

    async def durable(self, number: int) -> Outcome[None, StoreFailed]:
        """Return once every event up to *number* would survive a power cut, or was cleared.

        Fails: StoreFailed if that could not be had now; the events are kept and tried again, and
        so may be the wait.
        """
        ...

    def content(self) -> StoreContent:
        """What the store holds now, accepted events included.

        A cleared event may be counted until the next read has returned.
        """
        ...

    async def close(self) -> Outcome[None, StoreFailed]:
        """Make everything accepted durable, then release the medium. Idempotent."""
        ...


__all__ = ["EventStore", "StoreContent", "StoreFailed", "StoreFull", "StoredEvent"]
