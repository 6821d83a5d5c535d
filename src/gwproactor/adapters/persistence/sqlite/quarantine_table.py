"""Which stored events are in quarantine: what the file says, and what it will say."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import attrs

from gwproactor.adapters.persistence.sqlite.columns import (
    UNDECODABLE,
    UnreadableRowError,
    text_from_column,
    text_to_column,
)
from gwproactor.domain.stored_event import Quarantined


@attrs.define
class QuarantineTable:
    """Changes wait here until `write`, and for `wrote` after the commit; reads see them at once.

    `count` is how many events are in quarantine now.
    """

    count: int = attrs.field(init=False, default=0)
    _added: dict[int, Quarantined] = attrs.field(init=False, factory=dict)
    _removed: set[int] = attrs.field(init=False, factory=set)
    _ended: set[str] = attrs.field(init=False, factory=set)

    def load(self, connection: sqlite3.Connection) -> None:
        (self.count,) = connection.execute("SELECT count(*) FROM quarantine").fetchone()

    def recount(self, connection: sqlite3.Connection) -> None:
        """Where the file is not what it was."""
        self.count = len(self._added) + sum(1 for _ in self._in_file(connection))

    def has_changes(self) -> bool:
        return bool(self._added or self._removed or self._ended)

    def add(self, connection: sqlite3.Connection, event: Quarantined) -> None:
        """Of an event that is in the store."""
        self.remove(connection, event.number)
        self._added[event.number] = event
        self.count += 1

    def remove(self, connection: sqlite3.Connection, number: int) -> None:
        if self.count == 0:
            return
        if self._added.pop(number, None) is not None:
            self.count -= 1
        elif self._is_in_file(connection, number):
            self._removed.add(number)
            self.count -= 1

    def end(self, connection: sqlite3.Connection, type_name: str) -> None:
        if not type_name:  # those that cannot be read
            return
        of_file = [event for event in self._in_file(connection) if event.type_name == type_name]
        of_added = [event for event in self._added.values() if event.type_name == type_name]
        for event in of_added:
            del self._added[event.number]
        self.count -= len(of_file) + len(of_added)
        self._ended.add(type_name)

    def condition(self) -> str:
        """SQL that leaves out most of them early; `contains` must have the last word."""
        if self.count == 0 or self._ended:
            return ""
        return " AND number NOT IN (SELECT number FROM quarantine)"

    def contains(self, connection: sqlite3.Connection, number: int) -> bool:
        if self.count == 0:
            return False
        return number in self._added or self._is_in_file(connection, number)

    def oldest_of_each_type(self, connection: sqlite3.Connection) -> tuple[Quarantined, ...]:
        oldest: dict[str, Quarantined] = {}
        for event in (*self._in_file(connection), *self._added.values()):
            other = oldest.get(event.type_name)
            if other is None or event.number < other.number:
                oldest[event.type_name] = event
        return tuple(sorted(oldest.values(), key=lambda event: event.number))

    def write(self, connection: sqlite3.Connection) -> None:
        """Within the transaction of the caller."""
        connection.executemany(
            "DELETE FROM quarantine WHERE type_name = ?",
            [(text_to_column(name),) for name in self._ended],
        )
        connection.executemany(
            "DELETE FROM quarantine WHERE number = ?", [(number,) for number in self._removed]
        )
        connection.executemany(
            "INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?)",
            [
                (
                    event.number,
                    text_to_column(event.type_name),
                    text_to_column(event.reason),
                    event.since_ms,
                )
                for event in self._added.values()
            ],
        )

    def wrote(self) -> None:
        self._added.clear()
        self._removed.clear()
        self._ended.clear()

    def _is_in_file(self, connection: sqlite3.Connection, number: int) -> bool:
        if number in self._removed:
            return False
        query = "SELECT number, type_name, reason, since_ms FROM quarantine WHERE number = ?"
        row = connection.execute(query, (number,)).fetchone()
        return row is not None and from_row(row).type_name not in self._ended

    def _in_file(self, connection: sqlite3.Connection) -> Iterator[Quarantined]:
        """Those of the file that are not ended, removed or told anew."""
        query = "SELECT number, type_name, reason, since_ms FROM quarantine ORDER BY number"
        for event in map(from_row, connection.execute(query)):
            is_gone = event.number in self._removed or event.type_name in self._ended
            if not is_gone and event.number not in self._added:
                yield event


def from_row(row: tuple[Any, ...]) -> Quarantined:
    """Raises UnreadableRowError."""
    number, type_name, reason, since_ms = row
    if not isinstance(since_ms, int):
        raise UnreadableRowError(f"the quarantine of event {number} says no time")
    try:
        return Quarantined(number, text_from_column(type_name), text_from_column(reason), since_ms)
    except UNDECODABLE as error:
        raise UnreadableRowError(
            f"the quarantine of event {number} cannot be decoded: {error}"
        ) from error


def is_readable(row: tuple[Any, ...]) -> bool:
    """Whether `from_row` takes it."""
    try:
        from_row(row)
    except UnreadableRowError:
        return False
    return True
