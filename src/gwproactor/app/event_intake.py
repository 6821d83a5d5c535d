"""The border where this node's own events enter: filled in, checked, encoded, stored."""

import asyncio
import logging
from functools import partial
from typing import Final

import attrs

from gwproactor.domain.events import AnyEvent, Event, is_plausible_time_ms
from gwproactor.domain.facts import EventAccepted, OwnEventTaken
from gwproactor.domain.message import Header
from gwproactor.domain.moment import Chance
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.clock import Clock
from gwproactor.ports.codec import Codec
from gwproactor.ports.event_log import Accepted, BadEvent, ContentTooLarge, EventRefused
from gwproactor.ports.event_sink import EventSink, ReceivedEvent, SinkAnswer, SinkFailed
from gwproactor.ports.event_store import EventStore, StoreFailed

LOG: Final = logging.getLogger("gwproactor")

# More than any header can take: names are checked, and a topic has at most 65,535 bytes.
HEADER_ROOM = 4_096


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
    _sink_taken: int = 0
    _sink_answered: int = 0
    _sink_error: SinkFailed | None = None
    _sink_waiters: list[tuple[int, asyncio.Future[None]]] = attrs.Factory(list)

    def take(
        self, event: Event
    ) -> Outcome[tuple[Accepted, EventAccepted | OwnEventTaken], EventRefused]:
        """Store *event*; with it comes the fact for the core."""
        event = self._filled(event)
        if not isinstance(event, AnyEvent) and not is_plausible_time_ms(event.time_created_ms):
            return Failure(
                BadEvent(
                    f"time_created_ms of {event.type_name!r} is {event.time_created_ms}: "
                    "give UTC milliseconds of the years 2000 to 2999, or 0 for now"
                )
            )
        payload = self.codec.encode_payload(event)
        size = self._message_size(event, payload)
        if size > self.message_bytes_max:
            return Failure(ContentTooLarge(size, self.message_bytes_max))
        return self._store(event, payload) if self.has_upstream else self._sink(event, payload)

    async def durable(self) -> Outcome[None, StoreFailed]:
        """Return once everything taken so far would survive a power cut."""
        if self.has_upstream:
            return await self.store.durable(self._newest)
        if self._sink_answered < self._sink_taken:
            waiter = asyncio.get_running_loop().create_future()
            self._sink_waiters.append((self._sink_taken, waiter))
            await waiter
        if self._sink_error is not None:
            return Failure(StoreFailed(self._sink_error.detail))
        return Success(None)

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
        if len(payload) + HEADER_ROOM <= self.message_bytes_max:
            return len(payload)
        header = Header(self.long_name, "", event.type_name, event.message_id, ack_required=True)
        return len(self.codec.envelope(header, payload))

    def _store(
        self, event: Event, payload: bytes
    ) -> Outcome[tuple[Accepted, EventAccepted | OwnEventTaken], EventRefused]:
        match self.store.put(event.message_id, event.type_name, payload):
            case Success(sequence):
                self._newest = sequence.number
                fact = EventAccepted(sequence, event.message_id, event.type_name, payload)
                return Success((Accepted(event, sequence), fact))
            case Failure(refused):
                return Failure(refused)

    def _sink(
        self, event: Event, payload: bytes
    ) -> Outcome[tuple[Accepted, EventAccepted | OwnEventTaken], EventRefused]:
        kept = ReceivedEvent(event.src, event.message_id, event.type_name, payload)
        match self.sink.put(kept, partial(self._sink_done, event.type_name)):
            case Success():
                self._sink_taken += 1
                return Success((Accepted(event), OwnEventTaken(event.type_name)))
            case Failure(busy):
                return Failure(busy)

    def _sink_done(self, type_name: str, answer: SinkAnswer) -> None:
        self._sink_answered += 1
        self._sink_error = answer.failure() if isinstance(answer, Failure) else None
        if self._sink_error is not None:
            # Only the log is left: a problem event would go to the same sink.
            LOG.error("event %s of this node was lost: %s", type_name, self._sink_error)
        due = [w for w in self._sink_waiters if w[0] <= self._sink_answered]
        self._sink_waiters = [w for w in self._sink_waiters if w[0] > self._sink_answered]
        for _, waiter in due:
            if not waiter.done():
                waiter.set_result(None)
