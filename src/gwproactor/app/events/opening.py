"""Finds out what a path is, and opens it for reading."""

import contextlib
import enum
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import attrs

from gwproactor.adapters.persistence.event_record import EventRecords
from gwproactor.adapters.persistence.files.arrival_records import ArrivalRecords
from gwproactor.adapters.persistence.files.file_port import LOCK
from gwproactor.adapters.persistence.files.folder_records import FolderRecords, folder_names
from gwproactor.adapters.persistence.files.received_folder import ARRIVALS, EVENTS
from gwproactor.adapters.persistence.files.rolling_names import is_day, number_and_uid
from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.adapters.persistence.sqlite.sqlite_records import SqliteRecords

# As `Paths` names them in a node's data folder.
FILES_OF_A_NODE: Final = ("events.sqlite", "received.sqlite", "event", "received")


class Kind(enum.Enum):
    """What keeps events."""

    SQLITE_STORE = "event store (SQLite)"
    SQLITE_SINK = "event sink (SQLite)"
    ROLLING_FILES = "event store (rolling files)"
    DIRECTORY_SINK = "event sink (files)"

    @property
    def is_store(self) -> bool:
        """Whether what it keeps waits for a peer's ack."""
        return self in {Kind.SQLITE_STORE, Kind.ROLLING_FILES}


@attrs.frozen
class Opened:
    """Something that keeps events, being read."""

    path: Path
    kind: Kind
    records: EventRecords

    def __str__(self) -> str:
        return f"{self.path}: {self.kind.value}"


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """What is at *path*. Raises MediumError if nothing that is known keeps events there."""
    found = _opened(path)
    with contextlib.closing(found.records):
        yield found


def check_is_file(path: Path, advice: str) -> None:
    """Raises MediumError, and OSError if nothing is there; opening a pipe would wait for ever."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise MediumError(f"{path} is a folder: {advice}")
    if not stat.S_ISREG(mode):
        raise MediumError(f"{path} is neither a file nor a folder: {advice}")


def _opened(path: Path) -> Opened:
    if path.is_dir():
        return _opened_folder(path)
    if path.exists():
        check_is_file(path, "name a node's event store or sink")
    records = SqliteRecords(path)
    return Opened(path, Kind.SQLITE_SINK if records.is_sink else Kind.SQLITE_STORE, records)


def _opened_folder(folder: Path) -> Opened:
    names = folder_names(folder)
    if any(is_day(name) for name in names):
        return Opened(folder, Kind.ROLLING_FILES, FolderRecords(folder, is_flat=False))
    if {ARRIVALS, EVENTS} <= set(names):
        return Opened(folder, Kind.DIRECTORY_SINK, ArrivalRecords(folder))
    if any(number_and_uid(name) is not None for name in names):
        return Opened(folder, Kind.DIRECTORY_SINK, FolderRecords(folder, is_flat=True))
    if set(names) <= {LOCK}:  # the original removes a day's folder with its last event
        return Opened(folder, Kind.ROLLING_FILES, FolderRecords(folder, is_flat=False))
    raise MediumError(f"{folder} holds no events{_advice(folder, names)}")


def _advice(folder: Path, names: Iterable[str]) -> str:
    known = [str(folder / name) for name in FILES_OF_A_NODE if name in names]
    if known:
        return f", but it is a node's folder: name {' or '.join(known)}"
    return ": name a node's event store or sink, a file or a folder"


__all__ = ["Kind", "MediumError", "Opened", "check_is_file", "opened"]
