"""The thread side of `SqliteEventStore`: what happens to the file.

What could not be written stays here, in order, and is written with the next batch. Reads look at
the file and at what is not in it yet, so they go on while the disk takes nothing.
"""

import secrets
import sqlite3
import time
from collections.abc import Iterator
from collections.abc import Sequence as Items
from contextlib import closing
from functools import partial
from typing import Final

import attrs

from gwproactor.adapters.persistence import event_schema
from gwproactor.adapters.persistence.database import Database
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
    resolve,
)
from gwproactor.adapters.persistence.quarantine_table import QuarantineTable
from gwproactor.adapters.persistence.seen_table import SeenTable
from gwproactor.domain.message import Sequence
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.stored_event import Origin, Quarantined, StoredEvent
from gwproactor.ports.event_store import AlreadySeen, StoreContent, StoreFailed

# Numbers above the durable bound are never given out. The bound is moved while a whole block is
# left: that many events can be accepted while the disk hangs, and a crash skips up to two blocks.
NUMBERS_IN_BLOCK: Final = 10_000

# Clears wait for the next put to share its commit; that halves what an acknowledged event costs a
# card. Many more, and a crash would bring many events back for nothing.
CLEARS_PUT_OFF_MAX: Final = 100

# After this long without a job the clears are written all the same. Longer: a crash of an idle node
# brings more events back. Shorter: more wear for nothing.
QUIET_S: Final = 1.0

# A failing disk is tried so often: a thousand puts a second must not mean a thousand tries.
RETRY_S: Final = 1.0

# So much lingers for no longer: more would not make the writes per event any cheaper.
BATCH_EVENTS: Final = 1000
BATCH_BYTES: Final = 1024 * 1024


