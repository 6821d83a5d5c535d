"""Whether a file that is in use still lies where it was found: cheap enough for each commit."""

import os
from pathlib import Path
from typing import NamedTuple

import attrs

from gwproactor.adapters.persistence.sqlite.salvage import log_of


class Identity(NamedTuple):
    device: int
    inode: int


def identity(path: Path) -> Identity | None:
    """None: nothing is there, or it cannot be reached."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return Identity(found.st_dev, found.st_ino)


@attrs.frozen
class FilePlace:
    """Where a database and its log lie."""

    path: Path
    log: Path
    of_file: Identity | None
    of_log: Identity | None

    @classmethod
    def of(cls, path: Path) -> "FilePlace":
        log = log_of(path)
        return cls(path, log, identity(path), identity(log))

    def is_kept(self) -> bool:
        return identity(self.path) == self.of_file and identity(self.log) == self.of_log

    def is_folder_there(self) -> bool:
        """Not so if the disk is gone, with or without the folder that it was mounted on."""
        folder = identity(self.path.parent)
        return folder is not None and self.of_file is not None and folder[0] == self.of_file[0]
