"""`EventSink` in memory, with a medium that can be held up, fail, or lose its power."""

import asyncio
from collections.abc import Callable

import attrs

from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.queue_fill import QueueFill
from gwproactor.ports.event_sink import (
    DUPLICATE,
    STORED,
    ReceivedEvent,
    SinkAnswer,
    SinkBusy,
    SinkFailed,
    StoreProblem,
)


@attrs.define
class MemoryEventSink:
    """`stored` is what survives, by (src, message_id), in order of arrival: give it to the next
    `MemoryEventSink` for a restart or after a power cut.

    Takes up to *events_max* events of together *bytes_max* bytes of payload before it answers.
    """

    stored: dict[tuple[str, str], ReceivedEvent] = attrs.Factory(dict)
    events_max: int = 1000
    bytes_max: int = 8 * 1024 * 1024
    _taken: list[tuple[ReceivedEvent, Callable[[SinkAnswer], None]]] = attrs.field(
        init=False, factory=list
    )
    _fill: QueueFill = attrs.field(init=False, factory=QueueFill)
    _answers_due: asyncio.Handle | None = attrs.field(init=False, default=None)
    _answered: asyncio.Event = attrs.field(init=False, factory=asyncio.Event)
    _is_open: bool = attrs.field(init=False, default=False)
    _is_held: bool = attrs.field(init=False, default=False)
    _fault: str | None = attrs.field(init=False, default=None)

    def listen(self, tell: Callable[[StoreProblem], None]) -> None:
        """There is nothing that it could find."""

    async def open(self) -> Outcome[None, SinkFailed]:
        await asyncio.sleep(0)
        if self._fault is not None:
            return Failure(SinkFailed(self._fault))
        self._is_open = True
        return Success(None)

    def put(
        self, event: ReceivedEvent, done: Callable[[SinkAnswer], None]
    ) -> Outcome[None, SinkBusy]:
        size = len(event.payload)
        if not self._fill.has_room(size, events_max=self.events_max, bytes_max=self.bytes_max):
            return Failure(SinkBusy(self.events_max, self.bytes_max))
        self._taken.append((event, done))
        self._fill.add(size)
        self._answered.clear()
        self._answer_later()
        return Success(None)

    async def close(self) -> None:
        if self._taken:
            await self._answered.wait()
        self._is_open = False

    def hold(self) -> None:
        """The medium hangs: nothing is stored or answered until `release`."""
        self._is_held = True

    def release(self) -> None:
        """The medium goes on; what was taken meanwhile is answered."""
        self._is_held = False
        self._answer_later()

    def fail_with(self, detail: str) -> None:
        """Every answer is SinkFailed with *detail* until `recover`."""
        self._fault = detail

    def recover(self) -> None:
        """The medium works again."""
        self._fault = None

    def cut_power(self) -> None:
        """Forget what is not `stored`, and never answer those who wait, as after a kill -9."""
        self._is_open = False
        self._taken.clear()
        self._fill = QueueFill()

    def _answer_later(self) -> None:
        if self._answers_due is None and not self._is_held:
            self._answers_due = asyncio.get_running_loop().call_soon(self._answer)

    def _answer(self) -> None:
        self._answers_due = None
        if self._is_held:
            return
        taken, self._taken = self._taken, []
        self._fill = QueueFill()
        for event, done in taken:
            asyncio.get_running_loop().call_soon(done, self._store(event))
        self._answered.set()

    def _store(self, event: ReceivedEvent) -> SinkAnswer:
        if not self._is_open:
            return Failure(SinkFailed("it is not open"))
        if self._fault is not None:
            return Failure(SinkFailed(self._fault))
        name = (event.src, event.message_id)
        if name in self.stored:
            return Success(DUPLICATE)
        self.stored[name] = event
        return Success(STORED)
