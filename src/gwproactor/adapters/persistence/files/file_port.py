"""Every change that the file-based stores make on a disk goes through one small object.

So that a test can record the changes, and play a power cut between any two of them.
"""

import contextlib
import os
from io import FileIO
from pathlib import Path
from typing import IO, Final

from gwproactor.adapters.durable_files import sync
from gwproactor.adapters.persistence.medium import sole_writer

LOCK: Final = "gwproactor.lock"


class Files:
    """The calls of the operating system, one a method. Each raises OSError."""

    def write(self, path: str, content: bytes) -> None:
        """Make or replace the file; not durable before `sync`, nor all there before it returns."""
        with open(path, "wb", buffering=0) as file:
            _write_all(file, content)

    def append(self, path: str, content: bytes) -> None:
        """As `write`, behind what the file holds; after an error a part of it may be there."""
        with open(path, "ab", buffering=0) as file:
            _write_all(file, content)

    def sync(self, path: str) -> None:
        """The content of the file survives a power cut, but not that its folder lists it."""
        sync(path)

    def rename(self, source: str, target: str) -> None:
        """At once or not at all; a file that is called *target* is replaced."""
        os.rename(source, target)

    def delete(self, path: str) -> None:
        os.unlink(path)

    def make_folder(self, path: str) -> None:
        """Its parent must be there; raises FileExistsError."""
        os.mkdir(path)

    def remove_folder(self, path: str) -> None:
        """It must be empty."""
        os.rmdir(path)

    def sync_folder(self, path: str) -> None:
        """The names that the folder lists survive a power cut."""
        sync(path)


def _write_all(file: FileIO, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


def make_folders(files: Files, folder: Path, *, sync: bool) -> None:
    """Make *folder*, and those above it, durably if *sync*; raises OSError."""
    if not folder.is_dir():
        make_folders(files, folder.parent, sync=sync)
        with contextlib.suppress(FileExistsError):
            files.make_folder(str(folder))
        # Without this a power cut may take the new folder away, with the durable events in it.
        if sync:
            files.sync_folder(str(folder.parent))


def lock_folder(folder: Path) -> IO[str]:
    """As `sole_writer`, by a lock in the folder. Raises OSError, too."""
    return sole_writer(folder / LOCK, folder)


def is_locked_by(folder: Path, lock: IO[str]) -> bool:
    """Whether *folder* is the one that gave the lock; not while its disk is gone, or another's."""
    try:
        return os.path.samestat(os.stat(folder / LOCK), os.fstat(lock.fileno()))
    except OSError:
        return False


def gone(folder: Path) -> str:
    """What to tell when `is_locked_by` is not so."""
    return f"{folder} is gone: bring it back, or restart this program"
