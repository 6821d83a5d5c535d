"""What an event file does not say yet: the changes since its last commit."""

import sqlite3
from collections.abc import Iterator
from collections.abc import Sequence as Items
from contextlib import closing

import attrs

from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.adapters.persistence.sqlite import event_schema
from gwproactor.adapters.persistence.sqlite.columns import UnreadableRowError
from gwproactor.adapters.persistence.sqlite.event_database import EventDatabase
from gwproactor.adapters.persistence.sqlite.quarantine_table import QuarantineTable
from gwproactor.domain.stored_event import Quarantined, StoredEvent


@attrs.define
class UnwrittenEvents:
    """Changes wait here until `write`, and for `wrote` after the commit; reads see them at once."""

    puts: dict[int, StoredEvent] = attrs.field(init=False, factory=dict)
    puts_bytes: int = attrs.field(init=False, default=0)
    clears: set[int] = attrs.field(init=False, factory=set)
    quarantine: QuarantineTable = attrs.field(init=False, factory=QuarantineTable)

    def has_changes(self) -> bool:
        return bool(self.puts or self.clears or self.quarantine.has_changes())

    def put(self, event: StoredEvent) -> None:
        self.puts[event.sequence.number] = event
        self.puts_bytes += len(event.payload)

    def take_back(self, number: int) -> int | None:
        """Forget a put; its bytes, or None if there is none."""
        event = self.puts.pop(number, None)
        if event is None:
            return None
        self.puts_bytes -= len(event.payload)
        return len(event.payload)

    def clear(self, file: EventDatabase, number: int) -> int | None:
        """Of an event in the file; its bytes, or None if there is none."""
        if number in self.clears:
            return None
        query = "SELECT ifnull(length(payload), 0) FROM event WHERE number = ?"
        try:
            row = file.connection.execute(query, (number,)).fetchone()
        except (sqlite3.Error, MediumError):  # the deletion will say more
            row = (0,)
        if row is None:
            return None
        self.clears.add(number)
        return int(row[0])

    def keep_out(self, connection: sqlite3.Connection, event: Quarantined) -> None:
        if event.number not in self.puts:
            query = "SELECT 1 FROM event WHERE number = ?"
            row = connection.execute(query, (event.number,)).fetchone()
            if row is None or event.number in self.clears:
                return
        self.quarantine.add(connection, event)

    def write(self, connection: sqlite3.Connection) -> None:
        """Within the transaction of the caller."""
        # Clears first: the room that they make may be all there is.
        connection.executemany(
            "DELETE FROM event WHERE number = ?", ((number,) for number in self.clears)
        )
        self.quarantine.write(connection)
        event_schema.insert_own(connection, self.puts.values())

    def wrote(self) -> None:
        self.puts.clear()
        self.puts_bytes = 0
        self.clears.clear()
        self.quarantine.wrote()

    def count(self, connection: sqlite3.Connection) -> tuple[int, int]:
        """How many events of how many bytes the file holds that are not cleared."""
        count, size = connection.execute(
            "SELECT count(*), ifnull(sum(length(payload)), 0) FROM event"
        ).fetchone()
        query = "SELECT ifnull(length(payload), 0) FROM event WHERE number = ?"
        for number in self.clears:
            for (of_cleared,) in connection.execute(query, (number,)):
                count -= 1
                size -= of_cleared
        return count, size

    def after(
        self, connection: sqlite3.Connection, epoch: str, number: int, *, with_quarantined: bool
    ) -> Iterator[StoredEvent]:
        condition = "" if with_quarantined else self.quarantine.condition()
        query = (
            f"SELECT {event_schema.COLUMNS} FROM event WHERE number > ?"  # noqa: S608 constants
            f"{condition} ORDER BY number"
        )

        def is_wanted(at: int) -> bool:
            return with_quarantined or not self.quarantine.contains(connection, at)

        last = number
        with closing(connection.execute(query, (number,))) as rows:
            for row in rows:
                if row[0] <= last:  # who reads on behind the last one would never end
                    raise UnreadableRowError(f"event {row[0]} comes after event {last}")
                last = row[0]
                if row[0] not in self.clears and is_wanted(row[0]):
                    yield event_schema.from_row(epoch, row)
        # What is not written yet has higher numbers than all that is.
        for at, event in self.puts.items():
            if at > number and is_wanted(at):
                yield event

    def numbered(
        self, connection: sqlite3.Connection, epoch: str, numbers: Items[int]
    ) -> Iterator[StoredEvent]:
        query = f"SELECT {event_schema.COLUMNS} FROM event WHERE number = ?"  # noqa: S608 constants
        for number in sorted(set(numbers)):
            if number in self.puts:
                yield self.puts[number]
            elif number not in self.clears:
                rows = connection.execute(query, (number,)).fetchall()
                yield from (event_schema.from_row(epoch, row) for row in rows)