@attrs.define
class EventFile:
    """A `Medium` on *database*. Events wait up to *linger_s* for others to share their commit."""

    database: Database
    linger_s: float = 0.0
    seen: SeenTable = attrs.Factory(SeenTable)
    _epoch: str = attrs.field(init=False, default="")
    _number: int = attrs.field(init=False, default=0)
    _number_bound: int = attrs.field(init=False, default=0)
    _puts: dict[int, StoredEvent] = attrs.field(init=False, factory=dict)
    _puts_bytes: int = attrs.field(init=False, default=0)
    _takes: list[Take] = attrs.field(init=False, factory=list)
    _clears: set[int] = attrs.field(init=False, factory=set)
    _quarantine: QuarantineTable = attrs.field(init=False, factory=QuarantineTable)
    _first_came_s: float | None = attrs.field(init=False, default=None)
    _fault: str | None = attrs.field(init=False, default=None)
    _retry_at_s: float = attrs.field(init=False, default=0.0)

    def open(self) -> Opened:
        self.database.open()
        with self.database.explained(), self.database.transaction() as connection:
            row = connection.execute("SELECT epoch, number_bound FROM store").fetchone()
            if row is None:
                row = (secrets.token_hex(16), 0)
                connection.execute(
                    "INSERT INTO store (epoch, number_bound, created_ms) VALUES (?, ?, ?)",
                    (*row, int(time.time() * 1000)),
                )
            self._epoch, self._number = row
            self._number_bound = self._number + 2 * NUMBERS_IN_BLOCK
            connection.execute("UPDATE store SET number_bound = ?", (self._number_bound,))
            pending, pending_bytes = connection.execute(
                "SELECT count(*), ifnull(sum(length(payload)), 0) FROM event"
            ).fetchone()
            self._quarantine.load(connection)
        content = StoreContent(self._epoch, pending, pending_bytes, self._quarantine.count)
        return Opened(content, self._number, self._number_bound)

    def drain(self, jobs: Items[Job], *, flush: bool) -> Drained:
        drained = Drained()
        for job in jobs:
            match job:
                case StoredEvent():
                    self._put(job)
                case Take():
                    self._take(job, drained)
                case Clear(number):
                    self._clear(number, drained)
                case Quarantined():
                    self._keep_out(job)
                case EndQuarantine(type_name):
                    self._quarantine.end(self.database.connection, type_name)
                case ReadAfter() | ReadNumbers() | ReadQuarantine():
                    self._read(job, drained)
        if flush or self._is_due():
            self._commit(drained)
        drained.number = self._number
        drained.number_durable = next(iter(self._puts), self._number + 1) - 1
        drained.number_bound = self._number_bound
        drained.quarantined = self._quarantine.count
        return drained

    def rest_due_s(self) -> float | None:
        now_s = time.monotonic()
        if self._fault is not None:
            return max(0.0, self._retry_at_s - now_s)
        if self._first_came_s is not None:
            return max(0.0, self._first_came_s + self.linger_s - now_s)
        if self._clears or self._quarantine.has_changes():
            return QUIET_S
        return None

    def close(self) -> None:
        self.database.close()

    def _is_due(self) -> bool:
        now_s = time.monotonic()
        if self._fault is not None:
            return now_s >= self._retry_at_s
        waiting = len(self._puts) + len(self._takes)
        is_full = waiting >= BATCH_EVENTS or self._puts_bytes >= BATCH_BYTES
        has_lingered = (
            self._first_came_s is not None and now_s >= self._first_came_s + self.linger_s
        )
        has_many_clears = len(self._clears) >= CLEARS_PUT_OFF_MAX
        return is_full or has_lingered or has_many_clears or self._needs_numbers()

    def _needs_numbers(self) -> bool:
        return self._number > self._number_bound - NUMBERS_IN_BLOCK

    def _came(self, number: int) -> None:
        self._number = number
        if self._first_came_s is None:
            self._first_came_s = time.monotonic()

    def _put(self, event: StoredEvent) -> None:
        self._came(event.sequence.number)
        self._puts[self._number] = event
        self._puts_bytes += len(event.payload)

    def _take(self, take: Take, drained: Drained) -> None:
        fault = self._fault
        if take.number == 0:
            fault = fault or f"{self.database.path}: too many events wait to be written"
        else:
            self._number = take.number
        if fault is not None:  # its source sends it again; to keep it would take memory twice
            self._refuse([take], fault, drained)
            return
        self._came(self._number)
        self._takes.append(take)

    def _refuse(self, takes: Items[Take], fault: str, drained: Drained) -> None:
        for take in takes:
            drained.answers.append(partial(take.done, Failure(StoreFailed(fault))))

    def _clear(self, number: int, drained: Drained) -> None:
        """Count at once what will be deleted later; ignore what is not there."""
        event = self._puts.pop(number, None)
        if event is not None:
            size = len(event.payload)
            self._puts_bytes -= size
            drained.settled_bytes += size
            if not self._puts and not self._takes:
                self._first_came_s = None
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
        self._quarantine.remove(self.database.connection, number)
        drained.cleared += 1
        drained.cleared_bytes += size

    def _keep_out(self, event: Quarantined) -> None:
        if event.number not in self._puts:
            query = "SELECT 1 FROM event WHERE number = ?"
            row = self.database.connection.execute(query, (event.number,)).fetchone()
            if row is None or event.number in self._clears:
                return
        self._quarantine.add(self.database.connection, event)

    # Writing

    def _commit(self, drained: Drained) -> None:
        takes, self._takes = self._takes, []
        bound = self._number_bound
        if self._needs_numbers():
            bound = self._number + 2 * NUMBERS_IN_BLOCK
        has_rest = self._puts or takes or self._clears or self._quarantine.has_changes()
        # A disk that failed is probed, even if nothing is left to be written.
        is_bound_due = bound != self._number_bound or self._fault is not None
        if not has_rest and not is_bound_due:
            return
        try:
            with self.database.transaction() as connection:
                # Clears first: the room that they make may be all there is.
                connection.executemany(
                    "DELETE FROM event WHERE number = ?", ((number,) for number in self._clears)
                )
                self._quarantine.write(connection)
                kept = [self._keep(connection, take) for take in takes]
                event_schema.insert(connection, self._puts.values())
                if takes:
                    self.seen.prune(connection)
                if is_bound_due:
                    connection.execute("UPDATE store SET number_bound = ?", (bound,))
        except Exception as error:  # a dead thread would leave everybody waiting
            self._fault = drained.fault = self.database.explain(error)
            self._retry_at_s = time.monotonic() + RETRY_S
            self._refuse(takes, self._fault, drained)
            return
        self._fault = None
        self._number_bound = bound
        self._wrote(drained)
        for take, answer in zip(takes, kept, strict=True):
            if isinstance(answer, StoredEvent):
                drained.taken += 1
                drained.taken_bytes += len(answer.payload)
            drained.answers.append(partial(take.done, Success(answer)))

    def _wrote(self, drained: Drained) -> None:
        drained.is_written = True
        drained.settled_bytes += self._puts_bytes
        self._puts.clear()
        self._puts_bytes = 0
        self._first_came_s = None
        self._clears.clear()
        self._quarantine.wrote()

    def _keep(self, connection: sqlite3.Connection, take: Take) -> StoredEvent | AlreadySeen:
        event = take.event
        if not self.seen.is_new(connection, event):
            return AlreadySeen()
        stored = StoredEvent(
            Sequence(self._epoch, take.number),
            event.message_id,
            event.type_name,
            event.payload,
            Origin(event.sequence),
        )
        event_schema.insert(connection, [stored])
        return stored

    # Reading

    def _read(self, job: Read, drained: Drained) -> None:
        if self._takes:  # only the commit tells which of them there are
            self._commit(drained)
        match job:
            case ReadQuarantine(answer):
                drained.answers.append(partial(resolve, answer, self._quarantined()))
            case ReadAfter(answer=answer) | ReadNumbers(answer=answer):
                drained.answers.append(partial(resolve, answer, self._events(job)))

    def _events(self, job: ReadAfter | ReadNumbers) -> ReadAnswer:
        try:
            match job:
                case ReadAfter(number, count, bytes_max, with_quarantined):
                    events = self._after(number, with_quarantined=with_quarantined)
                    return Success(tuple(event_schema.first(events, count, bytes_max)))
                case ReadNumbers(numbers):
                    return Success(tuple(self._numbered(numbers)))
        except Exception as error:
            return Failure(StoreFailed(self.database.explain(error)))

    def _quarantined(self) -> QuarantineAnswer:
        try:
            return Success(self._quarantine.oldest_of_each_type(self.database.connection))
        except Exception as error:
            return Failure(StoreFailed(self.database.explain(error)))

    def _after(self, number: int, *, with_quarantined: bool) -> Iterator[StoredEvent]:
        connection = self.database.connection
        condition = "" if with_quarantined else self._quarantine.condition()
        query = (
            f"SELECT {event_schema.COLUMNS} FROM event WHERE number > ?"  # noqa: S608 constants
            f"{condition} ORDER BY number"
        )

        def is_wanted(at: int) -> bool:
            return with_quarantined or not self._quarantine.contains(connection, at)

        with closing(connection.execute(query, (number,))) as rows:
            for row in rows:
                if row[0] not in self._clears and is_wanted(row[0]):
                    yield event_schema.from_row(self._epoch, row)
        # What is not written yet has higher numbers than all that is.
        for at, event in self._puts.items():
            if at > number and is_wanted(at):
                yield event

    def _numbered(self, numbers: Items[int]) -> Iterator[StoredEvent]:
        query = f"SELECT {event_schema.COLUMNS} FROM event WHERE number = ?"  # noqa: S608 constants
        for number in sorted(set(numbers)):
            if number in self._puts:
                yield self._puts[number]
            elif number not in self._clears:
                rows = self.database.connection.execute(query, (number,)).fetchall()
                yield from (event_schema.from_row(self._epoch, row) for row in rows)
