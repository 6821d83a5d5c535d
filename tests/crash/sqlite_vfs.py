"""A SQLite VFS that appends every change of a file to a log and leaves the work to the unix VFS.

It is registered as the default of the library that Python's `sqlite3` has loaded, so whatever this
process opens from then on is recorded; therefore only for child processes. (sqlite.org/vfs.html)

A file that the unix VFS has opened keeps its state; only its table of methods is replaced by a copy
in which close, write, truncate and sync are ours. Reading, locking and the shared memory of the WAL
(which no crash needs) go to the unix VFS without a detour.
"""

import _sqlite3
import ctypes
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import attrs

from tests.crash.oplog import Create, Delete, Entry, Sync, SyncFolder, Truncate, Write

SQLITE_OK: Final = 0
SQLITE_IOERR: Final = 10

_Pointer = ctypes.c_void_p
_Int = ctypes.c_int
_Text = ctypes.c_char_p
_Int64 = ctypes.c_int64

_OPEN = ctypes.CFUNCTYPE(_Int, _Pointer, _Pointer, _Pointer, _Int, _Pointer)
_DELETE = ctypes.CFUNCTYPE(_Int, _Pointer, _Text, _Int)
_OPEN_FOLDER = ctypes.CFUNCTYPE(_Int, _Text, _Pointer)
_SET_CALL = ctypes.CFUNCTYPE(_Int, _Pointer, _Text, _Pointer)
_GET_CALL = ctypes.CFUNCTYPE(_Pointer, _Pointer, _Text)
_CLOSE = ctypes.CFUNCTYPE(_Int, _Pointer)
_WRITE = ctypes.CFUNCTYPE(_Int, _Pointer, _Pointer, _Int, _Int64)
_TRUNCATE = ctypes.CFUNCTYPE(_Int, _Pointer, _Int64)
_SYNC = ctypes.CFUNCTYPE(_Int, _Pointer, _Int)


class _Vfs(ctypes.Structure):
    """sqlite3_vfs, up to the last field that is used."""

    _fields_ = (
        ("version", _Int),
        ("size_of_file", _Int),
        ("path_max", _Int),
        ("next", _Pointer),
        ("name", _Text),
        ("data", _Pointer),
        ("open", _Pointer),
        ("delete", _Pointer),
        ("other_methods", _Pointer * 11),
        ("set_system_call", _Pointer),
        ("get_system_call", _Pointer),
        ("next_system_call", _Pointer),
    )


class _Methods(ctypes.Structure):
    """sqlite3_io_methods of version 3."""

    _fields_ = (
        ("version", _Int),
        ("close", _Pointer),
        ("read", _Pointer),
        ("write", _Pointer),
        ("truncate", _Pointer),
        ("sync", _Pointer),
        ("other_methods", _Pointer * 13),
    )


class _OpenFile(ctypes.Structure):
    """sqlite3_file; the unix VFS keeps its own fields behind this one."""

    _fields_ = (("methods", ctypes.POINTER(_Methods)),)


@attrs.frozen
class Place:
    """Of an open file; `path` is relative."""

    path: str
    inode: int


class RecordingUnavailableError(Exception):
    """This Python's SQLite cannot be recorded; the text says why and what would help."""


