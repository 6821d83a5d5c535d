"""The thread side of `SqliteEventStore`: what happens to the file.

What could not be written stays here, in order, and is written with the next batch. Reads look at
the file and at what is not in it yet, so they go on while the disk takes nothing.
"""

import asyncio
import itertools
import secrets
import time
from collections.abc import Iterable, Iterator
from collections.abc import Sequence as Items
from contextlib import closing
from typing import Final, TypeAlias

import attrs

from gwproactor.adapters.persistence.database import (
    Database,
    Schema,
    text_from_column,
    text_to_column,
)
from gwproactor.adapters.persistence.writer_thread import QUIET_S
from gwproactor.domain.message import Sequence
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.event_store import StoreContent, StoredEvent, StoreFailed

SCHEMA: Final = Schema(
    kind=0x67775045,  # "gwPE"
    version=1,
    statements=(
        # The integer key alone: a second index would cost 4 KiB of disk writes for each event.
        "CREATE TABLE event (number INTEGER PRIMARY KEY, message_id, type_name, payload BLOB)",
        "CREATE TABLE store (epoch TEXT NOT NULL, number_bound INTEGER NOT NULL)",
    ),
)

# Numbers above the durable bound are never given out. The bound is moved while a whole block is
# left: that many events can be accepted while the disk hangs, and a crash skips up to two blocks.
NUMBERS_IN_BLOCK = 10_000

# Clears wait for the next put to share its commit; that halves what an acknowledged event costs a
# card. Many more, and a crash would bring many events back for nothing.
CLEARS_PUT_OFF_MAX = 100

ReadAnswer: TypeAlias = Outcome[Items[StoredEvent], StoreFailed]


@attrs.frozen
class Clear:
    number: int


@attrs.frozen
class ReadAfter:
    number: int
    count: int
    bytes_max: int
    answer: asyncio.Future[ReadAnswer]


@attrs.frozen
class ReadNumbers:
    numbers: Items[int]
    answer: asyncio.Future[ReadAnswer]


Job: TypeAlias = StoredEvent | Clear | ReadAfter | ReadNumbers


@attrs.frozen
class Opened:
    """What was found. Numbers above *number* up to *number_bound* may be given out."""

    content: StoreContent
    number: int
    number_bound: int


@attrs.define
class Drained:
    """Where the file stands after a batch, and what the batch changed.

    Everything up to `number_durable` is durable or cleared. `fault`: what is above, up to `number`,
    could not be written, and why; None: it was written, or is not due yet. `settled_bytes` is the
    payload that no longer waits to be written; `cleared` events of together `cleared_bytes` are
    gone.
    """

    number: int = 0
    number_durable: int = 0
    number_bound: int = 0
    settled_bytes: int = 0
    cleared: int = 0
    cleared_bytes: int = 0
    reads: list[tuple[asyncio.Future[ReadAnswer], ReadAnswer]] = attrs.Factory(list)
    fault: str | None = None


