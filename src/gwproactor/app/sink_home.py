"""The sink of a node without upstream link as the home of its own events: nobody sends them again,
so what the sink cannot take now is held here, and tried again.
"""

import asyncio
import heapq
import logging
from functools import partial
from typing import Final, TypeAlias

import attrs

from gwproactor.app.sink_watch import SinkWatch
from gwproactor.domain.events import Event
from gwproactor.domain.facts import OwnEventTaken
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.queue_fill import QueueFill
from gwproactor.ports.clock import Clock, Timer
from gwproactor.ports.event_log import Accepted, EventRefused, Fate
from gwproactor.ports.event_sink import EventSink, ReceivedEvent, SinkAnswer, SinkBusy
from gwproactor.ports.event_store import StoreFailed

LOG: Final = logging.getLogger("gwproactor")

# How much may wait for the sink. More takes memory, less refuses events sooner in an outage.
EVENTS_MAX: Final = 10_000
BYTES_MAX: Final = 8 * 1024 * 1024
RETRY_S: Final = 1.0
# How often a closing node asks a busy sink for room.
ROOM_S: Final = 0.1
# For those who wait for what a sink that hangs did not answer.
NOT_STORED: Final = StoreFailed("the node ended before its event sink had answered")

EventName: TypeAlias = tuple[str, str]  # source and message id


@attrs.define(order=False, eq=False)
class _Own:
    """An event on its way; `place` is its place in the order of generation."""

    place: int
    event: ReceivedEvent
    waiters: "list[asyncio.Future[Outcome[Fate, StoreFailed]]]" = attrs.Factory(list)

    def __lt__(self, other: "_Own") -> bool:
        return self.place < other.place

    def tell(self, outcome: Outcome[Fate, StoreFailed]) -> None:
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(outcome)
        self.waiters.clear()


@attrs.define
class SinkHome:
    """Holds up to 10,000 events, or 8 MiB, that the sink has not stored."""

    sink: EventSink | SinkWatch
    clock: Clock
    _place: int = attrs.field(init=False, default=0)
    # All that are not stored; those of them that are not with the sink, a heap.
    _own: dict[EventName, _Own] = attrs.field(init=False, factory=dict)
    _held: list[_Own] = attrs.field(init=False, factory=list)
    _fill: QueueFill = attrs.field(init=False, factory=QueueFill)
    _fault: str | None = attrs.field(init=False, default=None)
    _timer: Timer | None = attrs.field(init=False, default=None)
    _is_closing: bool = attrs.field(init=False, default=False)
    _is_ended: bool = attrs.field(init=False, default=False)
    _answered: asyncio.Event = attrs.field(init=False, factory=asyncio.Event)

    def put(
        self, event: Event, payload: bytes, *, own: bool
    ) -> Outcome[tuple[Accepted, OwnEventTaken], EventRefused]:
        if self._is_ended:
            return Failure(NOT_STORED)
        if not self._fill.has_room(len(payload), events_max=EVENTS_MAX, bytes_max=BYTES_MAX):
            if self._fault is not None:
                return Failure(StoreFailed(self._fault))
            return Failure(SinkBusy(EVENTS_MAX, BYTES_MAX))
        self._place += 1
        self._fill.add(len(payload))
        received = ReceivedEvent(event.src, event.message_id, event.type_name, payload)
        entry = self._own[_name(event)] = _Own(self._place, received)
        if self._held or not self._offer(entry):
            self._hold(entry)
        return Success((Accepted(event), OwnEventTaken(event.type_name)))

    def settle(self, number: int, message_id: str, fate: Fate) -> None:
        raise AssertionError("without an upstream link nothing is acked or dropped")

    async def durable(self, event: Event) -> Outcome[Fate, StoreFailed]:
        entry = self._own.get(_name(event))
        if entry is None:
            return Success(Fate.DURABLE)
        if self._is_ended:
            return Failure(self._why_not)
        waiter: asyncio.Future[Outcome[Fate, StoreFailed]]
        waiter = asyncio.get_running_loop().create_future()
        entry.waiters.append(waiter)
        return await waiter

    async def close(self) -> None:
        """Give everything to the sink; what it fails to store is lost then."""
        self._try_no_more_by_itself()
        self._fault = None
        self._try()
        while self._is_any_with_sink or (self._held and self._fault is None):
            if self._is_any_with_sink:
                self._answered.clear()
                await self._answered.wait()
            else:
                await self.clock.sleep(ROOM_S)
                self._try()
        if self._held:
            LOG.error("%d events of this node were lost: %s", len(self._held), self._fault)

    async def end(self) -> int:
        self._try_no_more_by_itself()
        self._is_ended = True
        for entry in self._own.values():
            entry.tell(Failure(self._why_not))
        return len(self._own)

    @property
    def _why_not(self) -> StoreFailed:
        return NOT_STORED if self._fault is None else StoreFailed(self._fault)

    @property
    def _is_any_with_sink(self) -> bool:
        return self._fill.events > len(self._held)

    def _offer(self, entry: _Own) -> bool:
        put = self.sink.put(entry.event, partial(self._done, entry))
        return isinstance(put, Success)

    def _hold(self, entry: _Own) -> None:
        heapq.heappush(self._held, entry)
        self._try_later()

    def _try_later(self) -> None:
        if self._held and self._timer is None and not self._is_closing:
            self._timer = self.clock.call_at(self.clock.monotonic_s() + RETRY_S, self._time_passed)

    def _try_no_more_by_itself(self) -> None:
        self._is_closing = True
        if self._timer is not None:
            self._timer.cancel()

    def _time_passed(self) -> None:
        self._timer = None
        self._try()
        self._try_later()

    def _try(self) -> None:
        """Offer what is held; to a sink that fails, one event at a time."""
        if self._fault is not None and self._is_any_with_sink:
            return
        while self._held and self._offer(self._held[0]):
            heapq.heappop(self._held)
            if self._fault is not None:
                return

    def _done(self, entry: _Own, answer: SinkAnswer) -> None:
        match answer:
            case Success():
                self._stored(entry)
            case Failure(failed):
                self._failed(entry, failed.detail)
        self._answered.set()

    def _stored(self, entry: _Own) -> None:
        self._fill.remove(len(entry.event.payload))
        name = (entry.event.src, entry.event.message_id)
        if self._own.get(name) is entry:
            del self._own[name]
        entry.tell(Success(Fate.DURABLE))
        if self._fault is not None:
            self._fault = None
            LOG.warning("the event sink works again")
        self._try()

    def _failed(self, entry: _Own, detail: str) -> None:
        if self._fault is None:
            LOG.error("events of this node wait for the event sink: %s", detail)
        self._fault = detail
        self._hold(entry)
        for held in self._held:
            held.tell(Failure(StoreFailed(detail)))


def _name(event: Event) -> EventName:
    return event.src, event.message_id
