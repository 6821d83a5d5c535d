"""`EventStore` in memory, with a disk that can be held up, fail, or lose its power.

Accepted events reach `disk` in a later turn of the loop, as they would a real one, so that what is
between accepted and durable can be seen and lost. No threads: the same calls give the same history.
"""

import asyncio
from collections.abc import Callable
from collections.abc import Sequence as Items
from typing import TypeVar

import attrs

from gwproactor.domain.message import Sequence
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.stored_event import first_of
from gwproactor.ports.event_sink import ReceivedEvent
from gwproactor.ports.event_store import (
    AlreadySeen,
    Origin,
    Quarantined,
    StoreContent,
    StoredEvent,
    StoreFailed,
    StoreNews,
    StoreRecovered,
    TakeAnswer,
)

T = TypeVar("T")

# Numbers are reserved in blocks, as on a real disk: a power cut skips the rest of a block.
NUMBERS_IN_BLOCK = 10_000


@attrs.define
class EventDisk:
    """What survives: give it to the next `MemoryEventStore` for a restart or after a power cut.

    `events` are the durable ones, by number, `quarantine` those of them that are not sent. `seen`
    names the events that were taken, by source and id. Numbers up to `reserved` may have been
    given out.
    """

    epoch: str = "memory"
    events: dict[int, StoredEvent] = attrs.Factory(dict)
    quarantine: dict[int, Quarantined] = attrs.Factory(dict)
    seen: set[tuple[str, str]] = attrs.Factory(set)
    reserved: int = 0


