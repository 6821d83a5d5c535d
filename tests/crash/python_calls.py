"""Records what our own code does with files beside SQLite: making folders, renaming, deleting.

It replaces functions of `os` for the rest of the process, so it is only for child processes. That a
call was missed shows: `record` compares the log with the files that are there in the end.
"""

import os
import stat
from pathlib import Path
from typing import TypeAlias

from tests.crash.oplog import Delete, Entry, MakeFolder, Rename, Sync, SyncFolder

AnyPath: TypeAlias = "str | os.PathLike[str]"


def is_recorded(path: str) -> bool:
    """The WAL's shared memory is of no use after a crash, and locks are empty but for a number."""
    return not path.endswith(("-shm", ".lock"))


def record_python_calls(root: Path, log: list[Entry]) -> None:
    """Append what is done below *root* to *log* from now on."""
    real_mkdir, real_fsync, real_unlink = os.mkdir, os.fsync, os.unlink
    real_rename, real_replace = os.rename, os.replace
    top = os.path.realpath(root)

    def mkdir(path: AnyPath, mode: int = 0o777) -> None:
        real_mkdir(path, mode)
        log.append(MakeFolder(relative(path)))

    def fsync(descriptor: int) -> None:
        real_fsync(descriptor)
        path = relative(os.readlink(f"/proc/self/fd/{descriptor}"))
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        log.append(SyncFolder(path) if is_folder else Sync(path))

    def unlink(path: AnyPath) -> None:
        real_unlink(path)
        if is_recorded(os.fspath(path)):
            log.append(Delete(relative(path)))

    def rename(source: AnyPath, target: AnyPath) -> None:
        real_rename(source, target)
        log.append(Rename(relative(source), relative(target)))

    def replace(source: AnyPath, target: AnyPath) -> None:
        real_replace(source, target)
        log.append(Rename(relative(source), relative(target)))

    def relative(path: AnyPath) -> str:
        below = os.path.relpath(os.path.realpath(path), top)
        return "" if below == "." else below

    vars(os).update(mkdir=mkdir, fsync=fsync, unlink=unlink, rename=rename, replace=replace)
