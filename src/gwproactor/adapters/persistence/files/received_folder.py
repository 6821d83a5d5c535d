"""The thread side of `DirectoryEventSink`: what happens to the folder.

    events/<xx>/<hash>.json      an event, alone, as it was received
    arrivals/<day>.jsonl         the journal, `arrivals`; a day of UTC
    new/<n>.tmp                  being written
    gwproactor.lock              held by the process that has the sink open

The hash is of source and id: so a duplicate is found by its name, and a name is good on every file
system, whatever a peer calls its events.
"""

import hashlib
import itertools
import json
import os
import time
from collections.abc import Sequence as Items
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

import attrs

from gwproactor.adapters.persistence.files.arrivals import to_line
from gwproactor.adapters.persistence.files.file_port import (
    Files,
    gone,
    is_locked_by,
    lock_folder,
    make_folders,
)
from gwproactor.adapters.persistence.files.os_errors import explain
from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.adapters.persistence.sink_jobs import Answered, Drained, Job
from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.event_sink import (
    DUPLICATE,
    STORED,
    ReceivedEvent,
    SinkAnswer,
    SinkFailed,
    StoreProblem,
)

EVENTS: Final = "events"
ARRIVALS: Final = "arrivals"
NEW: Final = "new"

# So many files are synced together, and fail together.
FILES_IN_BATCH: Final = 100


class _GoneError(Exception):
    """The folder is no longer the one that was opened."""


def file_of(src: str, message_id: str) -> str:
    """Where the event of this source and id is kept, relative to the folder of the sink."""
    name = json.dumps([src, message_id]).encode()
    digest = hashlib.blake2b(name, digest_size=20).hexdigest()
    return f"{EVENTS}/{digest[:2]}/{digest[2:]}.json"


@attrs.define
class ReceivedFolder:
    """A `Medium` on *folder*."""

    folder: Path
    files: Files
    _lock: IO[str] | None = attrs.field(init=False, default=None)
    _journal: str = attrs.field(init=False, default="")
    # Whether the journal may end within a line.
    _is_cut: bool = attrs.field(init=False, default=False)
    # Folders that are there, and whose names are durable.
    _synced: set[str] = attrs.field(init=False, factory=set)
    # Files that may be there without being durable.
    _unsure: set[str] = attrs.field(init=False, factory=set)

    def open(self) -> tuple[StoreProblem, ...]:
        try:
            if self.folder.exists() and not self.folder.is_dir():
                raise MediumError(f"{self.folder} is a file: name a folder")
            for name in (EVENTS, ARRIVALS, NEW):
                self._make_folder(name)
            self._lock = lock_folder(self.folder)
            for left in (self.folder / NEW).iterdir():
                self.files.delete(str(left))
            self._find_journal()
        except OSError as error:
            raise MediumError(explain(error)) from error
        return ()

    def drain(self, jobs: Items[Job], *, flush: bool) -> Drained:
        drained = Drained()
        rest = iter(jobs)
        while batch := [*itertools.islice(rest, FILES_IN_BATCH)]:
            drained.answers += self._answers(batch)
        return drained

    def rest_due_s(self) -> float | None:
        return None

    def close(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _find_journal(self) -> None:
        journals = sorted((self.folder / ARRIVALS).glob("*.jsonl"))
        if journals:
            self._journal = journals[-1].name
            with journals[-1].open("rb") as lines:
                size = lines.seek(0, os.SEEK_END)
                lines.seek(max(0, size - 1))
                self._is_cut = lines.read(1) not in (b"", b"\n")

    def _answers(self, batch: Items[Job]) -> list[Answered]:
        new: dict[str, ReceivedEvent] = {}
        answers: list[SinkAnswer] = []
        try:
            self._check_folder()
            for job in batch:
                file = file_of(job.event.src, job.event.message_id)
                is_known = file in new or self._is_there(file)
                answers.append(Success(DUPLICATE if is_known else STORED))
                if not is_known:
                    new[file] = job.event
            if new:
                self._store(new)
                self._check_folder()  # it may have gone meanwhile
        except _GoneError as error:
            self._unsure.update(new)
            failed = Failure(SinkFailed(str(error)))
            return [Answered(job, failed) for job in batch]
        except Exception as error:  # a dead thread would leave everybody waiting
            self._is_cut = True
            self._unsure.update(new)
            detail = explain(error) if isinstance(error, OSError) else repr(error)
            failed = Failure(SinkFailed(f"{self.folder}: {detail}"))
            return [Answered(job, failed) for job in batch]
        return [Answered(job, answer) for job, answer in zip(batch, answers, strict=True)]

    def _check_folder(self) -> None:
        """Or folders would be made, and events stored, below where its disk was mounted."""
        assert self._lock is not None, "the folder is not open"
        if not is_locked_by(self.folder, self._lock):
            raise _GoneError(gone(self.folder))

    def _is_there(self, file: str) -> bool:
        """Whether the event is stored, and would survive a power cut."""
        if file in self._unsure or not os.path.exists(self._full(file)):
            return False
        self._sync_once(os.path.dirname(file))  # a kill may have come between name and sync
        return True

    def _store(self, new: dict[str, ReceivedEvent]) -> None:
        """All or, as far as is known, none."""
        for name in (ARRIVALS, NEW):  # somebody may have moved them away
            self._make_folder(name)
        temporary = {file: self._full(f"{NEW}/{n}.tmp") for n, file in enumerate(new)}
        for file, event in new.items():
            self.files.write(temporary[file], event.payload)
        for path in temporary.values():
            self.files.sync(path)
        self._write_journal(new)
        for file, path in temporary.items():
            self._make_folder(os.path.dirname(file))
            self.files.rename(path, self._full(file))
        for folder in sorted({os.path.dirname(file) for file in new}):
            self.files.sync_folder(self._full(folder))
            self._synced.add(folder)
        self._unsure.difference_update(new)

    def _write_journal(self, new: dict[str, ReceivedEvent]) -> None:
        now_s = time.time()
        day = datetime.fromtimestamp(now_s, UTC).date().isoformat()
        # A clock that steps back must not put new lines before old ones.
        self._journal = max(self._journal, f"{day}.jsonl")
        path = f"{ARRIVALS}/{self._journal}"
        is_new = path not in self._synced or not os.path.exists(self._full(path))
        lines = [to_line(event, file, int(now_s * 1000)) for file, event in new.items()]
        self.files.append(self._full(path), b"\n" * self._is_cut + b"".join(lines))
        self.files.sync(self._full(path))
        self._is_cut = False
        if is_new:
            self.files.sync_folder(self._full(ARRIVALS))
            self._synced.add(path)

    def _make_folder(self, name: str) -> None:
        make_folders(self.files, self.folder / name, sync=True)

    def _sync_once(self, folder: str) -> None:
        if folder not in self._synced:
            self.files.sync_folder(self._full(folder))
            self._synced.add(folder)

    def _full(self, path: str) -> str:
        return f"{self.folder}/{path}"