@attrs.define
class MemoryEventStore:
    """`kept` is what reads see, `disk` what is durable. While the disk fails, up to *unstored_max*
    accepted events wait for it; above that `put` fails. What was taken is remembered for ever.
    """

    disk: EventDisk = attrs.Factory(EventDisk)
    unstored_max: int = 10_000
    kept: dict[int, StoredEvent] = attrs.field(init=False, factory=dict)
    in_quarantine: dict[int, Quarantined] = attrs.field(init=False, factory=dict)
    _kept_bytes: int = attrs.field(init=False, default=0)
    _number: int = attrs.field(init=False, default=0)
    _durable_number: int = attrs.field(init=False, default=0)
    _unstored: dict[int, StoredEvent] = attrs.field(init=False, factory=dict)
    _cleared: set[int] = attrs.field(init=False, factory=set)
    _waiting: list[asyncio.Future[Outcome[None, StoreFailed]]] = attrs.field(
        init=False, factory=list
    )
    _taken: list[tuple[tuple[str, str], StoredEvent, Callable[[TakeAnswer], None]]] = attrs.field(
        init=False, factory=list
    )
    _tell: Callable[[StoreNews], None] = attrs.field(init=False, default=lambda _: None)
    _told: str | None = attrs.field(init=False, default=None)
    _commit_due: asyncio.Handle | None = attrs.field(init=False, default=None)
    _is_open: bool = attrs.field(init=False, default=False)
    _is_closing: bool = attrs.field(init=False, default=False)
    _is_held: bool = attrs.field(init=False, default=False)
    _fault: str | None = attrs.field(init=False, default=None)

    def listen(self, tell: Callable[[StoreNews], None]) -> None:
        self._tell = tell

    async def open(self) -> Outcome[StoreContent, StoreFailed]:
        await asyncio.sleep(0)
        if self._fault is not None:
            return Failure(StoreFailed(self._fault))
        self.kept = dict(self.disk.events)
        self.in_quarantine = dict(self.disk.quarantine)
        self._kept_bytes = sum(len(event.payload) for event in self.kept.values())
        self._number = self._durable_number = self.disk.reserved
        self.disk.reserved += NUMBERS_IN_BLOCK
        self._is_open, self._is_closing = True, False
        return Success(self.content())

    def put(
        self, message_id: str, type_name: str, payload: bytes
    ) -> Outcome[Sequence, StoreFailed]:
        if not self._is_open:
            return Failure(StoreFailed("it is not open"))
        if self._fault is not None and len(self._unstored) >= self.unstored_max:
            return Failure(StoreFailed(self._fault))
        event = StoredEvent(self._next(), message_id, type_name, payload)
        self._keep(event)
        self._commit_later()
        return Success(event.sequence)

    def take(self, event: ReceivedEvent, done: Callable[[TakeAnswer], None]) -> None:
        if not self._is_open:
            closed = Failure(StoreFailed("it is not open"))
            asyncio.get_running_loop().call_soon(done, closed)
            return
        stored = StoredEvent(
            self._next(),
            event.message_id,
            event.type_name,
            event.payload,
            Origin(event.sequence),
        )
        self._taken.append(((event.src, event.message_id), stored, done))
        self._commit_later()

    def clear(self, number: int) -> None:
        event = self.kept.pop(number, None)
        if event is not None:
            self.in_quarantine.pop(number, None)
            self._kept_bytes -= len(event.payload)
            if self._unstored.pop(number, None) is None:
                self._cleared.add(number)
            self._commit_later()

    def quarantine(self, event: Quarantined) -> None:
        if event.number in self.kept:
            self.in_quarantine[event.number] = event
            self._commit_later()

    def end_quarantine(self, type_name: str) -> None:
        kept_in = {n: one for n, one in self.in_quarantine.items() if one.type_name != type_name}
        if type_name:
            self.in_quarantine = kept_in
            self._commit_later()

    async def quarantined(self) -> Outcome[Items[Quarantined], StoreFailed]:
        oldest: dict[str, Quarantined] = {}
        for _, event in sorted(self.in_quarantine.items()):
            oldest.setdefault(event.type_name, event)
        return await self._read(tuple(oldest.values()))

    async def read_after(
        self, number: int, *, count: int, bytes_max: int, with_quarantined: bool = False
    ) -> Outcome[Items[StoredEvent], StoreFailed]:
        above = (
            event
            for at, event in sorted(self.kept.items())
            if at > number and (with_quarantined or at not in self.in_quarantine)
        )
        return await self._read(tuple(first_of(above, count=count, bytes_max=bytes_max)))

    async def read(self, numbers: Items[int]) -> Outcome[Items[StoredEvent], StoreFailed]:
        return await self._read(tuple(self.kept[n] for n in sorted(set(numbers)) if n in self.kept))

    async def durable(self, number: int) -> Outcome[None, StoreFailed]:
        if min(number, self._number) > self._durable_number and self._is_closing:
            return Failure(StoreFailed("it is being closed"))
        return await self._when_durable(number)

    async def _when_durable(self, number: int) -> Outcome[None, StoreFailed]:
        if min(number, self._number) <= self._durable_number:
            return Success(None)
        if not self._is_open:
            return Failure(StoreFailed("it is not open"))
        answer: asyncio.Future[Outcome[None, StoreFailed]]
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self._commit_later()
        return await answer

    def content(self) -> StoreContent:
        return StoreContent(
            self.disk.epoch, len(self.kept), self._kept_bytes, len(self.in_quarantine)
        )

    async def close(self) -> Outcome[None, StoreFailed]:
        if not self._is_open:
            return Success(None)
        self._is_closing = True
        closed = await self._when_durable(self._number)
        if isinstance(closed, Success) or self._taken:
            self._commit()
        self._is_open = self._is_closing = False
        return closed

    def hold(self) -> None:
        """The disk hangs: nothing becomes durable until `release`."""
        self._is_held = True

    def release(self) -> None:
        """The disk goes on."""
        self._is_held = False
        self._commit_later()

    def fail_with(self, detail: str) -> None:
        """The disk fails, with *detail* as the reason, until `recover`."""
        self._fault = detail

    def recover(self) -> None:
        """The disk works again, and takes what was accepted meanwhile."""
        self._fault = None
        self._commit_later()

    def cut_power(self) -> None:
        """Forget what is not on `disk`, and never answer those who wait, as after a kill -9."""
        self._is_open = False
        if self._commit_due is not None:
            self._commit_due.cancel()
            self._commit_due = None
        self.kept = {}
        self.in_quarantine = {}
        self._taken.clear()
        self._kept_bytes = 0
        self._unstored.clear()
        self._cleared.clear()
        self._waiting.clear()

    async def _read(self, found: Items[T]) -> Outcome[Items[T], StoreFailed]:
        # A real read takes at least a turn of the loop; it sees what was there when it was asked.
        is_open = self._is_open
        await asyncio.sleep(0)
        if not is_open:
            return Failure(StoreFailed("it is not open"))
        if self._fault is not None:
            return Failure(StoreFailed(self._fault))
        return Success(found)

    def _next(self) -> Sequence:
        self._number += 1
        if self._number > self.disk.reserved:
            self.disk.reserved += NUMBERS_IN_BLOCK
        return Sequence(self.disk.epoch, self._number)

    def _keep(self, event: StoredEvent) -> None:
        number = event.sequence.number
        self.kept[number] = self._unstored[number] = event
        self._kept_bytes += len(event.payload)

    def _commit_later(self) -> None:
        if self._commit_due is None and not self._is_held:
            self._commit_due = asyncio.get_running_loop().call_soon(self._commit)

    def _commit(self) -> None:
        self._commit_due = None
        if self._is_held:
            return
        taken, self._taken = self._taken, []
        answer: Outcome[None, StoreFailed] = Success(None)
        if self._fault is not None:
            answer = Failure(StoreFailed(self._fault))
            for _, _, done in taken:
                done(answer)
        else:
            answers = [self._take(name, event) for name, event, _ in taken]
            self._write()
            for (_, _, done), kept in zip(taken, answers, strict=True):
                done(Success(kept))
        self._tell_news()
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(answer)

    def _take(self, name: tuple[str, str], event: StoredEvent) -> StoredEvent | AlreadySeen:
        if name in self.disk.seen:
            return AlreadySeen()
        self.disk.seen.add(name)
        self._keep(event)
        return event

    def _tell_news(self) -> None:
        if self._fault is not None and self._fault != self._told and self._unstored:
            self._told = self._fault
            self._tell(StoreFailed(self._fault))
        elif self._fault is None and self._told is not None:
            self._told = None
            self._tell(StoreRecovered())

    def _write(self) -> None:
        self.disk.events.update(self._unstored)
        for number in self._cleared:
            self.disk.events.pop(number, None)
        self.disk.quarantine = dict(self.in_quarantine)
        self._unstored.clear()
        self._cleared.clear()
        self._durable_number = self._number
