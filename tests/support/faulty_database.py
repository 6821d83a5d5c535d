"""SQLite stores on a disk that fails when told to, and shows what was asked of it."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import attrs
from typing_extensions import override

from gwproactor.adapters.persistence import SqliteEventSink, SqliteEventStore
from gwproactor.adapters.persistence.sqlite import received_file
from gwproactor.adapters.persistence.sqlite.database import Database
from gwproactor.adapters.persistence.sqlite.event_schema import SCHEMA
from gwproactor.adapters.persistence.sqlite.received_file import ReceivedFile


@attrs.define
class Disk:
    """`fault` is raised by every commit; `statements` are those carried out so far.

    `is_read_only`, `pages_max` and `busy_ms` are SQLite's own way to fail. While `is_unplugged`
    nothing can be opened.
    """

    fault: sqlite3.Error | None = None
    pages_max: int = 1_000_000
    is_read_only: bool = False
    busy_ms: int = 5000
    is_unplugged: bool = False
    statements: list[str] = attrs.Factory(list)
    connections: int = 0

    def count(self, beginning: str) -> int:
        return sum(statement.startswith(beginning) for statement in self.statements)


@attrs.define
class FaultyDatabase(Database):
    disk: Disk = attrs.Factory(Disk)

    @override
    def connect(self) -> sqlite3.Connection:
        if self.disk.is_unplugged:
            raise sqlite3.OperationalError("unable to open database file")
        connection = super().connect()
        self.disk.connections += 1
        connection.execute(f"PRAGMA busy_timeout = {self.disk.busy_ms}")
        connection.set_trace_callback(self.disk.statements.append)
        return connection

    @contextlib.contextmanager
    @override
    def transaction(self) -> Iterator[sqlite3.Connection]:
        self.connection.execute(f"PRAGMA query_only = {int(self.disk.is_read_only)}")
        self.connection.execute(f"PRAGMA max_page_count = {self.disk.pages_max}")
        with super().transaction() as connection:
            yield connection
            if self.disk.fault is not None:
                raise self.disk.fault


class FaultyEventStore(SqliteEventStore):
    def __init__(self, path: Path, disk: Disk, *, linger_ms: int = 0) -> None:
        super().__init__(path, linger_ms=linger_ms)
        self.disk = disk

    @override
    def _database(self) -> Database:
        return FaultyDatabase(self.path, SCHEMA, self.disk)


class FaultyEventSink(SqliteEventSink):
    def __init__(self, path: Path, disk: Disk) -> None:
        super().__init__(path)
        self.disk = disk

    @override
    def _medium(self) -> ReceivedFile:
        return ReceivedFile(FaultyDatabase(self.path, received_file.SCHEMA, self.disk))


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Commits to the database at *path* hang, as on a disk that does not answer."""
    connection = sqlite3.connect(path, isolation_level=None)
    with contextlib.closing(connection):
        connection.execute("BEGIN IMMEDIATE")
        yield