@attrs.define
class EventFile:
    """A `Medium` on *database*."""

    database: Database
    _epoch: str = attrs.field(init=False, default="")
    _number: int = attrs.field(init=False, default=0)
    _number_bound: int = attrs.field(init=False, default=0)
    _puts: dict[int, StoredEvent] = attrs.field(init=False, factory=dict)
    _clears: set[int] = attrs.field(init=False, factory=set)
    _not_before_s: float = attrs.field(init=False, default=0.0)

    def open(self) -> Opened:
        self.database.open()
        with self.database.explained(), self.database.transaction() as connection:
            row = connection.execute("SELECT epoch, number_bound FROM store").fetchone()
            if row is None:
                row = (secrets.token_hex(16), 0)
                connection.execute("INSERT INTO store VALUES (?, ?)", row)
            self._epoch, self._number = row
            self._number_bound = self._number + 2 * NUMBERS_IN_BLOCK
            connection.execute("UPDATE store SET number_bound = ?", (self._number_bound,))
            pending, pending_bytes = connection.execute(
                "SELECT count(*), ifnull(sum(length(payload)), 0) FROM event"
            ).fetchone()
        content = StoreContent(self._epoch, pending, pending_bytes)
        return Opened(content, self._number, self._number_bound)

    def drain(self, jobs: Items[Job], *, flush: bool) -> Drained:
        drained = Drained()
        for job in jobs:
            match job:
                case StoredEvent():
                    self._number = job.sequence.number
                    self._puts[self._number] = job
                case Clear(number):
                    self._clear(number, drained)
                case ReadAfter() | ReadNumbers():
                    drained.reads.append((job.answer, self._read(job)))
        if flush or (self._is_urgent() and time.monotonic() >= self._not_before_s):
            self._commit(drained)
        drained.number = self._number
        drained.number_durable = next(iter(self._puts), self._number + 1) - 1
        drained.number_bound = self._number_bound
        return drained

    def has_rest(self) -> bool:
        return self._is_urgent() or bool(self._clears)

    def close(self) -> None:
        self.database.close()

    def _is_urgent(self) -> bool:
        has_many_clears = len(self._clears) >= CLEARS_PUT_OFF_MAX
        return bool(self._puts) or self._needs_numbers() or has_many_clears

    def _needs_numbers(self) -> bool:
        return self._number > self._number_bound - NUMBERS_IN_BLOCK

    def _commit(self, drained: Drained) -> None:
        if not self.has_rest():
            return
        bound = self._number_bound
        if self._needs_numbers():
            bound = self._number + 2 * NUMBERS_IN_BLOCK
        try:
            with self.database.transaction() as connection:
                # Clears first: the room that they make may be all there is.
                connection.executemany(
                    "DELETE FROM event WHERE number = ?", ((number,) for number in self._clears)
                )
                # Or replace: an error may be reported for a commit that did happen.
                connection.executemany(
                    "INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?)",
                    map(_row, self._puts.values()),
                )
                if bound != self._number_bound:
                    connection.execute("UPDATE store SET number_bound = ?", (bound,))
        except Exception as error:  # a dead thread would leave everybody waiting
            drained.fault = self.database.explain(error)
            # A thousand puts a second must not mean a thousand tries, each with all that waits.
            self._not_before_s = time.monotonic() + QUIET_S
            return
        self._number_bound = bound
        drained.settled_bytes += sum(len(event.payload) for event in self._puts.values())
        self._puts.clear()
        self._clears.clear()

    def _clear(self, number: int, drained: Drained) -> None:
        """Count at once what will be deleted later; ignore what is not there."""
        event = self._puts.pop(number, None)
        if event is not None:
            size = len(event.payload)
            drained.settled_bytes += size
        elif number in self._clears:
            return
        else:
            query = "SELECT length(payload) FROM event WHERE number = ?"
            try:
                row = self.database.connection.execute(query, (number,)).fetchone()
            except Exception:  # the deletion will say more
                row = (0,)
            if row is None:
                return
            size = row[0]
            self._clears.add(number)
        drained.cleared += 1
        drained.cleared_bytes += size

    def _read(self, job: ReadAfter | ReadNumbers) -> ReadAnswer:
        try:
            match job:
                case ReadAfter(number, count, bytes_max):
                    return Success(tuple(_first(self._after(number), count, bytes_max)))
                case ReadNumbers(numbers):
                    return Success(tuple(self._numbered(numbers)))
        except Exception as error:
            return Failure(StoreFailed(self.database.explain(error)))

    def _after(self, number: int) -> Iterator[StoredEvent]:
        query = "SELECT * FROM event WHERE number > ? ORDER BY number"
        with closing(self.database.connection.execute(query, (number,))) as rows:
            yield from (self._event(row) for row in rows if row[0] not in self._clears)
        # What is not written yet has higher numbers than all that is.
        yield from (event for at, event in self._puts.items() if at > number)

    def _numbered(self, numbers: Items[int]) -> Iterator[StoredEvent]:
        query = "SELECT * FROM event WHERE number = ?"
        for number in sorted(set(numbers)):
            if number in self._puts:
                yield self._puts[number]
            elif number not in self._clears:
                rows = self.database.connection.execute(query, (number,)).fetchall()
                yield from map(self._event, rows)

    def _event(self, row: tuple[int, str | bytes, str | bytes, bytes]) -> StoredEvent:
        number, message_id, type_name, payload = row
        return StoredEvent(
            Sequence(self._epoch, number),
            text_from_column(message_id),
            text_from_column(type_name),
            payload,
        )


def _row(event: StoredEvent) -> tuple[int, str | bytes, str | bytes, bytes]:
    return (
        event.sequence.number,
        text_to_column(event.message_id),
        text_to_column(event.type_name),
        event.payload,
    )


def _first(events: Iterable[StoredEvent], count: int, bytes_max: int) -> Iterator[StoredEvent]:
    size = 0
    for event in itertools.islice(events, count):
        yield event
        size += len(event.payload)
        if size >= bytes_max:
            return
