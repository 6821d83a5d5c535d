"""The tables of `SqliteEventStore`, and how events are kept in them."""

import sqlite3
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from gwproactor.adapters.persistence.sqlite.columns import (
    UNDECODABLE,
    SequenceColumns,
    Text,
    UnreadableRowError,
    sequence_from_columns,
    sequence_to_columns,
    text_from_column,
    text_to_column,
)
from gwproactor.adapters.persistence.sqlite.database import Schema
from gwproactor.domain.message import Sequence
from gwproactor.domain.stored_event import Origin, StoredEvent
from gwproactor.ports.event_sink import ReceivedEvent

_QUARANTINE: Final = (
    "CREATE TABLE quarantine (number INTEGER PRIMARY KEY, type_name, reason, since_ms INTEGER)"
)
# What was taken from other nodes, oldest first, and an index of eight bytes to find it by.
_SEEN: Final = (
    "CREATE TABLE seen (arrival INTEGER PRIMARY KEY, hash INTEGER NOT NULL, src, message_id, "
    "at_day INTEGER)",
    "CREATE INDEX seen_hash ON seen (hash)",
)

SCHEMA: Final = Schema(
    kind=0x67775045,  # "gwPE"
    version=2,
    statements=(
        # The integer key alone: a second index would cost 4 KiB of disk writes for each event.
        # `is_relayed` is null for this node's own events; then so is the rest of the origin.
        "CREATE TABLE event (number INTEGER PRIMARY KEY, message_id, type_name, payload BLOB, "
        "is_relayed INTEGER, origin_epoch, origin_number)",
        # `created_ms` is UTC in ms since 1970, null if not known. `is_clean`: it was closed.
        "CREATE TABLE store (epoch TEXT NOT NULL, number_bound INTEGER NOT NULL, "
        "created_ms INTEGER, is_clean INTEGER NOT NULL DEFAULT 0)",
        _QUARANTINE,
        *_SEEN,
    ),
    migrations={
        1: (
            "ALTER TABLE event ADD COLUMN is_relayed INTEGER",
            "ALTER TABLE event ADD COLUMN origin_epoch",
            "ALTER TABLE event ADD COLUMN origin_number",
            "ALTER TABLE store ADD COLUMN created_ms INTEGER",
            "ALTER TABLE store ADD COLUMN is_clean INTEGER NOT NULL DEFAULT 0",
            _QUARANTINE,
            *_SEEN,
        )
    },
    first=2,
)

COLUMNS: Final = "number, message_id, type_name, payload, is_relayed, origin_epoch, origin_number"
# Far from the last one that SQLite knows: numbers above a damaged one can still be given out.
NUMBER_MAX: Final = 1 << 62

STORE_IF_READABLE: Final = (
    "SELECT epoch, number_bound FROM store "  # noqa: S608 constants
    "WHERE typeof(epoch) = 'text' AND typeof(number_bound) = 'integer' "
    f"AND number_bound BETWEEN 0 AND {NUMBER_MAX}"
)
# Or replace: an error may be reported for a commit that did happen. Values that are not named are
# null, in a third of the time.
_INSERT: Final = (
    "INSERT OR REPLACE INTO event (number, message_id, type_name, payload{}) VALUES ({})"
)
INSERT_OWN: Final = _INSERT.format("", "?, ?, ?, ?")
INSERT_TAKEN: Final = _INSERT.format(
    ", is_relayed, origin_epoch, origin_number", "?, ?, ?, ?, 1, ?, ?"
)

Row: TypeAlias = tuple[int, Text, Text, bytes, int | None, *SequenceColumns]


def from_row(epoch: str, row: Row) -> StoredEvent:
    """Raises UnreadableRowError."""
    number, message_id, type_name, payload, is_relayed, of_epoch, of_number = row
    if not isinstance(payload, bytes):
        raise UnreadableRowError(f"the payload of event {number} is not bytes")
    try:
        return StoredEvent(
            Sequence(epoch, number),
            text_from_column(message_id),
            text_from_column(type_name),
            payload,
            Origin(sequence_from_columns(of_epoch, of_number)) if is_relayed else None,
        )
    except UNDECODABLE as error:
        raise UnreadableRowError(f"event {number} cannot be decoded: {error}") from error


def is_readable(row: tuple[Any, ...]) -> bool:
    """Whether `from_row` takes it. Rows of the first schema are shorter."""
    try:
        from_row("", (*row, None, None, None)[:7])
    except UnreadableRowError:
        return False
    return bool(0 < row[0] <= NUMBER_MAX)


def insert_own(connection: sqlite3.Connection, events: Iterable[StoredEvent]) -> None:
    connection.executemany(INSERT_OWN, map(_own_columns, events))


def insert_taken(connection: sqlite3.Connection, number: int, event: ReceivedEvent) -> None:
    columns = (
        number,
        text_to_column(event.message_id),
        text_to_column(event.type_name),
        event.payload,
        *sequence_to_columns(event.sequence),
    )
    connection.execute(INSERT_TAKEN, columns)


def _own_columns(event: StoredEvent) -> tuple[int, Text, Text, bytes]:
    return (
        event.sequence.number,
        text_to_column(event.message_id),
        text_to_column(event.type_name),
        event.payload,
    )
