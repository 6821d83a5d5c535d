"""Where this node's own events go: to its store, to be sent upstream, or else (`sink_home`) to its
own sink.
"""

from typing import Protocol, TypeAlias

import attrs

from gwproactor.app.event_fates import EventFates
from gwproactor.domain.events import Event
from gwproactor.domain.facts import EventAccepted, OwnEventTaken
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.store_room import StorePolicy
from gwproactor.domain.stored_event import StoredEvent
from gwproactor.ports.event_log import Accepted, ContentTooLarge, EventRefused, Fate, StoreFull
from gwproactor.ports.event_store import EventStore, StoreFailed

# What the caller is answered, and the fact for the core.
Taken: TypeAlias = tuple[Accepted, EventAccepted | OwnEventTaken]


class EventHome(Protocol):
    """Takes events whose blanks are filled, with their JSON."""

    def put(self, event: Event, payload: bytes, *, own: bool) -> Outcome[Taken, EventRefused]:
        """Keep *event*; *own*: the node reports it of itself."""
        ...

    def settle(self, number: int, message_id: str, fate: Fate) -> None:
        """This event of the store needs no storing any more."""
        ...

    async def durable(self, event: Event) -> Outcome[Fate, StoreFailed]:
        """See `EventLog.durable`."""
        ...

    async def close(self) -> None:
        """Hand over what was taken, before the sink is closed."""
        ...

    async def end(self) -> int:
        """Store and sink have been closed, or given up: answer all who wait in `durable`, for it
        waits no longer. Returns how many events only memory has.
        """
        ...


@attrs.frozen
class StoreHome:
    """The store of a node with upstream link, full or not."""

    store: EventStore
    policy: StorePolicy
    fates: EventFates

    def put(self, event: Event, payload: bytes, *, own: bool) -> Outcome[Taken, EventRefused]:
        size = len(payload)
        if size > self.policy.bytes_max:
            return Failure(ContentTooLarge(size, self.policy.bytes_max, "event_store.bytes_max"))
        if self.policy.refuses(self.store.content().pending_bytes, size, own=own):
            return Failure(StoreFull(self.policy.bytes_max))
        match self.store.put(event.message_id, event.type_name, payload):
            case Success(sequence):
                self.fates.accepted(event.message_id, sequence.number)
                stored = StoredEvent(sequence, event.message_id, event.type_name, payload)
                fact = EventAccepted.of(stored, self.store.content().pending_bytes)
                return Success((Accepted(event, sequence), fact))
            case Failure(refused):
                return Failure(refused)

    def settle(self, number: int, message_id: str, fate: Fate) -> None:
        self.fates.settle(number, message_id, fate)

    async def durable(self, event: Event) -> Outcome[Fate, StoreFailed]:
        return await self.fates.durable(event.message_id)

    async def close(self) -> None:
        """The store has everything."""

    async def end(self) -> int:
        return await self.fates.end()
