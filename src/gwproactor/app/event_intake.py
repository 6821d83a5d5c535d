"""The border where this node's own events enter: filled in, checked, encoded, stored."""

import asyncio
import logging
from functools import partial
from typing import Final, TypeAlias

import attrs

from gwproactor.domain.event_check import bad_event
from gwproactor.domain.events import Event
from gwproactor.domain.facts import EventAccepted, OwnEventTaken
from gwproactor.domain.message import Header
from gwproactor.domain.moment import Chance
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.clock import Clock
from gwproactor.ports.codec import Codec
from gwproactor.ports.event_log import Accepted, BadEvent, ContentTooLarge, EventRefused, Fate
from gwproactor.ports.event_sink import EventSink, ReceivedEvent, SinkAnswer
from gwproactor.ports.event_store import EventStore, StoredEvent, StoreFailed

LOG: Final = logging.getLogger("gwproactor")

EventName: TypeAlias = tuple[str, str]  # source and message id
Waiter: TypeAlias = "asyncio.Future[Outcome[Fate, StoreFailed]]"

# More than envelope and header take beside the names in them.
HEADER_ROOM: Final = 1_024
# Events of which it is remembered that the sink lost them, for who asks later.
FAILURES_MAX: Final = 10_000


@attrs.define
class EventIntake:
    """Takes events for the store of a node with upstream link, or else for its own sink."""

    long_name: str
    has_upstream: bool
    message_bytes_max: int
    store: EventStore
    sink: EventSink
    codec: Codec
    clock: Clock
    chance: Chance
    _newest: int = 0
    # Own events that the sink has not answered, with who waits for that; and those it failed at.
    _sink_waiters: dict[EventName, list[Waiter]] = attrs.Factory(dict)
    _sink_failed: dict[EventName, StoreFailed] = attrs.Factory(dict)

    def take(
        self, event: Event
    ) -> Outcome[tuple[Accepted, EventAccepted | OwnEventTaken], EventRefused]:
        """Store *event*; with it comes the fact for the core."""
        event = self._filled(event)
        reason = bad_event(event)
        if reason is not None:
            return Failure(BadEvent(f"this event can never be delivered: {reason}"))
        try:
            payload = self.codec.encode_payload(event)
        except (RecursionError, TypeError, ValueError) as error:
            detail = f"{event.type_name!r} cannot be written as JSON: {error}"
            return Failure(BadEvent(detail))
        size = self._message_size(event, payload)
        if size > self.message_bytes_max:
            return Failure(ContentTooLarge(size, self.message_bytes_max))
        return self._store(event, payload) if self.has_upstream else self._sink(event, payload)

    def settle(self, message_id: str, fate: Fate) -> None:
        """This event of the store needs no storing any more."""

    async def durable(self, event: Event) -> Outcome[Fate, StoreFailed]:
        """See `EventLog.durable`."""
        if self.has_upstream:
            durable = await self.store.durable(self._newest)  # of everything up to now
            return durable if isinstance(durable, Failure) else Success(Fate.DURABLE)
        waiters = self._sink_waiters.get(_name(event))
        if waiters is not None:
            waiter: Waiter = asyncio.get_running_loop().create_future()
            waiters.append(waiter)
            return await waiter
        failed = self._sink_failed.get(_name(event))
        return Success(Fate.DURABLE) if failed is None else Failure(failed)

    def _filled(self, event: Event) -> Event:
        if event.message_id and event.time_created_ms and event.src:
            return event
        return attrs.evolve(
            event,
            message_id=event.message_id or self.chance.new_id(),
            time_created_ms=event.time_created_ms or self.clock.wall_ms(),
            src=event.src or self.long_name,
        )

    def _message_size(self, event: Event, payload: bytes) -> int:
        """Exact where it matters: building a header only to measure it would cost each event."""
        # A character takes six bytes at most, as in \u0000.
        names = 6 * (len(event.message_id) + len(event.type_name) + len(self.long_name))
        if len(payload) + names + HEADER_ROOM <= self.message_bytes_max:
            return len(payload)
        header = Header(self.long_name, "", event.type_name, event.message_id, ack_required=True)
        return len(self.codec.envelope(header, payload))

    def _store(
        self, event: Event, payload: bytes
    ) -> Outcome[tuple[Accepted, EventAccepted | OwnEventTaken], EventRefused]:
        match self.store.put(event.message_id, event.type_name, payload):
            case Success(sequence):
                self._newest = sequence.number
                stored = StoredEvent(sequence, event.message_id, event.type_name, payload)
                fact = EventAccepted.of(stored, self.store.content().pending_bytes)
                return Success((Accepted(event, sequence), fact))
            case Failure(refused):
                return Failure(refused)

    def _sink(
        self, event: Event, payload: bytes
    ) -> Outcome[tuple[Accepted, EventAccepted | OwnEventTaken], EventRefused]:
        kept = ReceivedEvent(event.src, event.message_id, event.type_name, payload)
        match self.sink.put(kept, partial(self._sink_done, event)):
            case Success():
                self._sink_waiters.setdefault(_name(event), [])
                return Success((Accepted(event), OwnEventTaken(event.type_name)))
            case Failure(busy):
                return Failure(busy)

    def _sink_done(self, event: Event, answer: SinkAnswer) -> None:
        outcome: Outcome[Fate, StoreFailed] = Success(Fate.DURABLE)
        self._sink_failed.pop(_name(event), None)
        if isinstance(answer, Failure):
            failed = StoreFailed(answer.failure().detail)
            outcome = Failure(failed)
            self._sink_failed[_name(event)] = failed
            if len(self._sink_failed) > FAILURES_MAX:
                del self._sink_failed[next(iter(self._sink_failed))]
            # Only the log is left: a problem event would go to the same sink.
            LOG.error("event %s of this node was lost: %s", event.type_name, answer.failure())
        for waiter in self._sink_waiters.pop(_name(event), ()):
            if not waiter.done():
                waiter.set_result(outcome)


def _name(event: Event) -> EventName:
    return event.src, event.message_id
