"""`EventRecords` of the SQLite files: event stores of each schema, and event sinks."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import attrs

from gwproactor.adapters.persistence.event_record import EventRecord, Overview
from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.adapters.persistence.sqlite import event_schema, received_file
from gwproactor.adapters.persistence.sqlite.columns import (
    UNDECODABLE,
    Text,
    UnreadableRowError,
    check_order,
    sequence_from_columns,
    text_from_column,
    text_to_column,
)
from gwproactor.adapters.persistence.sqlite.read_only import FileKind, ReadOnlyDatabase
from gwproactor.domain.stored_event import Quarantined

# One query reads so much; a longer one would keep a node from reusing its log.
PAGE_EVENTS: Final = 500
PAGE_BYTES: Final = 4 * 1024 * 1024

EMPTY: Final = "is empty: no node has kept events there"

T = TypeVar("T")

_Row: TypeAlias = tuple[
    int,
    Text,
    Text,
    bytes,
    Text | None,
    Text | None,
    int | str | None,
    int | None,
    Text | None,
    Text,
    int,
]


@attrs.frozen
class _Tables:
    """How one kind of file names what `_record` reads."""

    number: str
    columns: str
    source: str
    quarantined: str

    def select(self, condition: str) -> str:
        return f"SELECT {self.columns} FROM {self.source} WHERE {condition}"  # noqa: S608 constants


_STORE_1: Final = _Tables(
    "number",
    "number, message_id, type_name, payload, NULL, (SELECT epoch FROM store), number, "
    "0, NULL, NULL, NULL",
    "event",
    "0",
)
_STORE_2: Final = _Tables(
    "event.number",
    "event.number, message_id, event.type_name, payload, NULL, "
    "CASE WHEN is_relayed THEN origin_epoch ELSE (SELECT epoch FROM store) END, "
    "CASE WHEN is_relayed THEN origin_number ELSE event.number END, "
    "is_relayed, quarantine.type_name, reason, since_ms",
    "event LEFT JOIN quarantine ON quarantine.number = event.number",
    "quarantine.number IS NOT NULL",
)
_SINK_1: Final = _Tables(
    "arrival",
    "arrival, message_id, type_name, payload, src, epoch, number, 0, NULL, NULL, NULL",
    "event",
    "0",
)

_STORE_KIND: Final = event_schema.SCHEMA.kind
_SINK_KIND: Final = received_file.SCHEMA.kind
_TABLES: Final[Mapping[FileKind, _Tables]] = {
    FileKind(_STORE_KIND, 1): _STORE_1,
    FileKind(_STORE_KIND, 2): _STORE_2,
    FileKind(_SINK_KIND, 1): _SINK_1,
}


class SqliteRecords:
    """The durable events of the store or sink at *path*.

    Raises MediumError also if the file is neither.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = ReadOnlyDatabase(path)
        file = self._database.kind()
        if file not in _TABLES:
            self._database.close()
            is_empty = path.stat().st_size == 0
            raise MediumError(f"{path} {EMPTY if is_empty else _refusal(file)}")
        self._tables = _TABLES[file]
        self.is_sink = file.kind == _SINK_KIND

    def overview(self) -> Overview:
        source = self._tables.source
        query = (
            "SELECT count(*), ifnull(sum(length(payload)), 0), "  # noqa: S608 constants
            f"ifnull(sum({self._tables.quarantined}), 0) FROM {source}"
        )
        (row,) = self._rows(query)
        return Overview(*row)

    def all(self, *, newest_first: bool = False) -> Iterator[EventRecord]:
        return self._paged("1", newest_first=newest_first)

    def quarantined(self) -> Iterator[EventRecord]:
        return self._paged(self._tables.quarantined, newest_first=False)

    def numbered(self, number: int) -> EventRecord | None:
        found = self._read(_record, self._tables.select(f"{self._tables.number} = ?"), number)
        return found[0] if found else None

    def named(self, message_id: str) -> list[EventRecord]:
        query = self._tables.select("message_id = ?") + f" ORDER BY {self._tables.number}"
        return self._read(_record, query, text_to_column(message_id))

    def message_ids(self) -> Iterator[str]:
        """Of every event, without reading their payloads."""
        query = (
            "SELECT number, message_id FROM event WHERE number > ? "  # noqa: S608 constants
            f"ORDER BY number LIMIT {PAGE_EVENTS}"
        )
        number = 0
        while page := self._read(_name, query, number, place=_first, last=number):
            number = page[-1][0]
            yield from (message_id for _, message_id in page)

    def store_created_ms(self) -> int | None:
        """Of a store: when it was made, UTC in ms since 1970; None: not known, or not a store."""
        if self._tables is not _STORE_2:
            return None
        rows = self._rows("SELECT created_ms FROM store")
        created_ms: int | None = rows[0][0] if rows else None
        return created_ms

    def close(self) -> None:
        self._database.close()

    def _paged(self, condition: str, *, newest_first: bool) -> Iterator[EventRecord]:
        number = self._tables.number
        order = "DESC" if newest_first else "ASC"
        beyond = f"{condition} AND {number} {'<' if newest_first else '>'} ?"
        first = f"{self._tables.select(condition)} ORDER BY {number} {order} LIMIT {PAGE_EVENTS}"
        after = f"{self._tables.select(beyond)} ORDER BY {number} {order} LIMIT {PAGE_EVENTS}"
        sign = -1 if newest_first else 1

        def place(record: EventRecord) -> int:
            return sign * record.number

        page = self._read(_record, first, place=place)
        while page:
            yield from page
            page = self._read(_record, after, page[-1].number, place=place, last=place(page[-1]))

    def _rows(self, query: str, *values: object) -> list[Any]:
        return self._read(lambda row: row, query, *values)

    def _read(
        self,
        decode: Callable[[Any], T],
        query: str,
        *values: object,
        place: Callable[[T], int] | None = None,
        last: int | None = None,
    ) -> list[T]:
        """A page of rows whose *place* must rise, from above *last*."""

        def read(connection: sqlite3.Connection) -> list[T]:
            page = [decode(row) for row in _page(connection.execute(query, values))]
            if place is not None:
                check_order([*([] if last is None else [last]), *map(place, page)])
            return page

        return self._database.read(read)


