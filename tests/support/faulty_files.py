"""File-based stores on a disk that fails when told to, and shows what was asked of it."""

import errno
import os
import threading
from pathlib import Path

import attrs
from typing_extensions import override

from gwproactor.adapters.persistence import DirectoryEventSink, RollingFilesEventStore
from gwproactor.adapters.persistence.files.file_port import Files

# What was done to which file, by its name alone.
Asked = tuple[str, str]


@attrs.define
class FaultyFiles(Files):
    """`fault` (an errno) is raised by every operation named in `failing`, before it is done or,
    if `is_late`, after it. `asked` are those that were done. While `may_go_on` is clear, writes
    wait. If `cuts_appends`, only the first half is written.
    """

    fault: int | None = None
    failing: tuple[str, ...] = ("write", "make_folder", "rename", "delete")
    is_late: bool = False
    cuts_appends: bool = False
    asked: list[Asked] = attrs.Factory(list)
    may_go_on: threading.Event = attrs.Factory(threading.Event)

    def __attrs_post_init__(self) -> None:
        self.may_go_on.set()

    @override
    def write(self, path: str, content: bytes) -> None:
        assert self.may_go_on.wait(30)
        self._fail_early("write")
        super().write(path, content)
        self._did("write", path)

    @override
    def append(self, path: str, content: bytes) -> None:
        self._fail_early("append")
        super().append(path, content[: len(content) // 2] if self.cuts_appends else content)
        self._did("append", path)

    @override
    def sync(self, path: str) -> None:
        self._fail_early("sync")
        super().sync(path)
        self._did("sync", path)

    @override
    def rename(self, source: str, target: str) -> None:
        self._fail_early("rename")
        super().rename(source, target)
        self._did("rename", target)

    @override
    def delete(self, path: str) -> None:
        self._fail_early("delete")
        super().delete(path)
        self._did("delete", path)

    @override
    def make_folder(self, path: str) -> None:
        self._fail_early("make_folder")
        super().make_folder(path)
        self._did("make_folder", path)

    @override
    def sync_folder(self, path: str) -> None:
        self._fail_early("sync_folder")
        super().sync_folder(path)
        self._did("sync_folder", path)

    def _fail_early(self, operation: str) -> None:
        if not self.is_late:
            self._fail(operation)

    def _did(self, operation: str, path: str) -> None:
        self.asked.append((operation, Path(path).name))
        if self.is_late:
            self._fail(operation)

    def _fail(self, operation: str) -> None:
        if self.fault is not None and operation in self.failing:
            raise OSError(self.fault, os.strerror(self.fault))


FULL = errno.ENOSPC


class FaultyRollingStore(RollingFilesEventStore):
    def __init__(self, folder: Path, files: FaultyFiles) -> None:
        super().__init__(folder)
        self.files = files

    @override
    def _files(self) -> FaultyFiles:
        return self.files


class FaultyDirectorySink(DirectoryEventSink):
    def __init__(self, folder: Path, files: FaultyFiles) -> None:
        super().__init__(folder)
        self.files = files

    @override
    def _files(self) -> FaultyFiles:
        return self.files
