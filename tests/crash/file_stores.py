"""The stores that keep files of events, on a port that records what they do with them."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import attrs
from typing_extensions import override

from gwproactor.adapters.persistence import (
    DirectoryEventSink,
    DirectorySinkReader,
    RollingFilesEventStore,
)
from gwproactor.adapters.persistence.files.file_port import Files
from gwproactor.ports.event_sink import ReceivedEvent
from tests.crash.disk import EMPTY, Image
from tests.crash.images import SCRATCH, written
from tests.crash.oplog import (
    Create,
    Delete,
    Entry,
    MakeFolder,
    RemoveFolder,
    Rename,
    Sync,
    SyncFolder,
    Truncate,
    Write,
)
from tests.crash.recording import Workload, assert_complete
from tests.crash.store_steps import StoreLife

FOLDER: Final = "node/events"
DAY_US: Final = 86_400_000_000


@attrs.define
class RecordingFiles(Files):
    """Appends to *log* what is done below *root*. A write counts as two, so that one may be cut."""

    root: Path
    log: list[Entry]

    @override
    def write(self, path: str, content: bytes) -> None:
        super().write(path, content)
        self.log += (Create(self._relative(path)), Truncate(self._relative(path), 0))
        self._log_write(path, 0, content)

    @override
    def append(self, path: str, content: bytes) -> None:
        size = os.path.getsize(path) if os.path.exists(path) else 0
        super().append(path, content)
        self.log.append(Create(self._relative(path)))
        self._log_write(path, size, content)

    @override
    def sync(self, path: str) -> None:
        super().sync(path)
        self.log.append(Sync(self._relative(path)))

    @override
    def rename(self, source: str, target: str) -> None:
        super().rename(source, target)
        self.log.append(Rename(self._relative(source), self._relative(target)))

    @override
    def delete(self, path: str) -> None:
        super().delete(path)
        self.log.append(Delete(self._relative(path)))

    @override
    def make_folder(self, path: str) -> None:
        super().make_folder(path)
        self.log.append(MakeFolder(self._relative(path)))

    @override
    def remove_folder(self, path: str) -> None:
        super().remove_folder(path)
        self.log.append(RemoveFolder(self._relative(path)))

    @override
    def sync_folder(self, path: str) -> None:
        super().sync_folder(path)
        self.log.append(SyncFolder(self._relative(path)))

    def _log_write(self, path: str, offset: int, content: bytes) -> None:
        middle = len(content) // 2
        for start, part in ((0, content[:middle]), (middle, content[middle:])):
            self.log.append(Write(self._relative(path), offset + start, part))

    def _relative(self, path: str) -> str:
        below = os.path.relpath(path, self.root)
        return "" if below == "." else below


class UnsyncedContents(RecordingFiles):
    @override
    def sync(self, path: str) -> None:
        pass


class UnsyncedFolders(RecordingFiles):
    @override
    def sync_folder(self, path: str) -> None:
        pass


class RecordedRollingFilesStore(RollingFilesEventStore):
    """Its clock is *days* ahead; they may be changed while it is open."""

    def __init__(self, folder: Path, files: Files, *, fsync: bool) -> None:
        super().__init__(folder, fsync=fsync)
        self.days = 0
        self.files = files

    @override
    def _files(self) -> Files:
        return self.files

    @override
    def _next_number(self) -> int | None:
        self._number = max(self._number, time.time_ns() // 1000 + self.days * DAY_US)
        return super()._next_number()


class RecordedDirectorySink(DirectoryEventSink):
    def __init__(self, folder: Path, files: Files) -> None:
        super().__init__(folder)
        self.files = files

    @override
    def _files(self) -> Files:
        return self.files


@attrs.frozen
class NextDay:
    """What is put from now on lies in the folder of another day."""

    async def run(self, life: StoreLife) -> None:
        assert isinstance(life.store, RecordedRollingFilesStore)
        life.store.days += 1


async def record_files(
    workload: Callable[[Files], Workload],
    *,
    start: Image = EMPTY,
    first: int = 0,
    kind: type[RecordingFiles] = RecordingFiles,
) -> list[Entry]:
    """The log of a workload that is made with this kind of port, in a folder with *start*."""
    log: list[Entry] = []
    with TemporaryDirectory(dir=SCRATCH) as name:
        folder = Path(name, "recorded")
        written(start, folder)
        await workload(kind(folder, log)).run(folder, log, first)
        assert_complete(log, start, folder)
    return log


def rolling_files_in(folder: Path) -> RollingFilesEventStore:
    return RollingFilesEventStore(folder / FOLDER)


def directory_sink_in(folder: Path) -> DirectoryEventSink:
    return DirectoryEventSink(folder / FOLDER)


def events_of_directory_sink_in(folder: Path) -> list[ReceivedEvent]:
    return list(DirectorySinkReader(folder / FOLDER).events())