class RecordingVfs:
    """Registers itself when made, for the rest of the process. Files outside *folder* are ignored.

    `trouble` is the first exception of a callback; SQLite was told of an I/O error then.
    """

    def __init__(self, folder: Path, log: list[Entry], library: ctypes.CDLL | None = None) -> None:
        self.trouble: BaseException | None = None
        self._folder = os.path.realpath(folder)
        self._log = log
        self._places: dict[int, Place] = {}
        self._synced_folders: list[SyncFolder] = []
        self._methods: dict[int, tuple[_Methods, _Methods]] = {}
        self._kept: list[object] = []  # what SQLite points to must not be collected
        library = library or recordable(candidates())
        library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        self._unix = library.sqlite3_vfs_find(b"unix").contents
        self._record_folder_syncs()
        self._vfs = _Vfs.from_buffer_copy(self._unix)
        self._vfs.version = 2  # without the system calls, which are the unix VFS's own
        self._vfs.name = b"recording"
        self._vfs.open = self._callback(_OPEN, self._open)
        self._vfs.delete = self._callback(_DELETE, self._delete)
        if library.sqlite3_vfs_register(ctypes.byref(self._vfs), 1) != SQLITE_OK:
            raise RecordingUnavailableError("SQLite refused the recording VFS")
        self._check()

    def _open(
        self, vfs: int, name: int | None, file: int, flags: int, out_flags: int | None
    ) -> int:
        path = self._relative(ctypes.string_at(name)) if name else None
        is_new = path is not None and not os.path.exists(self._full(path))
        # The name is passed on as a pointer: behind it SQLite keeps the parameters of a URI.
        code: int = _OPEN(self._unix.open)(
            ctypes.addressof(self._unix), name, file, flags, out_flags
        )
        if code == SQLITE_OK and path is not None:
            opened = _OpenFile.from_address(file)
            self._places[file] = Place(path, os.stat(self._full(path)).st_ino)
            opened.methods = ctypes.pointer(self._recording_methods(opened.methods.contents))
            if is_new:
                self._log.append(Create(path))
        return code

    def _delete(self, vfs: int, name: bytes, sync_folder: int) -> int:
        path = self._relative(name)
        is_there = os.path.exists(name)
        code: int = _DELETE(self._unix.delete)(ctypes.addressof(self._unix), name, sync_folder)
        if code == SQLITE_OK and path is not None and is_there:
            self._log.append(Delete(path))
        self._append_synced_folders()
        return code

    def _recording_methods(self, unix: _Methods) -> _Methods:
        """A table per table of the unix VFS, which has few and never frees them."""
        address = ctypes.addressof(unix)
        if address not in self._methods:
            assert unix.version == 3, "the methods of another version have another length"
            ours = _Methods.from_buffer_copy(unix)
            ours.close = self._callback(_CLOSE, self._closing(_CLOSE(unix.close)))
            ours.write = self._callback(_WRITE, self._writing(_WRITE(unix.write)))
            ours.truncate = self._callback(_TRUNCATE, self._truncating(_TRUNCATE(unix.truncate)))
            ours.sync = self._callback(_SYNC, self._syncing(_SYNC(unix.sync)))
            self._methods[address] = (ours, unix)
        return self._methods[address][0]

    def _closing(self, unix_close: Callable[[int], int]) -> Callable[[int], int]:
        def close(file: int) -> int:
            del self._places[file]
            return unix_close(file)

        return close

    def _writing(
        self, unix_write: Callable[[int, int, int, int], int]
    ) -> Callable[[int, int, int, int], int]:
        def write(file: int, data: int, size: int, offset: int) -> int:
            code = unix_write(file, data, size, offset)
            assert code == SQLITE_OK, "a failed write may be done in part"
            path = self._path(file)
            if path is not None:
                self._log.append(Write(path, offset, ctypes.string_at(data, size)))
            return code

        return write

    def _truncating(self, unix_truncate: Callable[[int, int], int]) -> Callable[[int, int], int]:
        def truncate(file: int, size: int) -> int:
            code = unix_truncate(file, size)
            path = self._path(file)
            if code == SQLITE_OK and path is not None:
                self._log.append(Truncate(path, size))
            return code

        return truncate

    def _syncing(self, unix_sync: Callable[[int, int], int]) -> Callable[[int, int], int]:
        def sync(file: int, flags: int) -> int:
            code = unix_sync(file, flags)
            path = self._path(file)
            if code == SQLITE_OK and path is not None:
                self._log.append(Sync(path))
            self._append_synced_folders()
            return code

        return sync

    def _record_folder_syncs(self) -> None:
        """The unix VFS opens a folder only to sync it, by a call that may be replaced.

        It does so at the end of a delete and of the first sync of a new log.
        """
        unix = ctypes.addressof(self._unix)
        real = _GET_CALL(self._unix.get_system_call)(unix, b"openDirectory")
        if real is None:
            raise RecordingUnavailableError("SQLite does not show when it syncs a folder")
        real_open_folder = _OPEN_FOLDER(real)

        def open_folder(name: bytes, descriptor: int) -> int:
            code: int = real_open_folder(name, descriptor)
            path = self._relative(name)
            if code == SQLITE_OK and path is not None:
                self._synced_folders.append(SyncFolder(os.path.dirname(path)))
            return code

        ours = self._callback(_OPEN_FOLDER, open_folder)
        _SET_CALL(self._unix.set_system_call)(unix, b"openDirectory", ours)

    def _append_synced_folders(self) -> None:
        self._log += self._synced_folders
        self._synced_folders.clear()

    def _path(self, file: int) -> str | None:
        """None if nobody can reach the file any more, because it was deleted or replaced."""
        place = self._places[file]
        try:
            is_there = os.stat(self._full(place.path)).st_ino == place.inode
        except FileNotFoundError:
            return None
        return place.path if is_there else None

    def _full(self, path: str) -> str:
        return os.path.join(self._folder, path)

    def _relative(self, name: bytes) -> str | None:
        path = os.path.realpath(os.fsdecode(name))
        inside = path.startswith(self._folder + os.sep)
        return os.path.relpath(path, self._folder) if inside else None

    def _callback(self, kind: Callable[..., object], function: Callable[..., int]) -> int | None:
        def guarded(*arguments: object) -> int:
            try:
                return function(*arguments)
            except BaseException as error:  # ctypes would print it and answer SQLITE_OK
                self.trouble = self.trouble or error
                return SQLITE_IOERR

        callback = kind(guarded)
        self._kept.append(callback)
        return ctypes.cast(callback, _Pointer).value  # type: ignore[arg-type]  # it is a pointer

    def _check(self) -> None:
        """Another copy of the library may have been found than Python's own."""
        path = os.path.join(self._folder, "check")
        before = len(self._log)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("CREATE TABLE one (number)")
        if self.trouble is not None:
            raise self.trouble
        if Sync("check") not in self._log[before:]:
            raise RecordingUnavailableError(
                "Python's SQLite is not the library that was found beside it, so nothing would be "
                f"recorded ({_HINT})"
            )
        os.unlink(path)
        del self._log[before:]


_HINT: Final = (
    "run with a Python whose _sqlite3 uses the shared libsqlite3, as those of Linux distributions, "
    "pyenv and the official Docker images do"
)


def candidates() -> Iterator[str | None]:
    """Where the SQLite of Python's `sqlite3` may be: a library, `_sqlite3` or Python itself."""
    maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    yield from dict.fromkeys(line.split(maxsplit=5)[5] for line in maps if "libsqlite3" in line)
    yield getattr(_sqlite3, "__file__", None)
    yield None


def recordable(names: Iterable[str | None]) -> ctypes.CDLL:
    """The first of these libraries that is a SQLite which lets a VFS be registered."""
    for name in names:
        library = ctypes.CDLL(name)
        if hasattr(library, "sqlite3_vfs_register"):
            return library
    raise RecordingUnavailableError(
        "SQLite is linked into this Python without showing sqlite3_vfs_register, so what it writes "
        f"cannot be recorded and crash points cannot be proved here ({_HINT})"
    )
