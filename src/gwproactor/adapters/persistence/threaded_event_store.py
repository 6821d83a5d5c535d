"""The loop side of stores that write in a thread: it counts, numbers and answers."""

import asyncio
import heapq
import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable
from collections.abc import Sequence as Items
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from gwproactor.adapters.persistence.event_jobs import (
    Clear,
    Drained,
    EndQuarantine,
    Job,
    Opened,
    QuarantineAnswer,
    Read,
    ReadAfter,
    ReadAnswer,
    ReadNumbers,
    ReadQuarantine,
    Take,
    TakeDone,
    resolve,
)
from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.adapters.persistence.writer_thread import Medium, WriterThread
from gwproactor.domain.message import Sequence
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.event_sink import ReceivedEvent
from gwproactor.ports.event_store import (
    Quarantined,
    StoreContent,
    StoredEvent,
    StoreFailed,
    StoreNews,
    StoreRecovered,
)

# How much accepted payload may wait for a disk that hangs or fails. More takes memory which a small
# machine needs; less refuses events in a burst.
UNSTORED_BYTES_MAX: Final = 32 * 1024 * 1024

T = TypeVar("T")

Durable: TypeAlias = Outcome[None, StoreFailed]


class ThreadedEventStore(ABC):
    """An `EventStore` without a medium. *path* names it in what people read.

    While the disk fails, accepted events wait in memory and are tried again every second; `put`
    fails once 32 MiB or some 10,000 events wait. What is taken does not wait: it fails.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = Path(path)
        self._tell: Callable[[StoreNews], None] = _ignore
        self._writer: WriterThread[Job, Opened, Drained] | None = None
        self._is_open = False
        self._closed: Durable = Success(None)
        self._epoch = ""
        self._pending = self._pending_bytes = self._quarantined = self._unstored_bytes = 0
        self._number = self._number_bound = self._number_durable = 0
        self._fault: str | None = None
        # By number, so that one commit answers from the front; the count keeps futures uncompared.
        self._waiting: list[tuple[int, int, asyncio.Future[Durable]]] = []
        self._counter = itertools.count()
        self._late: list[TakeDone] = []

    def listen(self, tell: Callable[[StoreNews], None]) -> None:
        self._tell = tell

    async def open(self) -> Outcome[StoreContent, StoreFailed]:
        assert self._writer is None, "the store is open"
        self._closed = Success(None)
        self._writer = WriterThread("gwproactor event store", self._medium(), self._drained)
        try:
            opened = await self._writer.start()
        except MediumError as error:
            self._writer = None
            return Failure(StoreFailed(str(error)))
        self._epoch = opened.content.epoch
        self._pending = opened.content.pending
        self._pending_bytes = opened.content.pending_bytes
        self._quarantined = opened.content.quarantined
        self._number = self._number_durable = opened.number
        self._number_bound = opened.number_bound
        self._unstored_bytes = 0
        self._fault = None
        self._is_open = True
        for problem in opened.problems:
            self._tell(problem)
        return Success(self.content())

    def put(
        self, message_id: str, type_name: str, payload: bytes
    ) -> Outcome[Sequence, StoreFailed]:
        size = len(payload)
        if not self._is_open:
            return Failure(self._not_open())
        unstored_bytes = self._unstored_bytes + size
        is_too_much = unstored_bytes > UNSTORED_BYTES_MAX and self._unstored_bytes > 0
        number = None if is_too_much else self._next_number()
        if number is None:
            cause = self._fault or (
                "Either the disk does not keep up, or the loop was not let run between them: "
                "await something, such as durable(), in a long burst"
            )
            return Failure(StoreFailed(f"too many events wait to be written. {cause}"))
        self._number = number
        self._pending += 1
        self._pending_bytes += size
        self._unstored_bytes = unstored_bytes
        sequence = Sequence(self._epoch, number)
        assert self._writer is not None
        self._writer.submit(StoredEvent(sequence, message_id, type_name, payload))
        return Success(sequence)

    def take(self, event: ReceivedEvent, done: TakeDone) -> None:
        if self._is_open and self._writer is not None:
            number = self._next_number()
            self._number = number or self._number
            self._writer.submit(Take(number or 0, event, done))
        elif self._writer is not None:
            self._late.append(done)  # answered after those before it
        else:
            asyncio.get_running_loop().call_soon(done, Failure(self._not_open()))

    def clear(self, number: int) -> None:
        self._submit(Clear(number))

    def quarantine(self, event: Quarantined) -> None:
        self._submit(event)

    def end_quarantine(self, type_name: str) -> None:
        self._submit(EndQuarantine(type_name))

    async def quarantined(self) -> QuarantineAnswer:
        answer: asyncio.Future[QuarantineAnswer] = asyncio.get_running_loop().create_future()
        return await self._answer_of(ReadQuarantine(answer), answer)

    async def read_after(
        self, number: int, *, count: int, bytes_max: int, with_quarantined: bool = False
    ) -> Outcome[Items[StoredEvent], StoreFailed]:
        answer: asyncio.Future[ReadAnswer] = asyncio.get_running_loop().create_future()
        job = ReadAfter(number, count, bytes_max, with_quarantined, answer)
        return await self._answer_of(job, answer)

    async def read(self, numbers: Items[int]) -> Outcome[Items[StoredEvent], StoreFailed]:
        answer: asyncio.Future[ReadAnswer] = asyncio.get_running_loop().create_future()
        return await self._answer_of(ReadNumbers(numbers, answer), answer)

    async def durable(self, number: int) -> Durable:
        number = min(number, self._number)
        if number <= self._number_durable:
            return Success(None)
        if not self._is_open:
            return Failure(self._not_open())
        answer: asyncio.Future[Durable] = asyncio.get_running_loop().create_future()
        # No job for the writer: the commit of this number is under way or will be tried again.
        heapq.heappush(self._waiting, (number, next(self._counter), answer))
        return await answer

    def content(self) -> StoreContent:
        return StoreContent(self._epoch, self._pending, self._pending_bytes, self._quarantined)

    async def close(self) -> Durable:
        if self._writer is None:
            return self._closed
        self._is_open = False
        await self._writer.stop()
        self._is_open = False  # an open() under way may have ended meanwhile
        self._writer = None
        if self._number > self._number_durable:
            lost = f"events {self._number_durable + 1} to {self._number} were not stored. "
            self._closed = Failure(StoreFailed(lost + (self._fault or "")))
            self._answer_up_to(self._number, self._closed)
        late, self._late = self._late, []
        for done in late:
            self._give(partial(done, Failure(self._not_open())))
        return self._closed

    @abstractmethod
    def _medium(self) -> Medium[Job, Opened, Drained]: ...

    def _next_number(self) -> int | None:
        """It is given to an event at once. None: too many wait to be written."""
        return self._number + 1 if self._number < self._number_bound else None

    def _submit(self, job: Clear | Quarantined | EndQuarantine) -> None:
        if self._is_open and self._writer is not None:
            self._writer.submit(job)

    async def _answer_of(
        self, job: Read, answer: asyncio.Future[Outcome[T, StoreFailed]]
    ) -> Outcome[T, StoreFailed]:
        if not self._is_open or self._writer is None:
            return Failure(self._not_open())
        self._writer.submit(job)
        return await answer

    def _not_open(self) -> StoreFailed:
        return StoreFailed(f"{self.path} is not open")

    def _drained(self, drained: Drained) -> None:
        self._pending += drained.taken - drained.cleared
        self._pending_bytes += drained.taken_bytes - drained.cleared_bytes
        self._quarantined = drained.quarantined
        self._unstored_bytes -= drained.settled_bytes
        self._number_durable = drained.number_durable
        self._number_bound = drained.number_bound
        self._answer_up_to(drained.number_durable, Success(None))
        if drained.fault is not None:
            self._answer_up_to(drained.number, Failure(StoreFailed(drained.fault)))
        for answer in drained.answers:
            self._give(answer)
        self._tell_news(drained)

    def _tell_news(self, drained: Drained) -> None:
        for problem in drained.problems:
            self._tell(problem)
        if drained.fault is not None and drained.fault != self._fault:
            self._fault = drained.fault
            self._tell(StoreFailed(drained.fault))
        elif drained.is_written and self._fault is not None:
            self._fault = None
            self._tell(StoreRecovered())

    def _give(self, answer: Callable[[], None]) -> None:
        try:
            answer()
        except Exception as error:  # the others must be answered all the same
            context = {"message": "an event store's callback raised", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)

    def _answer_up_to(self, number: int, outcome: Durable) -> None:
        while self._waiting and self._waiting[0][0] <= number:
            _, _, answer = heapq.heappop(self._waiting)
            resolve(answer, outcome)


def _ignore(_news: StoreNews) -> None:
    pass
