"""Which events of other nodes were taken before: exact, and bounded in days and in number."""

import sqlite3
import time
from collections.abc import Callable
from typing import Final

import attrs

from gwproactor.adapters.persistence.sqlite.columns import hash_of, text_to_column
from gwproactor.ports.event_sink import ReceivedEvent

# Whoever has not got an ack for so long sends an event again and it is taken twice; the last sink
# still knows it. Longer takes room: 1,000,000 names are about 100 MB.
REMEMBERED_DAYS: Final = 30
REMEMBERED_MAX: Final = 1_000_000

# Forgetting touches a page of the index for each name: it is done rarely, for many at once.
PRUNED_EVERY: Final = 1000

DAY_S: Final = 86_400


@attrs.define
class SeenTable:
    """*now_s* is the wall clock: seconds since 1970. Every method is called in a transaction."""

    now_s: Callable[[], float] = time.time
    hash_of: Callable[[str, str], int] = hash_of
    days: int = REMEMBERED_DAYS
    count_max: int = REMEMBERED_MAX
    _since_pruned: int = attrs.field(init=False, default=PRUNED_EVERY)  # now it is due

    def is_new(self, connection: sqlite3.Connection, event: ReceivedEvent) -> bool:
        """Whether it was not seen before; from now on it is."""
        name = (
            self.hash_of(event.src, event.message_id),
            text_to_column(event.src),
            text_to_column(event.message_id),
        )
        query = "SELECT 1 FROM seen WHERE hash = ? AND src = ? AND message_id = ?"
        if connection.execute(query, name).fetchone() is not None:
            return False
        connection.execute(
            "INSERT INTO seen (hash, src, message_id, at_day) VALUES (?, ?, ?, ?)",
            (*name, self._today()),
        )
        self._since_pruned += 1
        return True

    def prune(self, connection: sqlite3.Connection) -> None:
        """Forget some of the oldest that are too old or too many; faster than new ones come."""
        if self._since_pruned < PRUNED_EVERY:
            return
        connection.execute(
            "DELETE FROM seen WHERE arrival IN (SELECT arrival FROM "
            "(SELECT arrival, at_day FROM seen ORDER BY arrival LIMIT ?) "
            "WHERE at_day < ? OR arrival <= (SELECT max(arrival) FROM seen) - ?)",
            (2 * self._since_pruned, self._today() - self.days, self.count_max),
        )
        self._since_pruned = 0

    def _today(self) -> int:
        return int(self.now_s() // DAY_S)
