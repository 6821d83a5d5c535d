"""The thread side of `SqliteEventStore`: what happens to the file.

What could not be written stays here, in order, and is written with the next batch. Reads look at
the file and at what is not in it yet, so they go on while the disk takes nothing.
"""

import sqlite3
import time
from collections.abc import Callable
from collections.abc import Sequence as Items
from functools import partial
from typing import Final, TypeVar

import attrs

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
from gwproactor.adapters.persistence.sqlite import event_schema
from gwproactor.adapters.persistence.sqlite.columns import UnreadableRowError
from gwproactor.adapters.persistence.sqlite.database import DamagedError, is_from_damage
from gwproactor.adapters.persistence.sqlite.event_database import EventDatabase
from gwproactor.adapters.persistence.sqlite.seen_table import SeenTable
from gwproactor.adapters.persistence.sqlite.unwritten_events import UnwrittenEvents
from gwproactor.domain.message import Sequence
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.stored_event import Origin, Quarantined, StoredEvent, first_of
from gwproactor.ports.event_store import AlreadySeen, StoreContent, StoreFailed

T = TypeVar("T")

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
    """A `Medium` on *file*. Events wait up to *linger_s* for others to share their commit."""

    file: EventDatabase
    linger_s: float = 0.0
    seen: SeenTable = attrs.Factory(SeenTable)
    _number: int = attrs.field(init=False, default=0)
    _number_bound: int = attrs.field(init=False, default=0)
    _unwritten: UnwrittenEvents = attrs.field(init=False, factory=UnwrittenEvents)
    _takes: list[Take] = attrs.field(init=False, factory=list)
    # Of the events in the file that are not cleared.
    _count: int = attrs.field(init=False, default=0)
    _bytes: int = attrs.field(init=False, default=0)
    _first_came_s: float | None = attrs.field(init=False, default=None)
    _fault: str | None = attrs.field(init=False, default=None)
    _retry_at_s: float = attrs.field(init=False, default=0.0)

    def open(self) -> Opened:
        problems = self.file.open()
        try:
            self._begin()
        except DamagedError as error:
            problems = (*problems, self.file.mend(error))
            self._begin()
        quarantined = self._unwritten.quarantine.count
        content = StoreContent(self.file.epoch, self._count, self._bytes, quarantined)
        return Opened(content, self._number, self._number_bound, problems)

    def drain(self, jobs: Items[Job], *, flush: bool) -> Drained:
        drained = Drained()
        for job in jobs:
            try:
                self._do(job, drained)
            except Exception as error:  # a dead thread would leave everybody waiting
                self._do_again(job, error, drained)
        if self._first_came_s is None and (self._unwritten.puts or self._takes):
            self._first_came_s = time.monotonic()
        if flush or self._is_due():
            self._commit(drained)
        drained.number = self._number
        drained.number_durable = next(iter(self._unwritten.puts), self._number + 1) - 1
        drained.number_bound = self._number_bound
        drained.quarantined = self._unwritten.quarantine.count
        return drained

    def rest_due_s(self) -> float | None:
        now_s = time.monotonic()
        if self._fault is not None:
            return max(0.0, self._retry_at_s - now_s)
        if self._first_came_s is not None:
            return max(0.0, self._first_came_s + self.linger_s - now_s)
        return QUIET_S if self._unwritten.has_changes() else None

    def close(self) -> None:
        self.file.close(is_clean=self._fault is None)

    def _begin(self) -> None:
        self._number = self.file.number_bound
        self._number_bound = self._number + 2 * NUMBERS_IN_BLOCK
        with self.file.database.explained():
            with self.file.database.transaction() as connection:
                self._count, self._bytes = self._unwritten.count(connection)
                self._unwritten.quarantine.load(connection)
                self.file.reserve(self._number_bound)
            self.file.committed(self._number_bound)

    def _do(self, job: Job, drained: Drained) -> None:
        match job:
            case StoredEvent():
                self._number = job.sequence.number
                self._unwritten.put(job)
            case Take():
                self._take(job, drained)
            case Clear(number):
                self._clear(number, drained)
            case Quarantined():
                self._unwritten.keep_out(self.file.connection, job)
            case EndQuarantine(type_name):
                self._unwritten.quarantine.end(self.file.connection, type_name)
            case ReadAfter() | ReadNumbers() | ReadQuarantine():
                self._read(job, drained)

    def _do_again(self, job: Job, error: Exception, drained: Drained) -> None:
        try:
            self._mend(error, drained)
            self._do(job, drained)
        except Exception as fault:
            drained.fault = self._explain(fault)

    def _take(self, take: Take, drained: Drained) -> None:
        fault = self._fault
        if take.number == 0:
            fault = fault or f"{self.file.database.path}: too many events wait to be written"
        else:
            self._number = take.number
        if fault is not None:  # its source sends it again; to keep it would take memory twice
            self._refuse([take], fault, drained)
            return
        self._takes.append(take)

    def _refuse(self, takes: Items[Take], fault: str, drained: Drained) -> None:
        for take in takes:
            drained.answers.append(partial(take.done, Failure(StoreFailed(fault))))

    def _clear(self, number: int, drained: Drained) -> None:
        """Count at once what will be deleted later; ignore what is not there."""
        size = self._unwritten.take_back(number)
        if size is not None:
            drained.settled_bytes += size
        else:
            size = self._unwritten.clear(self.file, number)
            if size is None:
                return
            self._count -= 1
            self._bytes -= size
        drained.cleared += 1
        drained.cleared_bytes += size
        self._unwritten.quarantine.remove(self.file.connection, number)

    # Writing

    def _is_due(self) -> bool:
        now_s = time.monotonic()
        if self._fault is not None:
            return now_s >= self._retry_at_s
        unwritten = self._unwritten
        is_full = len(unwritten.puts) + len(self._takes) >= BATCH_EVENTS
        has_lingered = (
            self._first_came_s is not None and now_s >= self._first_came_s + self.linger_s
        )
        return (
            has_lingered
            or is_full
            or unwritten.puts_bytes >= BATCH_BYTES
            or len(unwritten.clears) >= CLEARS_PUT_OFF_MAX
            or self._needs_numbers()
        )

    def _needs_numbers(self) -> bool:
        return self._number > self._number_bound - NUMBERS_IN_BLOCK

    def _commit(self, drained: Drained) -> None:
        takes, self._takes = self._takes, []
        has_rest = takes or self._unwritten.has_changes()
        # A disk that failed is probed, even if nothing is left to be written.
        if not has_rest and not self._needs_numbers() and self._fault is None:
            self._first_came_s = None
            return
        try:
            try:
                answers = self._write(takes, drained)
            except (sqlite3.Error, DamagedError, UnreadableRowError) as error:
                self._mend(error, drained)
                answers = self._write(takes, drained)
        except Exception as error:  # a dead thread would leave everybody waiting
            self.file.failed(error)
            self._fault = drained.fault = self._explain(error)
            self._retry_at_s = time.monotonic() + RETRY_S
            self._refuse(takes, self._fault, drained)
            return
        self._wrote(drained)
        for take, answer in zip(takes, answers, strict=True):
            if isinstance(answer, StoredEvent):
                drained.taken += 1
                drained.taken_bytes += len(answer.payload)
            drained.answers.append(partial(take.done, Success(answer)))
        self._count += drained.taken
        self._bytes += drained.taken_bytes

    def _write(self, takes: Items[Take], drained: Drained) -> list[StoredEvent | AlreadySeen]:
        problem = self.file.before_commit()
        if problem is not None:
            drained.problems.append(problem)
        bound = self._number_bound
        if self._needs_numbers():
            bound = self._number + 2 * NUMBERS_IN_BLOCK
        with self.file.database.transaction() as connection:
            self._unwritten.write(connection)
            answers = [self._keep(connection, take) for take in takes]
            if takes:
                self.seen.prune(connection)
            if bound != self._number_bound or self._fault is not None:
                self.file.reserve(bound)
        self._number_bound = bound
        self.file.committed(bound)
        return answers

    def _keep(self, connection: sqlite3.Connection, take: Take) -> StoredEvent | AlreadySeen:
        event = take.event
        if not self.seen.is_new(connection, event):
            return AlreadySeen()
        event_schema.insert_taken(connection, take.number, event)
        return StoredEvent(
            Sequence(self.file.epoch, take.number),
            event.message_id,
            event.type_name,
            event.payload,
            Origin(event.sequence),
        )

    def _wrote(self, drained: Drained) -> None:
        drained.is_written = True
        drained.settled_bytes += self._unwritten.puts_bytes
        self._count += len(self._unwritten.puts)
        self._bytes += self._unwritten.puts_bytes
        self._unwritten.wrote()
        self._first_came_s = None
        if self._fault is not None:
            self._fault = None
            self._recount(drained)

    # Damage

    def _mend(self, error: Exception, drained: Drained) -> None:
        """Raises *error* if it is no damage, and MediumError if it cannot be mended."""
        if not is_from_damage(error):
            raise error
        drained.problems.append(self.file.mend(error))
        self._recount(drained)

    def _recount(self, drained: Drained) -> None:
        """Count what was lost with a file, or came back with it, as cleared or not."""
        with self.file.database.explained():
            count, size = self._unwritten.count(self.file.connection)
            self._unwritten.quarantine.recount(self.file.connection)
        drained.cleared += self._count - count
        drained.cleared_bytes += self._bytes - size
        self._count, self._bytes = count, size

    def _explain(self, error: Exception) -> str:
        return self.file.database.explain(error)

    # Reading

    def _read(self, job: Read, drained: Drained) -> None:
        if self._takes:  # only the commit tells which of them there are
            self._commit(drained)
        match job:
            case ReadQuarantine(answer):
                drained.answers.append(partial(resolve, answer, self._quarantined(drained)))
            case ReadAfter(answer=answer) | ReadNumbers(answer=answer):
                drained.answers.append(partial(resolve, answer, self._events(job, drained)))

    def _events(self, job: ReadAfter | ReadNumbers, drained: Drained) -> ReadAnswer:
        def found() -> Items[StoredEvent]:
            connection, epoch = self.file.connection, self.file.epoch
            match job:
                case ReadAfter(number, count, bytes_max, with_quarantined):
                    events = self._unwritten.after(
                        connection, epoch, number, with_quarantined=with_quarantined
                    )
                    return tuple(first_of(events, count=count, bytes_max=bytes_max))
                case ReadNumbers(numbers):
                    return tuple(self._unwritten.numbered(connection, epoch, numbers))

        return self._mended(found, drained)

    def _quarantined(self, drained: Drained) -> QuarantineAnswer:
        quarantine = self._unwritten.quarantine
        return self._mended(lambda: quarantine.oldest_of_each_type(self.file.connection), drained)

    def _mended(
        self, read: Callable[[], Items[T]], drained: Drained
    ) -> Outcome[Items[T], StoreFailed]:
        try:
            try:
                return Success(read())
            except (sqlite3.Error, UnreadableRowError) as error:
                self._mend(error, drained)
                return Success(read())
        except Exception as error:
            return Failure(StoreFailed(self._explain(error)))
