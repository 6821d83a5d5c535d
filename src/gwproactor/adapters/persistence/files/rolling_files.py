"""The thread side of `RollingFilesEventStore`: what happens to the folder.

What could not be written stays here, in order, and is tried again. Reads look at the folder and at
what is not in it yet.
"""

import itertools
import secrets
import time
from collections.abc import Sequence as Items
from functools import partial
from typing import Final

import attrs

from gwproactor.adapters.persistence.event_jobs import (
    Clear,
    Drained,
    EndQuarantine,
    Job,
    Opened,
    Read,
    ReadAfter,
    ReadAnswer,
    ReadNumbers,
    ReadQuarantine,
    Take,
    resolve,
)
from gwproactor.adapters.persistence.files.file_index import FileIndex, Indexed
from gwproactor.adapters.persistence.files.rolling_deletions import RollingDeletions
from gwproactor.adapters.persistence.files.rolling_folder import (
    ORIGIN,
    REASON,
    Listing,
    RollingFolder,
    beside,
)
from gwproactor.adapters.persistence.files.rolling_names import (
    day_name,
    file_name,
    uid_for,
    uid_in,
)
from gwproactor.adapters.persistence.files.rolling_quarantine import RollingQuarantine
from gwproactor.adapters.persistence.files.rolling_reader import Found, RollingReader
from gwproactor.adapters.persistence.files.rolling_relay import RollingRelay
from gwproactor.adapters.persistence.files.rolling_waiting import Waiting
from gwproactor.adapters.persistence.files.trouble import Trouble
from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.domain.message import Sequence
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.store_problems import (
    PersisterError,
    UIDExistedWarning,
    WriteFailed,
)
from gwproactor.domain.stored_event import Origin, Quarantined, StoredEvent
from gwproactor.ports.event_store import AlreadySeen, StoreContent, StoreFailed, TakeAnswer

# A failing disk is tried so often: a thousand puts a second must not mean a thousand tries.
RETRY_S: Final = 1.0

# So many files are synced together. More: more is written again after a fault. Fewer: each waits
# for a write of the file system's journal of its own.
FILES_IN_BATCH: Final = 100

# As many as one report holds; each means a look at all names.
DUPLICATES_LOOKED_UP: Final = 10


