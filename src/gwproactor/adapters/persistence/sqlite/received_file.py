"""The thread side of `SqliteEventSink`: the table of received events, exact about duplicates."""

import sqlite3
from collections.abc import Sequence as Items
from typing import Final, TypeAlias

import attrs

from gwproactor.adapters.persistence.sink_jobs import Answered, Drained, Job
from gwproactor.adapters.persistence.sqlite.columns import (
    UNDECODABLE,
    SequenceColumns,
    Text,
    UnreadableRowError,
    hash_of,
    sequence_from_columns,
    sequence_to_columns,
    text_from_column,
    text_to_column,
)
from gwproactor.adapters.persistence.sqlite.database import Database, Schema, is_from_damage
from gwproactor.adapters.persistence.sqlite.received_database import ReceivedDatabase
from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.event_sink import (
    DUPLICATE,
    STORED,
    Kept,
    ReceivedEvent,
    SinkAnswer,
    SinkFailed,
    StoreProblem,
)

SCHEMA: Final = Schema(
    kind=0x67775253,  # "gwRS"
    version=1,
    statements=(
        # `number` has no type, so that SQLite keeps what it is given: an integer, or text if it
        # is larger than SQLite's.
        "CREATE TABLE event (arrival INTEGER PRIMARY KEY, hash INTEGER NOT NULL, "
        "src, message_id, type_name, epoch, number, payload BLOB)",
        # Eight bytes instead of two long texts: half the disk writes of a UNIQUE (src, message_id).
        "CREATE INDEX event_hash ON event (hash)",
    ),
)

COLUMNS: Final = "src, message_id, type_name, epoch, number, payload"

Row: TypeAlias = tuple[Text, Text, Text, *SequenceColumns, bytes]


@attrs.define
class ReceivedFile:
    """A `Medium` on *database*."""

    database: Database
    _file: ReceivedDatabase = attrs.field(init=False)

    def open(self) -> tuple[StoreProblem, ...]:
        self._file = ReceivedDatabase(self.database)
        return self._file.open()

    def drain(self, jobs: Items[Job], *, flush: bool) -> Drained:
        drained = Drained()
        if not jobs:
            return drained
        answers: Items[SinkAnswer]
        try:
            answers = [Success(kept) for kept in self._keep_all(jobs, drained)]
        except Exception as error:  # a dead thread would leave everybody waiting
            self._file.failed(error)
            answers = [Failure(SinkFailed(self.database.explain(error)))] * len(jobs)
        drained.answers = [Answered(*one) for one in zip(jobs, answers, strict=True)]
        return drained

    def rest_due_s(self) -> float | None:
        return None

    def close(self) -> None:
        self.database.close()

    def hash_of(self, src: str, message_id: str) -> int:
        """Finds candidates for a duplicate; a collision costs a comparison, never an event."""
        return hash_of(src, message_id)

    def _keep_all(self, jobs: Items[Job], drained: Drained) -> list[Kept]:
        try:
            return self._commit(jobs, drained)
        except Exception as error:
            if not is_from_damage(error):
                raise
            drained.problems.append(self._file.begin_anew(error))
        return self._commit(jobs, drained)

    def _commit(self, jobs: Items[Job], drained: Drained) -> list[Kept]:
        problem = self._file.before_commit()
        if problem is not None:
            drained.problems.append(problem)
        with self.database.transaction() as connection:
            kept = [self._keep(connection, job.event) for job in jobs]
        self._file.committed()
        return kept

    def _keep(self, connection: sqlite3.Connection, event: ReceivedEvent) -> Kept:
        key = self.hash_of(event.src, event.message_id)
        row = to_row(event)
        query = "SELECT 1 FROM event WHERE hash = ? AND src = ? AND message_id = ?"
        if connection.execute(query, (key, row[0], row[1])).fetchone() is not None:
            return DUPLICATE
        connection.execute(
            f"INSERT INTO event (hash, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 constants
            (key, *row),
        )
        return STORED


def to_row(event: ReceivedEvent) -> Row:
    return (
        text_to_column(event.src),
        text_to_column(event.message_id),
        text_to_column(event.type_name),
        *sequence_to_columns(event.sequence),
        event.payload,
    )


def from_row(row: Row) -> ReceivedEvent:
    """Raises UnreadableRowError."""
    src, message_id, type_name, epoch, number, payload = row
    if not isinstance(payload, bytes):
        raise UnreadableRowError("a payload is not bytes")
    try:
        return ReceivedEvent(
            text_from_column(src),
            text_from_column(message_id),
            text_from_column(type_name),
            payload,
            sequence_from_columns(epoch, number),
        )
    except UNDECODABLE as error:
        raise UnreadableRowError(f"an event cannot be decoded: {error}") from error
