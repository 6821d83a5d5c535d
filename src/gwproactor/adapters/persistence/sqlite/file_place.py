"""Where a SQLite file and its log lie, and whether a file that is in use still lies there: cheap
enough for each commit.
"""

import os
from pathlib import Path
from typing import NamedTuple

import attrs


def log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def index_of(path: Path) -> Path:
    return path.with_name(path.name + "-shm")


def size_of(path: Path) -> int:
    """0 if there is nothing."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


class FileId(NamedTuple):
    device: int
    inode: int


def file_id(path: Path) -> FileId | None:
    """None: nothing is there, or it cannot be reached."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return FileId(found.st_dev, found.st_ino)


@attrs.frozen
class FilePlace:
    """Where a database and its log lie."""

    path: Path
    log: Path
    of_file: FileId | None
    of_log: FileId | None

    @classmethod
    def of(cls, path: Path) -> "FilePlace":
        log = log_of(path)
        return cls(path, log, file_id(path), file_id(log))

    def is_kept(self) -> bool:
        return file_id(self.path) == self.of_file and file_id(self.log) == self.of_log

    def is_folder_there(self) -> bool:
        """Not so if the disk is gone, with or without the folder that it was mounted on."""
        folder = file_id(self.path.parent)
        return (
            folder is not None and self.of_file is not None and folder.device == self.of_file.device
        )