@attrs.define
class RollingFiles:
    """A `Medium` on *folder*."""

    folder: RollingFolder
    _epoch: str = attrs.field(init=False, default="")
    _number: int = attrs.field(init=False, default=0)
    _index: FileIndex = attrs.field(init=False, factory=FileIndex)
    # Hashes of the uids of all events, written or not: 80 bytes each, where the texts take 140.
    _uids: set[int] = attrs.field(init=False, factory=set)
    _quarantine: RollingQuarantine = attrs.field(init=False)
    _relay: RollingRelay = attrs.field(init=False)
    _reader: RollingReader = attrs.field(init=False)
    _waiting: dict[int, Waiting] = attrs.field(init=False, factory=dict)
    # The takes of this batch; those that are not among the waiting repeat one that is.
    _takes: list[Take] = attrs.field(init=False, factory=list)
    _taking: set[tuple[str, str]] = attrs.field(init=False, factory=set)
    _deletions: RollingDeletions = attrs.field(init=False)
    # Events whose files may be there although they wait to be written.
    _tried: set[int] = attrs.field(init=False, factory=set)
    _trouble: Trouble = attrs.field(init=False, factory=Trouble)
    _fault: str | None = attrs.field(init=False, default=None)
    _fault_errno: int | None = attrs.field(init=False, default=None)
    _retry_at_s: float = attrs.field(init=False, default=0.0)

    def __attrs_post_init__(self) -> None:
        self._deletions = RollingDeletions(self.folder, self._trouble)
        self._quarantine = RollingQuarantine(self.folder, self._index)
        self._relay = RollingRelay(self.folder, self._index, self._has_uid)
        self._reader = RollingReader(
            self.folder, self._index, self._waiting, self._quarantine, self._relay, self._trouble
        )

    def open(self) -> Opened:
        try:
            self.folder.open()
            listing = self.folder.scan()
            self._found(listing)
            self.folder.begin(day_name(max(self._index.last, time.time_ns() // 1000)))
        except OSError as error:
            raise MediumError(self.folder.explain(error)) from error
        self._epoch = self._reader.epoch = secrets.token_hex(16)
        self._number = self._index.last
        self._trouble.about("Startup event reindex() problems").add_problems(listing.problems)
        content = StoreContent(
            self._epoch, len(self._index), self._index.size, len(self._quarantine)
        )
        return Opened(content, self._number, self._number, self._trouble.told())

    def drain(self, jobs: Items[Job], *, flush: bool) -> Drained:
        drained = Drained()
        for job in jobs:
            self._do(job, drained)
        if flush or self._fault is None or time.monotonic() >= self._retry_at_s:
            self._commit(drained)
        drained.number = self._number
        drained.number_durable = next(iter(self._waiting), self._number + 1) - 1
        drained.quarantined = len(self._quarantine)
        drained.fault = self._fault
        drained.problems = self._trouble.told()
        return drained

    def rest_due_s(self) -> float | None:
        if self._fault is None:
            return None
        return max(0.0, self._retry_at_s - time.monotonic())

    def close(self) -> None:
        self.folder.end()
        self.folder.close()

    def _found(self, listing: Listing) -> None:
        number = 0
        # By the times in the names: that is the order of the paths of all that the original wrote.
        for file in sorted(listing.events):
            number = max(file.number, number + 1)
            self._index.add(number, file.path, file.size)
            self._uids.add(hash(uid_in(file.name)))
            if file.is_aside:
                indexed = Indexed(number, file.path, file.size)
                self._quarantine.found(indexed)
                listing.notes.discard(beside(self._quarantine.place(indexed), REASON))
            if listing.notes and beside(file.path, ORIGIN) in listing.notes:
                self._relay.found(number)
                listing.notes.discard(beside(file.path, ORIGIN))
        for orphan in listing.notes:
            self._deletions.add(orphan)

    def _has_uid(self, uid: str) -> bool:
        return hash(uid) in self._uids

    # Jobs

    def _do(self, job: Job, drained: Drained) -> None:
        match job:
            case StoredEvent():
                self._put(job)
            case Take():
                self._take(job, drained)
            case Clear(number):
                self._clear(number, drained)
            case Quarantined():
                if job.number in self._waiting or self._index.get(job.number) is not None:
                    self._quarantine.add(job)
            case EndQuarantine(type_name):
                self._quarantine.end(type_name)
            case ReadAfter() | ReadNumbers() | ReadQuarantine():
                self._read(job, drained)

    def _put(self, event: StoredEvent, take: Take | None = None) -> None:
        number = self._number = event.sequence.number
        uid = uid_for(event.message_id, number, name_bytes_max=self.folder.name_bytes_max)
        if take is None and self._has_uid(uid):
            self._warn_of_second(uid)
        self._uids.add(hash(uid))
        path = f"{day_name(number)}/{file_name(number, uid)}"
        self._waiting[number] = Waiting(event, path, take)

    def _warn_of_second(self, uid: str) -> None:
        problems = self._trouble.about("An event of an id that is stored was stored again")
        path = ""
        if len(problems.warnings) < DUPLICATES_LOOKED_UP:
            path = next((one.path for one in self._index.ending(f".uid[{uid}].json")), "")
        problems.add_warning(UIDExistedWarning(uid=uid, path=self.folder.full(path)))

    def _take(self, take: Take, drained: Drained) -> None:
        fault = self._fault
        if take.number == 0:
            fault = fault or "too many events wait to be written"
        else:
            self._number = take.number
        if fault is not None:  # its source sends it again; to keep it would take memory twice
            drained.answers.append(partial(take.done, Failure(StoreFailed(fault))))
            return
        self._takes.append(take)
        event = take.event
        name = (event.src, event.message_id)
        if name not in self._taking and not self._relay.has_seen(event):
            self._taking.add(name)
            sequence, origin = Sequence(self._epoch, take.number), Origin(event.sequence)
            self._put(
                StoredEvent(sequence, event.message_id, event.type_name, event.payload, origin),
                take,
            )

    def _clear(self, number: int, drained: Drained) -> None:
        waiting = self._waiting.pop(number, None)
        if waiting is not None:
            self._give_up(waiting)
            size = len(waiting.event.payload)
            drained.settled_bytes += size
        else:
            indexed = self._index.get(number)
            if indexed is None:
                return
            size = indexed.size
            self._deletions.add(self._quarantine.place(indexed), is_there=True)
            self._forget(indexed)
        drained.cleared += 1
        drained.cleared_bytes += size

    def _forget(self, indexed: Indexed) -> None:
        """The event is gone, and what lies beside its file is to be deleted."""
        self._index.remove(indexed.number)
        self._uids.discard(hash(uid_in(indexed.path)))
        for note in (*self._quarantine.remove(indexed), *self._relay.remove(indexed)):
            self._deletions.add(note)

    def _give_up(self, waiting: Waiting) -> None:
        """An event that waited is not to be written any more, but may have been."""
        number = waiting.event.sequence.number
        self._forget(Indexed(number, waiting.path, 0))
        if number in self._tried:
            self._tried.discard(number)
            self._deletions.add(waiting.path)
            if waiting.take is not None:
                self._deletions.add(beside(waiting.path, ORIGIN))

    # Writing

    def _commit(self, drained: Drained) -> None:
        takes, self._takes = self._takes, []
        taken: dict[int, StoredEvent] = {}
        try:
            self._deletions.carry_out()
            self._write(drained, taken)
            self._quarantine.settle()
            if self._fault is not None:
                self.folder.probe()
            self._fault = None
            drained.is_written = True
        except OSError as error:
            self._failed(error)
        except Exception as error:  # a dead thread would leave everybody waiting
            self._fault = str(PersisterError(f"Unexpected error: {error!r}"))
            self._retry_at_s = time.monotonic() + RETRY_S
        self._answer(takes, taken, drained)

    def _write(self, drained: Drained, taken: dict[int, StoredEvent]) -> None:
        while self._waiting:
            batch = [*itertools.islice(self._waiting.values(), FILES_IN_BATCH)]
            numbers = [waiting.event.sequence.number for waiting in batch]
            if not self.folder.is_there():
                raise FileNotFoundError
            if day_name(numbers[-1]) != self.folder.day:
                self.folder.begin(day_name(numbers[-1]))
            self._tried.update(numbers)
            written, fault = self.folder.write([waiting.file() for waiting in batch])
            for waiting in batch[:written]:
                self._written(waiting, drained, taken)
            if fault is not None:
                raise fault

    def _written(self, waiting: Waiting, drained: Drained, taken: dict[int, StoredEvent]) -> None:
        event = waiting.event
        number, size = event.sequence.number, len(event.payload)
        del self._waiting[number]
        self._tried.discard(number)
        self._index.add(number, waiting.path, size)
        if waiting.take is None:
            drained.settled_bytes += size
        else:
            self._relay.took(number, waiting.take.event)
            taken[number] = event
            drained.taken += 1
            drained.taken_bytes += size

    def _failed(self, error: OSError) -> None:
        # Said once: each try may end at another file.
        if self._fault is None or error.errno != self._fault_errno:
            first = next(iter(self._waiting.values()), None)
            uid, path = ("", "") if first is None else (first.event.message_id, first.path)
            cause = f"Open or write failed: {self.folder.explain(error)}"
            self._fault = str(WriteFailed(cause, uid, self.folder.full(path)))
        self._fault_errno = error.errno
        self._retry_at_s = time.monotonic() + RETRY_S

    def _answer(self, takes: Items[Take], taken: dict[int, StoredEvent], drained: Drained) -> None:
        self._taking.clear()
        for take in takes:
            stored = taken.get(take.number)
            if stored is not None:
                answer: TakeAnswer = Success(stored)
            elif self._relay.has_seen(take.event):
                answer = Success(AlreadySeen())
            else:
                answer = Failure(StoreFailed(self._fault or "it was not written"))
                waiting = self._waiting.pop(take.number, None)
                if waiting is not None:
                    self._give_up(waiting)
            drained.answers.append(partial(take.done, answer))

    # Reading

    def _read(self, job: Read, drained: Drained) -> None:
        if self._takes:  # only the commit tells which of them there are
            self._commit(drained)
        match job:
            case ReadQuarantine(answer):
                oldest = self._quarantine.oldest_of_each_type()
                drained.answers.append(partial(resolve, answer, Success(oldest)))
            case ReadAfter(answer=answer):
                found = self._missed(self._reader.read_after(job), drained)
                drained.answers.append(partial(resolve, answer, found))
            case ReadNumbers(numbers, answer):
                found = self._missed(self._reader.read(numbers), drained)
                drained.answers.append(partial(resolve, answer, found))

    def _missed(self, found: Found, drained: Drained) -> ReadAnswer:
        for indexed in found.missing:
            self._forget(indexed)
            drained.cleared += 1
            drained.cleared_bytes += indexed.size
        return found.answer
