"""The original library's event folder on a disk: listing, writing, moving and deleting its files.

    <day>/<time>.uid[<MessageId>].json       an event, alone, as compact JSON
    <day>/<time>.uid[<MessageId>].from       where a relay has it from: `Origin`, and the source
    <day>/<number>.tmp                       being written
    quarantine/<day>/….json, ….why           an event in quarantine, and why it is there
    gwproactor.lock                          held by the process that has the store open

The original looks at the first line only, and skips the others. Paths are relative to the folder.
"""

import contextlib
import errno
import os
import re
from collections.abc import Iterable, Iterator
from collections.abc import Sequence as Items
from pathlib import Path
from typing import IO, Final, NamedTuple

import attrs

from gwproactor.adapters.persistence.files.file_port import (
    Files,
    gone,
    is_locked_by,
    lock_folder,
    make_folders,
)
from gwproactor.adapters.persistence.files.os_errors import explain
from gwproactor.adapters.persistence.files.rolling_names import is_day, number_and_uid
from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.domain.problems import Problems
from gwproactor.domain.store_problems import ReindexError

ASIDE: Final = "quarantine"
ORIGIN: Final = ".from"
REASON: Final = ".why"

_TEMPORARY: Final = re.compile(r"\d+\.tmp")


@attrs.frozen
class NewFile:
    """An event to be written; *note*, if there is one, into the file beside it."""

    number: int
    path: str
    content: bytes
    note: bytes | None = None


class FoundFile(NamedTuple):
    """An event's file; `number` is its time's, which others may have, too.

    A tuple, because 100,000 of them are sorted at a start.
    """

    number: int
    day: str
    name: str
    size: int
    is_aside: bool

    @property
    def path(self) -> str:
        return f"{self.day}/{self.name}"


@attrs.define
class Listing:
    """`notes` are the paths of the files beside events, whether their events are there or not."""

    events: list[FoundFile] = attrs.Factory(list)
    notes: set[str] = attrs.Factory(set)
    problems: Problems = attrs.Factory(Problems)


