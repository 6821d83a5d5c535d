"""The SQLite store and sink under test, as they are or worse, for a recording child process."""

import contextlib
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs
from typing_extensions import override

from gwproactor.adapters.persistence import (
    SqliteEventSink,
    SqliteEventStore,
    SqliteSinkReader,
)
from gwproactor.adapters.persistence.sqlite import event_file
from gwproactor.adapters.persistence.sqlite.database import Database
from gwproactor.adapters.persistence.sqlite.received_file import ReceivedFile
from gwproactor.ports.event_sink import ReceivedEvent

FILE = "node/events.sqlite"


@attrs.frozen
class Variant:
    """*checkpoint_pages*: pages in the WAL after which it is copied into the file; small, so that
    little work gets there; so is *numbers_in_block*. Broken: *synchronous*, SQLite's own word, if
    it is not FULL; *commits_late*, with the next batch; not *syncs_folder*.
    """

    checkpoint_pages: int = 12
    numbers_in_block: int = 50
    linger_ms: int = 0
    synchronous: str = "FULL"
    commits_late: bool = False
    syncs_folder: bool = True


# Random steps may put many events before they await anything.
BLOCK: Final = 200


def variant_of(seed: int) -> Variant:
    """That of the first seed lingers, so that events are answered for in a later batch than the one
    that brought them.
    """
    if seed == 0:
        return Variant(numbers_in_block=BLOCK, linger_ms=5)
    chance = random.Random(seed)
    pages, linger_ms = chance.choice([4, 12, 60, 1000]), chance.choice([0, 5])
    return Variant(pages, BLOCK, linger_ms=linger_ms)


@attrs.define
class RecordedDatabase(Database):
    variant: Variant = attrs.Factory(Variant)

    @override
    def open(self) -> None:
        if not self.variant.syncs_folder:
            self.path.parent.mkdir(exist_ok=True)
        super().open()

    @override
    def reopen(self) -> None:
        super().reopen()
        self.connection.execute(f"PRAGMA wal_autocheckpoint = {self.variant.checkpoint_pages}")
        if self.variant.synchronous != "FULL":
            self.connection.execute(f"PRAGMA synchronous = {self.variant.synchronous}")

    @contextlib.contextmanager
    @override
    def transaction(self) -> Iterator[sqlite3.Connection]:
        if not self.variant.commits_late:
            with super().transaction() as connection:
                yield connection
            return
        self._commit()
        self.connection.execute("BEGIN IMMEDIATE")
        yield self.connection

    @override
    def close(self) -> None:
        self._commit()
        super().close()

    def _commit(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("COMMIT")


def recorded(database: Database, variant: Variant) -> RecordedDatabase:
    return RecordedDatabase(database.path, database.schema, variant=variant)


class RecordedEventStore(SqliteEventStore):
    def __init__(self, path: Path, variant: Variant) -> None:
        super().__init__(path, linger_ms=variant.linger_ms)
        self.variant = variant

    @override
    def _database(self) -> Database:
        return recorded(super()._database(), self.variant)


class RecordedEventSink(SqliteEventSink):
    def __init__(self, path: Path, variant: Variant) -> None:
        super().__init__(path)
        self.variant = variant

    @override
    def _medium(self) -> ReceivedFile:
        medium = super()._medium()
        medium.database = recorded(medium.database, self.variant)
        return medium


@attrs.frozen
class MakeStore:
    variant: Variant = Variant()

    def __call__(self, folder: Path) -> SqliteEventStore:
        # The store looks it up whenever it moves its bound.
        vars(event_file)["NUMBERS_IN_BLOCK"] = self.variant.numbers_in_block
        return RecordedEventStore(folder / FILE, self.variant)


@attrs.frozen
class MakeSink:
    variant: Variant = Variant()

    def __call__(self, folder: Path) -> SqliteEventSink:
        return RecordedEventSink(folder / FILE, self.variant)


def store_in(folder: Path) -> SqliteEventStore:
    return SqliteEventStore(folder / FILE)


def sink_in(folder: Path) -> SqliteEventSink:
    return SqliteEventSink(folder / FILE)


def events_of_sink_in(folder: Path) -> list[ReceivedEvent]:
    return list(SqliteSinkReader(folder / FILE).events())