def _page(rows: sqlite3.Cursor) -> list[Any]:
    """Rows up to PAGE_BYTES of payload, at least one if there is one."""
    page: list[Any] = []
    size = 0
    for row in rows:
        page.append(row)
        size += sum(len(value) for value in row if isinstance(value, bytes))
        if size >= PAGE_BYTES:
            break
    return page


def _first(row: tuple[int, str]) -> int:
    return row[0]


def _name(row: tuple[int, Text]) -> tuple[int, str]:
    number, message_id = row
    try:
        return number, text_from_column(message_id)
    except UNDECODABLE as error:
        raise UnreadableRowError(f"event {number} cannot be decoded: {error}") from error


def _record(row: _Row) -> EventRecord:
    if not isinstance(row[3], bytes):
        raise UnreadableRowError(f"the payload of event {row[0]} is not bytes")
    try:
        return _decoded(row)
    except UNDECODABLE as error:
        raise UnreadableRowError(f"event {row[0]} cannot be decoded: {error}") from error


def _decoded(row: _Row) -> EventRecord:
    number, message_id, type_name, payload, src, epoch, sequence, is_relayed = row[:8]
    of_type, reason, since_ms = row[8:]
    quarantined = None
    if of_type is not None:
        quarantined = Quarantined(
            number, text_from_column(of_type), text_from_column(reason), since_ms
        )
    return EventRecord(
        number=number,
        message_id=text_from_column(message_id),
        type_name=text_from_column(type_name),
        payload=payload,
        src=None if src is None else text_from_column(src),
        sequence=sequence_from_columns(epoch, sequence),
        is_relayed=bool(is_relayed),
        quarantined=quarantined,
    )


def _refusal(file: FileKind) -> str:
    if file.kind in {_STORE_KIND, _SINK_KIND}:
        return (
            f"was made by another release of this library (its schema is {file.version}): "
            "use the gwproactor command of that release"
        )
    return "holds no events: it is another program's database"
