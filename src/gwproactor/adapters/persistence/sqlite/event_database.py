"""The file of `SqliteEventStore`: found in order, or put in order again."""

import contextlib
import secrets
import sqlite3
import time
from contextlib import closing
from typing import Final

import attrs

from gwproactor.adapters.durable_files import sync
from gwproactor.adapters.persistence.medium import MediumError, problem_to_tell
from gwproactor.adapters.persistence.sqlite import quarantine_table
from gwproactor.adapters.persistence.sqlite.columns import UnreadableRowError
from gwproactor.adapters.persistence.sqlite.database import (
    DamagedError,
    Database,
    spoils_connection,
)
from gwproactor.adapters.persistence.sqlite.event_schema import (
    NUMBER_MAX,
    STORE_IF_READABLE,
    is_readable,
)
from gwproactor.adapters.persistence.sqlite.file_place import FilePlace, file_id, log_of
from gwproactor.adapters.persistence.sqlite.salvage import (
    building_replacement,
    keep_aside,
    replacement_of,
    salvage_table,
)
from gwproactor.ports.event_store import StoreProblem

# A file that is damaged again sooner lies on a disk that only gets worse with all that is read and
# written to mend it.
MEND_EVERY_S: Final = 60.0

# A damaged file may have forgotten that numbers were given out: a later bound, or the events.
NUMBERS_SKIPPED: Final = 1_000_000


