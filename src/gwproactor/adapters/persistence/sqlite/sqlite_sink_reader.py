"""Reads what a `SqliteEventSink` keeps, also while a node writes."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.adapters.persistence.sqlite.columns import (
    check_order,
    hash_of,
    text_from_column,
    text_to_column,
)
from gwproactor.adapters.persistence.sqlite.read_only import FileKind, ReadOnlyDatabase
from gwproactor.adapters.persistence.sqlite.received_file import COLUMNS, SCHEMA, from_row
from gwproactor.ports.event_sink import ReceivedEvent

# One query reads so many events; a longer one would keep the writer from reusing its log.
PAGE = 500

T = TypeVar("T")


class SinkUnreadableError(Exception):
    """The file cannot be read as a sink; the text names the path and the cause."""


class SqliteSinkReader:
    """The durable events of the sink at *path*, read-only; for operators, demos and tests.

    Each call opens the file afresh, leaves no trace of that, blocks while it reads, and raises
    SinkUnreadableError if that cannot be done. Any thread.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = Path(path)

    def count(self) -> int:
        (count,) = self._rows("SELECT count(*) FROM event")[0]
        return int(count)

    def count_by_src(self) -> dict[str, int]:
        """How many events of each source."""
        rows = self._rows("SELECT src, count(*) FROM event GROUP BY src ORDER BY src")
        return {text_from_column(src): count for src, count in rows}

    def contains(self, src: str, message_ids: Iterable[str]) -> set[str]:
        """Those of *message_ids* that were received from *src*."""
        query = "SELECT 1 FROM event WHERE hash = ? AND src = ? AND message_id = ?"
        asked = list(message_ids)

        def found(connection: sqlite3.Connection) -> set[str]:
            return {
                message_id
                for message_id in asked
                if connection.execute(
                    query,
                    (hash_of(src, message_id), text_to_column(src), text_to_column(message_id)),
                ).fetchone()
            }

        return self._read(found)

    def events(self) -> Iterator[ReceivedEvent]:
        """Every event in order of arrival, with those that arrive meanwhile."""
        query = f"SELECT arrival, {COLUMNS} FROM event WHERE arrival > ? ORDER BY arrival LIMIT ?"  # noqa: S608 constants
        arrival = 0

        def page(connection: sqlite3.Connection) -> list[ReceivedEvent]:
            nonlocal arrival
            rows = connection.execute(query, (arrival, PAGE)).fetchall()
            check_order([arrival, *(row[0] for row in rows)])
            events = [from_row(row[1:]) for row in rows]
            arrival = rows[-1][0] if rows else arrival
            return events

        while events := self._read(page):
            yield from events

    def _rows(self, query: str, *values: object) -> list[Any]:
        return self._read(lambda connection: connection.execute(query, values).fetchall())

    def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        with contextlib.closing(ReadOnlyDatabase(self.path)) as database:
            try:
                if database.kind() != FileKind(SCHEMA.kind, SCHEMA.version):
                    raise SinkUnreadableError(f"{self.path} is no event sink that is known here")
                return database.read(query)
            except MediumError as error:
                raise SinkUnreadableError(str(error)) from error