@attrs.define
class RollingFolder:
    """Belongs to the thread that calls `open`. What is not said to raise nothing raises OSError.

    Folders of days go when they are empty, but for that of `day`, which is in use.
    """

    folder: Path
    files: Files
    fsync: bool
    name_bytes_max: int = attrs.field(init=False, default=255)
    day: str = attrs.field(init=False, default="")
    _lock: IO[str] | None = attrs.field(init=False, default=None)
    _days: set[str] = attrs.field(init=False, factory=set)

    def open(self) -> None:
        """Make what does not exist. Raises MediumError, too; `close` is due even so."""
        if self.folder.exists() and not self.folder.is_dir():
            raise MediumError(f"{self.folder} is a file: name a folder")
        make_folders(self.files, self.folder, sync=self.fsync)
        self._lock = lock_folder(self.folder)
        self.name_bytes_max = os.pathconf(self.folder, "PC_NAME_MAX")

    def close(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def is_there(self) -> bool:
        """Whether the folder is the one that was opened; not after its disk was removed."""
        assert self._lock is not None, "the folder is not open"
        return is_locked_by(self.folder, self._lock)

    def full(self, path: str) -> str:
        return f"{self.folder}/{path}"

    def explain(self, error: OSError) -> str:
        """The cause and what to do about it."""
        if self._lock is not None and not self.is_there():
            return gone(self.folder)
        if error.errno == errno.EINVAL:
            return f'{error}: no ":" can be in names there (FAT?): choose the SQLite store'
        return explain(error)

    # Reading

    def read(self, path: str) -> bytes:
        with open(self.full(path), "rb", buffering=0) as file:
            return file.read()

    def scan(self) -> Listing:
        """Every event's file; and delete what was being written when the power failed."""
        listing = Listing()
        for parent in ("", ASIDE):
            for day in self._entries(parent, listing.problems):
                if is_day(day.name) and day.is_dir():
                    self._list_day(parent, day.name, listing)
        return listing

    def _list_day(self, parent: str, day: str, listing: Listing) -> None:
        at = f"{parent}/{day}" if parent else day
        # A kill may have come between the names and their sync; what is found counts as durable.
        self._sync_folders([at])
        for entry in self._entries(at, listing.problems):
            event = number_and_uid(entry.name)
            if event is not None:
                self._list_event(event[0], day, entry, bool(parent), listing)
            elif entry.name.endswith((ORIGIN, REASON)):
                listing.notes.add(f"{at}/{entry.name}")
            elif _TEMPORARY.fullmatch(entry.name):
                with contextlib.suppress(OSError):
                    self.files.delete(entry.path)
        self._tidy(at)

    def _list_event(
        self, number: int, day: str, entry: os.DirEntry[str], is_aside: bool, listing: Listing
    ) -> None:
        try:
            if not entry.is_file():
                raise IsADirectoryError(errno.EISDIR, "not a file", entry.path)
            size = entry.stat().st_size
        except OSError as error:
            listing.problems.add_error(error).add_error(ReindexError(path=entry.path))
            return
        listing.events.append(FoundFile(number, day, entry.name, size, is_aside))

    def _entries(self, path: str, problems: Problems) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(self.full(path)) as entries:
                yield from entries
        except FileNotFoundError:  # no quarantine yet
            return
        except OSError as error:
            problems.add_error(error).add_error(ReindexError(path=self.full(path)))

    # Writing

    def write(self, batch: Items[NewFile]) -> tuple[int, OSError | None]:
        """How many of *batch*, from its beginning, are durable now; and why not all of them.

        The others may be there or not; a file that is written again replaces what is there.
        """
        started: list[NewFile] = []
        fault: OSError | None = None
        try:
            for file in batch:
                self._start(file)
                started.append(file)
        except OSError as error:
            fault = error
        try:
            self._finish(started)
        except OSError as error:
            return 0, error
        return len(started), fault

    def write_note(self, path: str, content: bytes) -> None:
        """Durable when it returns; what a power cut leaves of it may be cut."""
        self._make_day(_folder_of(path))
        self.files.write(self.full(path), content)
        if self.fsync:
            self.files.sync(self.full(path))

    def move(self, source: str, target: str) -> None:
        """Durable when it returns, but not in part."""
        self._make_day(_folder_of(target))
        self.files.rename(self.full(source), self.full(target))
        # The new name first: with both or one of the two the event is there, without any it is not.
        self._sync_folders([_folder_of(target), _folder_of(source)])
        self._tidy(_folder_of(source))

    def delete(self, path: str) -> None:
        """A power cut may bring the file back."""
        self.files.delete(self.full(path))
        if path.startswith(f"{ASIDE}/") and not path.endswith(REASON):
            # The note about its origin lies in another folder and is deleted next: if a power cut
            # left only the event, it would come back as this node's own.
            with contextlib.suppress(OSError):
                self._sync_folders([_folder_of(path)])
        self._tidy(_folder_of(path))

    def begin(self, day: str) -> None:
        """Make the folder of the day that is in use from now on."""
        before, self.day = self.day, day
        self._tidy(before)
        self._make_day(day)

    def end(self) -> None:
        """No day is in use any more. Raises nothing."""
        before, self.day = self.day, ""
        self._tidy(before)

    def probe(self) -> None:
        """Raises OSError if the disk takes nothing."""
        self._make_day(self.day)
        path = self.full(f"{self.day}/0.tmp")
        try:
            self.files.write(path, b"probe")
        finally:
            with contextlib.suppress(OSError):
                self.files.delete(path)

    def _start(self, file: NewFile) -> None:
        day = _folder_of(file.path)
        try:
            self._write_temporary(file)
        except FileNotFoundError:  # somebody has deleted the day's folder
            if not self.is_there():
                raise
            self._days.discard(day)
            self._write_temporary(file)

    def _write_temporary(self, file: NewFile) -> None:
        self._make_day(_folder_of(file.path))
        temporary = self.full(_temporary(file))
        try:
            self.files.write(temporary, file.content)
            if file.note is not None:
                self.files.write(self.full(beside(file.path, ORIGIN)), file.note)
        except OSError:
            with contextlib.suppress(OSError):
                self.files.delete(temporary)
            raise

    def _finish(self, started: Items[NewFile]) -> None:
        """All contents are durable before the first file gets its name."""
        if self.fsync:
            for file in started:
                self.files.sync(self.full(_temporary(file)))
                if file.note is not None:
                    self.files.sync(self.full(beside(file.path, ORIGIN)))
        for file in started:
            self.files.rename(self.full(_temporary(file)), self.full(file.path))
        self._sync_folders(dict.fromkeys(_folder_of(file.path) for file in started))

    def _sync_folders(self, folders: Iterable[str]) -> None:
        if self.fsync:
            for folder in folders:
                self.files.sync_folder(self.full(folder))

    def _make_day(self, day: str) -> None:
        if day not in self._days:
            make_folders(self.files, Path(self.full(day)), sync=self.fsync)
            self._days.add(day)

    def _tidy(self, day: str) -> None:
        if day and day != self.day:
            with contextlib.suppress(OSError):  # it is not empty
                self.files.remove_folder(self.full(day))
                self._days.discard(day)


def beside(path: str, suffix: str) -> str:
    """The path of the note beside an event's file."""
    return path.removesuffix(".json") + suffix


def _temporary(file: NewFile) -> str:
    return f"{_folder_of(file.path)}/{file.number}.tmp"


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]
