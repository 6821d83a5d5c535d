"""What the event store answers to the reads that the core asks for, as facts."""

import logging
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias, TypeVar, assert_never

import attrs

from gwproactor.app.store_news import store_problem
from gwproactor.domain import decisions as d
from gwproactor.domain import facts as f
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.stored_event import StoredEvent
from gwproactor.ports.event_store import EventStore, StoreFailed

LOG: Final = logging.getLogger("gwproactor")

T = TypeVar("T")

Read: TypeAlias = d.ReadBacklog | d.ReadRetries | d.ReadQuarantine | d.ReadOldest
Sorted: TypeAlias = tuple[tuple[StoredEvent, ...], tuple[f.UnreadableStored, ...]]


@attrs.frozen
class StoreAnswers:
    """*fault_of* says why a stored event could not be sent, or None. Loop thread only."""

    store: EventStore
    fault_of: Callable[[StoredEvent], str | None]

    async def to(self, read: Read) -> tuple[f.Fact, ...]:
        """The facts that answer *read*; also if the store fails at it, so that the core asks
        again.
        """
        try:
            answer = await self._ask(read)
        except Exception as error:
            LOG.exception("the event store has a bug")
            answer = Failure(StoreFailed(repr(error)))
        match answer:
            case Success(fact):
                return (fact,)
            case Failure(failed):
                return self._failed(read, failed)

    async def _ask(self, read: Read) -> Outcome[f.Fact, StoreFailed]:
        match read:
            case d.ReadBacklog(number, after, count, bytes_max):
                found = await self.store.read_after(after, count=count, bytes_max=bytes_max)
                return _as_fact(found, lambda e: f.BacklogRead(number, *self._sorted(e)))
            case d.ReadRetries(number, numbers):
                found = await self.store.read(numbers)
                return _as_fact(found, lambda e: f.RetriesRead(number, numbers, *self._sorted(e)))
            case d.ReadQuarantine():
                quarantined = await self.store.quarantined()
                return _as_fact(quarantined, lambda e: f.QuarantineRead(tuple(e)))
            case d.ReadOldest(after, count, bytes_max):
                found = await self.store.read_after(
                    after, count=count, bytes_max=bytes_max, with_quarantined=True
                )
                return _as_fact(found, lambda e: f.OldestRead(tuple(e), self._pending_bytes))
            case _:
                assert_never(read)

    def _failed(self, read: Read, failed: StoreFailed) -> tuple[f.Fact, ...]:
        match read:
            case d.ReadBacklog() | d.ReadRetries():
                return (f.ReadFailed(read.round, str(failed)),)
            case d.ReadQuarantine():
                return (store_problem("read", str(failed)),)
            case d.ReadOldest():
                unread = f.OldestRead(None, self._pending_bytes)
                return (store_problem("read", str(failed)), unread)
            case _:
                assert_never(read)

    @property
    def _pending_bytes(self) -> int:
        return self.store.content().pending_bytes

    def _sorted(self, events: Iterable[StoredEvent]) -> Sorted:
        """What of *events* can be sent, and what cannot."""
        good: list[StoredEvent] = []
        bad: list[f.UnreadableStored] = []
        for event in events:
            fault = self.fault_of(event)
            if fault is None:
                good.append(event)
            else:
                bad.append(f.UnreadableStored(event.sequence.number, fault))
        return tuple(good), tuple(bad)


def _as_fact(
    found: Outcome[T, StoreFailed], fact_of: Callable[[T], f.Fact]
) -> Outcome[f.Fact, StoreFailed]:
    match found:
        case Success(events):
            return Success(fact_of(events))
        case Failure():
            return found