@attrs.define
class EventDatabase:
    """`epoch` and `number_bound` are what the file says once it is open."""

    database: Database
    mend_every_s: float = MEND_EVERY_S
    epoch: str = attrs.field(init=False, default="")
    number_bound: int = attrs.field(init=False, default=0)
    _place: FilePlace | None = attrs.field(init=False, default=None)
    _mend_not_before_s: float = attrs.field(init=False, default=0.0)
    _is_reopen_due: bool = attrs.field(init=False, default=False)

    @property
    def connection(self) -> sqlite3.Connection:
        return self.database.connection

    def open(self) -> tuple[StoreProblem, ...]:
        """Raises MediumError; `close` is due even so."""
        try:
            self.database.open()
            if not self._begin():
                self.database.check()
        except DamagedError as error:
            return (self.mend(error),)
        return ()

    def reserve(self, number_bound: int) -> None:
        """Numbers up to it may be given out from now on. In a transaction."""
        self.connection.execute("UPDATE store SET number_bound = ?, is_clean = 0", (number_bound,))

    def mend(self, error: Exception) -> StoreProblem:
        """Keep the damaged file beside, and go on with what can be read of it.

        Raises MediumError, and then the damaged file is still in its place.
        """
        if time.monotonic() < self._mend_not_before_s:
            raise MediumError(
                f"{self.database.explain(error)} (it was mended less than a minute ago, or could "
                "not be: check the disk)"
            )
        self._mend_not_before_s = time.monotonic() + self.mend_every_s
        self._is_reopen_due = True  # if it cannot be mended now
        count, kept = self.database.replace_damaged(self._salvage)
        self._begin()
        return problem_to_tell(
            "the event store's file was damaged",
            f"{self.database.path} was damaged ({error.__cause__ or error}). It is kept as {kept}. "
            f"{count} events could be read and are in a new file; others may be lost. Check the "
            "disk or card",
        )

    def before_commit(self) -> StoreProblem | None:
        """Make sure that what is committed can be found again. Raises MediumError."""
        if self._place is not None and not self._place.is_kept():
            return self._put_back(self._place)
        if self._is_reopen_due:
            self._reopen()
        return None

    def committed(self, number_bound: int) -> None:
        self.number_bound = number_bound
        if self._place is None:  # the first commit makes the log
            self._place = FilePlace.of(self.database.path)

    def failed(self, error: Exception) -> None:
        """A commit did, with *error*."""
        self._is_reopen_due = self._is_reopen_due or spoils_connection(error)

    def close(self, *, is_clean: bool) -> None:
        if is_clean and self._place is not None:  # else it is not ours, or not in order
            # If that fails, the next open checks it.
            with (
                contextlib.suppress(sqlite3.Error, MediumError),
                self.database.transaction() as connection,
            ):
                connection.execute("UPDATE store SET is_clean = 1")
        self.database.close()

    def _begin(self) -> bool:
        """Whether it was closed, and not left in a crash."""
        with self.database.explained():
            query = "SELECT epoch, number_bound, is_clean FROM store"
            row = self.connection.execute(query).fetchone()
            if row is None:
                row = (secrets.token_hex(16), 0, 1)
                with self.database.transaction() as connection:
                    _insert(connection, row[0], row[1], int(time.time() * 1000))
            epoch, number_bound, is_clean = row
            is_bound = isinstance(number_bound, int) and 0 <= number_bound <= NUMBER_MAX
            if not isinstance(epoch, str) or not is_bound:
                raise UnreadableRowError("it cannot say its epoch and the bound of its numbers")
            number_bound = max(number_bound, self._highest())
        self.epoch, self.number_bound = epoch, number_bound
        self._is_reopen_due = False
        self._place = None
        return bool(is_clean)

    def _highest(self) -> int:
        """The highest number of an event: above the bound, if that is damaged."""
        # Each by itself needs no scan.
        query = (
            "SELECT EXISTS (SELECT 1 FROM event), (SELECT min(number) FROM event), "
            "(SELECT max(number) FROM event)"
        )
        is_any, lowest, highest = self.connection.execute(query).fetchone()
        if not is_any:
            return 0
        if lowest is None or not 0 < lowest <= highest <= NUMBER_MAX:
            raise UnreadableRowError(f"it has events of numbers from {lowest} to {highest}")
        return int(highest)

    def _salvage(self, source: sqlite3.Connection | None, target: sqlite3.Connection) -> int:
        epoch, number_bound, created_ms = self.epoch, self.number_bound, None
        events = 0
        if source is not None:
            found = salvage_table(source, target, "event", key="number", is_readable=is_readable)
            events = found.count
            is_quarantine = quarantine_table.is_readable
            salvage_table(source, target, "quarantine", key="number", is_readable=is_quarantine)
            salvage_table(source, target, "seen", key="arrival")
            target.execute("DELETE FROM quarantine WHERE number NOT IN (SELECT number FROM event)")
            number_bound = max(number_bound, found.last)
            with contextlib.suppress(sqlite3.Error, TypeError):
                row = source.execute(STORE_IF_READABLE).fetchone()
                epoch, number_bound = epoch or row[0], max(number_bound, row[1])
                # Files of the first schema do not say so.
                (created_ms,) = source.execute(
                    "SELECT created_ms FROM store WHERE typeof(created_ms) = 'integer'"
                ).fetchone()
        if epoch:
            number_bound += NUMBERS_SKIPPED
        _insert(target, epoch or secrets.token_hex(16), number_bound, created_ms)
        return events

    # The file is not where it was

    def _put_back(self, place: FilePlace) -> StoreProblem | None:
        path = self.database.path
        found = file_id(path)
        if found is None and not place.is_folder_there():
            raise MediumError(f"{path}: its folder is gone: bring the disk or the folder back")
        self.database.hold_lock()
        try:
            self._back_up()
        except (sqlite3.Error, MediumError):  # ours is gone with its disk; it may be back
            if found is None or not self._is_ours():
                raise
            self._reopen()
            return None
        with self.database.explained():
            kept = None
            if found is not None and found != place.of_file:
                is_log_theirs = file_id(log_of(path)) != place.of_log
                kept = keep_aside(path, "replaced", with_log=is_log_theirs)
            self.database.disconnect()  # which deletes a log of this name
            replacement_of(path).replace(path)
            sync(path.parent)
        self.database.reopen()
        self._begin_again()
        what = "removed" if kept is None else f"replaced by another, which is kept as {kept}"
        return problem_to_tell(
            "the event store's file was removed or replaced while in use",
            f"{path} or its log was {what}. It was made again with all its events. Nobody should "
            "touch it while the node runs",
        )

    def _back_up(self) -> None:
        """Raises also if the copy is damaged."""
        with building_replacement(self.database.path) as target:
            self.connection.backup(target)
            (found,) = target.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise sqlite3.DatabaseError(found)

    def _is_ours(self) -> bool:
        """Whether what lies at the path is this store, no older than we know it."""
        query = "SELECT epoch, number_bound FROM store"
        with contextlib.suppress(sqlite3.Error), closing(self.database.connect()) as other:
            epoch, number_bound = other.execute(query).fetchone() or ("", 0)
            return bool(epoch == self.epoch and number_bound >= self.number_bound)
        return False

    def _reopen(self) -> None:
        if file_id(self.database.path) is None:
            raise MediumError(f"{self.database.path} is gone: bring the disk or the folder back")
        self.database.hold_lock()
        self.database.reopen()
        self._begin_again()

    def _begin_again(self) -> None:
        epoch, number_bound = self.epoch, self.number_bound
        self._begin()
        found, self.epoch = self.epoch, epoch
        self.number_bound = max(self.number_bound, number_bound)
        if found != epoch:
            self.database.disconnect()
            raise MediumError(
                f"{self.database.path} holds another store ({found}): bring the file back, or "
                "start the node again to go on with this one"
            )


def _insert(
    connection: sqlite3.Connection, epoch: str, number_bound: int, created_ms: int | None
) -> None:
    connection.execute(
        "INSERT INTO store (epoch, number_bound, created_ms) VALUES (?, ?, ?)",
        (epoch, number_bound, created_ms),
    )
