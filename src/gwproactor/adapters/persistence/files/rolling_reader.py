"""Events from their files; what cannot be read there is reported and left out."""

import sys
from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Items

import attrs

from gwproactor.adapters.persistence.event_jobs import ReadAfter, ReadAnswer
from gwproactor.adapters.persistence.files.file_index import FileIndex, Indexed
from gwproactor.adapters.persistence.files.rolling_folder import RollingFolder
from gwproactor.adapters.persistence.files.rolling_names import stands_for, uid_in
from gwproactor.adapters.persistence.files.rolling_quarantine import RollingQuarantine
from gwproactor.adapters.persistence.files.rolling_relay import RollingRelay
from gwproactor.adapters.persistence.files.rolling_waiting import Waiting
from gwproactor.adapters.persistence.files.trouble import Trouble
from gwproactor.domain.message import Sequence
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.store_problems import FileMissing, PersisterError, ReadFailed
from gwproactor.domain.stored_event import StoredEvent
from gwproactor.domain.stored_names import stored_names
from gwproactor.ports.event_store import StoreFailed


@attrs.frozen
class Found:
    """`missing` are those whose files are gone."""

    answer: ReadAnswer
    missing: Items[Indexed] = ()


@attrs.define
class RollingReader:
    """Of what is in the folder by *index*, and of what is *waiting* to get there."""

    folder: RollingFolder
    index: FileIndex
    waiting: Mapping[int, Waiting]
    quarantine: RollingQuarantine
    relay: RollingRelay
    trouble: Trouble
    epoch: str = ""

    def read_after(self, job: ReadAfter) -> Found:
        candidates = self._after(job.number, with_quarantined=job.with_quarantined)
        return self._guarded(candidates, job.count, job.bytes_max)

    def read(self, numbers: Items[int]) -> Found:
        return self._guarded(self._numbered(numbers), len(numbers), sys.maxsize)

    def _after(self, number: int, *, with_quarantined: bool) -> Iterator[Indexed | StoredEvent]:
        for indexed in self.index.after(number):
            if with_quarantined or indexed.number not in self.quarantine:
                yield indexed
        # What is not written yet has higher numbers than all that is.
        for at, waiting in self.waiting.items():
            if at > number and (with_quarantined or at not in self.quarantine):
                yield waiting.event

    def _numbered(self, numbers: Items[int]) -> Iterator[Indexed | StoredEvent]:
        for number in sorted(set(numbers)):
            indexed = self.index.get(number)
            if indexed is not None:
                yield indexed
            elif number in self.waiting:
                yield self.waiting[number].event

    def _guarded(
        self, candidates: Iterator[Indexed | StoredEvent], count: int, bytes_max: int
    ) -> Found:
        try:
            return self._read(candidates, count, bytes_max)
        except Exception as error:  # a dead thread would leave everybody waiting
            return Found(Failure(StoreFailed(str(PersisterError(f"Unexpected error: {error!r}")))))

    def _read(
        self, candidates: Iterator[Indexed | StoredEvent], count: int, bytes_max: int
    ) -> Found:
        events: list[StoredEvent] = []
        missing: list[Indexed] = []
        fault: OSError | None = None
        size = 0
        for candidate in candidates:
            try:
                event = self._load(candidate) if isinstance(candidate, Indexed) else candidate
            except FileNotFoundError:
                assert isinstance(candidate, Indexed)
                missing.append(candidate)
                continue
            except OSError as error:
                assert isinstance(candidate, Indexed)
                fault = error
                self._tell_of_fault(candidate, error)
                continue
            events.append(event)
            size += len(event.payload)
            if len(events) >= count or size >= bytes_max:
                break
        if missing and not self.folder.is_there():
            return Found(Failure(StoreFailed(self.folder.explain(FileNotFoundError()))))
        self._tell_of_missing(missing)
        # The others go on; but "nothing is there" must not be said of what cannot be read.
        if fault is not None and not events:
            return Found(Failure(StoreFailed(self.folder.explain(fault))), missing)
        return Found(Success(tuple(events)), missing)

    def _load(self, indexed: Indexed) -> StoredEvent:
        payload = self.folder.read(self.quarantine.place(indexed))
        origin = self.relay.origin(indexed)
        uid = message_id = uid_in(indexed.path)
        type_name = ""
        match stored_names(payload):
            case Success(names):
                type_name = names.type_name
                # Where the two differ the name's is told, so that whoever compares will see it.
                if names.message_id is not None and stands_for(uid, names.message_id):
                    message_id = names.message_id
            case Failure():
                pass  # whoever sends it will see
        return StoredEvent(
            Sequence(self.epoch, indexed.number), message_id, type_name, payload, origin
        )

    def _tell_of_missing(self, missing: Items[Indexed]) -> None:
        for indexed in missing:
            problem = FileMissing(uid=uid_in(indexed.path), path=self._full(indexed))
            self.trouble.about("Files of stored events are missing").add_error(problem)

    def _tell_of_fault(self, indexed: Indexed, error: OSError) -> None:
        cause = f"Open or read failed: {self.folder.explain(error)}"
        problem = ReadFailed(cause, uid_in(indexed.path), self._full(indexed))
        self.trouble.about("Stored events cannot be read").add_error(problem)

    def _full(self, indexed: Indexed) -> str:
        return self.folder.full(self.quarantine.place(indexed))
