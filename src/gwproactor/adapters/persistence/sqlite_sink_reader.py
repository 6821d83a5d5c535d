"""Reads what a `SqliteEventSink` keeps, also while a node writes."""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path

from gwproactor.adapters.persistence.columns import hash_of, text_from_column, text_to_column
from gwproactor.adapters.persistence.received_file import COLUMNS, SCHEMA, Row, from_row
from gwproactor.ports.event_sink import ReceivedEvent

# One query reads so many events; a longer one would keep the writer from reusing its log.
PAGE = 500


class SinkUnreadableError(Exception):
    """The file cannot be read as a sink; the text names the path and the cause."""


class SqliteSinkReader:
    """The durable events of the sink at *path*, read-only; for operators, demos and tests.

    Each call opens the file afresh, blocks while it reads, and raises SinkUnreadableError if that
    cannot be done. Any thread.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = Path(path)

    def count(self) -> int:
        with self._reading() as connection:
            (count,) = connection.execute("SELECT count(*) FROM event").fetchone()
        return int(count)

    def count_by_src(self) -> dict[str, int]:
        """How many events of each source."""
        query = "SELECT src, count(*) FROM event GROUP BY src ORDER BY src"
        with self._reading() as connection:
            return {text_from_column(src): n for src, n in connection.execute(query)}

    def contains(self, src: str, message_ids: Iterable[str]) -> set[str]:
        """Those of *message_ids* that were received from *src*."""
        query = "SELECT 1 FROM event WHERE hash = ? AND src = ? AND message_id = ?"
        with self._reading() as connection:
            return {
                message_id
                for message_id in message_ids
                if connection.execute(
                    query,
                    (hash_of(src, message_id), text_to_column(src), text_to_column(message_id)),
                ).fetchone()
            }

    def events(self) -> Iterator[ReceivedEvent]:
        """Every event in order of arrival, with those that arrive meanwhile."""
        arrival = 0
        while page := self._page_after(arrival):
            arrival = page[-1][0]
            yield from (event for _, event in page)

    def _page_after(self, arrival: int) -> list[tuple[int, ReceivedEvent]]:
        query = f"SELECT arrival, {COLUMNS} FROM event WHERE arrival > ? ORDER BY arrival LIMIT ?"  # noqa: S608 constants
        with self._reading() as connection:
            rows: list[tuple[int, *Row]] = connection.execute(query, (arrival, PAGE)).fetchall()
        return [(row[0], from_row(row[1:])) for row in rows]

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            uri = f"{self.path.absolute().as_uri()}?mode=ro"
            with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
                (kind,) = connection.execute("PRAGMA application_id").fetchone()
                (version,) = connection.execute("PRAGMA user_version").fetchone()
                if (kind, version) != (SCHEMA.kind, SCHEMA.version):
                    raise SinkUnreadableError(f"{self.path} is no event sink that is known here")
                yield connection
        except sqlite3.Error as error:
            raise SinkUnreadableError(f"{self.path}: {error}") from error
