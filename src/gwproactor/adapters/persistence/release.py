"""Ends the quarantine of events in a store that no node has open."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

from gwproactor.adapters.persistence.event_record import EventRecord
from gwproactor.adapters.persistence.files.file_port import Files
from gwproactor.adapters.persistence.files.rolling_folder import (
    ASIDE,
    REASON,
    RollingFolder,
    beside,
)
from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.adapters.persistence.sqlite.database import Database
from gwproactor.adapters.persistence.sqlite.event_schema import SCHEMA


def release_in_sqlite(path: Path, events: Iterable[EventRecord]) -> None:
    """Raises MediumError, as when a node has the store open; then nothing has changed."""
    database = Database(path, SCHEMA)
    with contextlib.closing(database), database.explained():
        database.open()
        with database.transaction() as connection:
            connection.executemany(
                "DELETE FROM quarantine WHERE number = ?", ((event.number,) for event in events)
            )


def release_in_folder(folder: Path, events: Iterable[EventRecord]) -> None:
    """Raises MediumError, as when a node has the store open."""
    rolling = RollingFolder(folder, Files(), fsync=True)
    with contextlib.closing(rolling):
        try:
            rolling.open()
            for event in events:
                rolling.move(event.file, event.file.removeprefix(f"{ASIDE}/"))
                with contextlib.suppress(FileNotFoundError):
                    rolling.delete(beside(event.file, REASON))
        except OSError as error:
            raise MediumError(rolling.explain(error)) from error
