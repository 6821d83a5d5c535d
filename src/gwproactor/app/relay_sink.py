"""`EventSink` of a relay: what children send goes into this node's own store, to be sent on.

So an event is acknowledged to the child only when the store has it, and a relay never acknowledges
what only its memory holds.
"""

import asyncio
from collections.abc import Callable
from functools import partial

import attrs

from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.queue_fill import QueueFill
from gwproactor.domain.store_room import StorePolicy
from gwproactor.domain.stored_event import StoredEvent
from gwproactor.ports.event_sink import (
    DUPLICATE,
    Kept,
    ReceivedEvent,
    SinkAnswer,
    SinkBusy,
    SinkFailed,
    StoreFull,
    StoreProblem,
)
from gwproactor.ports.event_store import EventStore, TakeAnswer


@attrs.define
class RelaySink:
    """Gives events to *store*, which is opened before this sink and closed with it, or after it.

    Up to *events_max* events of together *bytes_max* bytes of payload wait for the store. It takes
    none that the store's *policy* refuses: the child keeps them, and sends them again.
    """

    store: EventStore
    policy: StorePolicy
    events_max: int = 1000
    bytes_max: int = 8 * 1024 * 1024
    _waiting: QueueFill = attrs.field(init=False, factory=QueueFill)
    _answered: asyncio.Event = attrs.field(init=False, factory=asyncio.Event)

    def listen(self, tell: Callable[[StoreProblem], None]) -> None:
        """The store itself tells what it finds."""

    async def open(self) -> Outcome[None, SinkFailed]:
        return Success(None)

    def put(
        self, event: ReceivedEvent, done: Callable[[SinkAnswer], None]
    ) -> Outcome[None, SinkBusy | StoreFull]:
        size = len(event.payload)
        pending_bytes = self.store.content().pending_bytes + self._waiting.bytes
        if self.policy.refuses(pending_bytes, size):
            return Failure(StoreFull(self.policy.bytes_max))
        if not self._waiting.has_room(size, events_max=self.events_max, bytes_max=self.bytes_max):
            return Failure(SinkBusy(self.events_max, self.bytes_max))
        self._waiting.add(size)
        self._answered.clear()
        self.store.take(event, partial(self._taken, size, done))
        return Success(None)

    async def close(self) -> None:
        while self._waiting.events:
            await self._answered.wait()

    def _taken(self, size: int, done: Callable[[SinkAnswer], None], answer: TakeAnswer) -> None:
        self._waiting.remove(size)
        try:
            done(_sink_answer(answer))
        except Exception as error:  # a store must not be disturbed by whom it answers
            context = {"message": "an event sink's callback raised", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)
        if not self._waiting.events:
            self._answered.set()


def _sink_answer(answer: TakeAnswer) -> SinkAnswer:
    match answer:
        case Success(taken):
            return Success(Kept(relayed=taken) if isinstance(taken, StoredEvent) else DUPLICATE)
        case Failure(failed):
            return Failure(SinkFailed(failed.detail))
