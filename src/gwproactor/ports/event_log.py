"""Events of this node: accepted, stored, sent until acknowledged."""

from abc import abstractmethod
from enum import Enum
from typing import Protocol, TypeAlias

import attrs

from gwproactor.domain.events import Event
from gwproactor.domain.message import Sequence
from gwproactor.domain.outcome import Outcome
from gwproactor.ports.event_sink import SinkBusy, StoreFull
from gwproactor.ports.event_store import StoreFailed
from gwproactor.ports.message_bus import Stopped


@attrs.frozen
class Accepted:
    """`event` as accepted, blanks filled. `sequence` is None on a node without upstream link."""

    event: Event
    sequence: Sequence | None = None


@attrs.frozen
class ContentTooLarge:
    """The message, or its payload, is larger than the setting `limit` allows; nothing was stored or
    sent.
    """

    size: int
    bytes_max: int
    limit: str = "message_bytes_max"

    def __str__(self) -> str:
        return f"the message has {self.size} bytes; the limit ({self.limit}) is {self.bytes_max}"


@attrs.frozen
class BadEvent:
    """The event cannot be sent as it is; `detail` says what to change."""

    detail: str

    def __str__(self) -> str:
        return self.detail


class Fate(Enum):
    """Why nobody needs to worry about an event any more, or why it will never arrive."""

    DURABLE = "durable"
    DELIVERED = "delivered"
    DROPPED = "dropped"


EventRefused: TypeAlias = ContentTooLarge | BadEvent | StoreFull | StoreFailed | SinkBusy | Stopped


class EventLog(Protocol):
    """Where actors report what happened. Called from the loop thread only; never blocks it."""

    @abstractmethod
    def generate_event(self, event: Event) -> Outcome[Accepted, EventRefused]:
        """Accept *event*, send it if the upstream link is active, and send it again until acked.

        A blank message_id, time_created_ms or src is filled. Accepted is not yet durable: see
        `durable`. On a node without upstream link the event goes to the node's own event sink, and
        up to 10,000 events, or 8 MiB, may wait for that; then SinkBusy or StoreFailed. In one turn
        of the loop some 10,000 can be accepted; then StoreFailed says to let it run. A full store
        drops its oldest events, or answers StoreFull, as its policy says.
        """
        ...

    @abstractmethod
    async def durable(self, event: Event) -> Outcome[Fate, StoreFailed]:
        """Return once *event* would survive a power cut (DURABLE), once the peer has acknowledged
        it (DELIVERED), or once it was given up for newer ones in a full store (DROPPED): whatever
        is true first, or now. Of an event that is DURABLE one may ask again.

        *event* must have been accepted, and is known by its id: of an id that was used again, the
        last event is meant. The last 10,000 events, at least, are remembered; an older one is
        DURABLE once everything is. Fails: StoreFailed if it could not be written now; it is kept in
        memory and tried again, and so may be the wait. Once the node has stopped, what was not
        written never will be, and nobody waits.
        """
        ...


__all__ = [
    "Accepted",
    "BadEvent",
    "ContentTooLarge",
    "EventLog",
    "EventRefused",
    "Fate",
    "SinkBusy",
    "Stopped",
    "StoreFailed",
    "StoreFull",
]
