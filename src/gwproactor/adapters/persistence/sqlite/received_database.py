"""The file of `SqliteEventSink`: found in order, or begun anew.

What was received before is not copied, as it would be in an event store: a sink may hold years, and
what is kept beside can be read there.
"""

import contextlib
import time
from typing import Final

import attrs

from gwproactor.adapters.persistence.medium import MediumError, problem_to_tell
from gwproactor.adapters.persistence.sqlite.database import (
    DamagedError,
    Database,
    spoils_connection,
)
from gwproactor.adapters.persistence.sqlite.file_place import FilePlace, file_id, index_of
from gwproactor.adapters.persistence.sqlite.salvage import keep_aside
from gwproactor.ports.event_sink import StoreProblem

# A file that is damaged again sooner lies on a disk that would be filled with damaged files.
BEGIN_EVERY_S: Final = 60.0


@attrs.define
class ReceivedDatabase:
    """Everything here belongs to the sink's thread."""

    database: Database
    _place: FilePlace | None = attrs.field(init=False, default=None)
    _not_before_s: float = attrs.field(init=False, default=0.0)
    _is_reopen_due: bool = attrs.field(init=False, default=False)
    _may_make: bool = attrs.field(init=False, default=False)

    def open(self) -> tuple[StoreProblem, ...]:
        """Raises MediumError; `close` is due even so."""
        try:
            self.database.open()
        except DamagedError as error:
            problem = self.begin_anew(error)
            self._reopen()
            return (problem,)
        return ()

    def begin_anew(self, cause: Exception) -> StoreProblem:
        """Keep the damaged file beside; the next commit makes a new one. Raises MediumError."""
        what = self.database.explain(cause)
        if time.monotonic() < self._not_before_s:
            raise MediumError(f"{what} (it was begun less than a minute ago: check the disk)")
        self._not_before_s = time.monotonic() + BEGIN_EVERY_S
        self.database.disconnect()
        with self.database.explained():
            kept = keep_aside(self.database.path, "damaged")
        self._place, self._is_reopen_due, self._may_make = None, True, True
        return problem_to_tell(
            "the event sink's file was damaged",
            f"{what}. It is kept as {kept}, and a new one was begun, which does not know what came "
            "before. Check the disk or card",
        )

    def before_commit(self) -> StoreProblem | None:
        """Make sure that what is committed can be found again. Raises MediumError."""
        path = self.database.path
        if self._place is not None and not self._place.is_kept():
            if file_id(path) is None and not self._place.is_folder_there():
                raise MediumError(f"{path}: its folder is gone: bring the disk or the folder back")
            self._complete(self._place)
            self._reopen()
            return problem_to_tell(
                "the event sink's file was removed or replaced while in use",
                f"{path} or its log is not the one that it was; from now on the sink goes on with "
                "what is there, or with a new file. Nobody should touch it while the node runs",
            )
        if self._is_reopen_due:
            if file_id(path) is None and not self._may_make:
                raise MediumError(f"{path} is gone: bring the disk or the folder back")
            self._reopen()
        return None

    def committed(self) -> None:
        if self._place is None:  # the first commit makes the log
            self._place = FilePlace.of(self.database.path)

    def failed(self, error: Exception) -> None:
        """A commit did, with *error*."""
        self._is_reopen_due = self._is_reopen_due or spoils_connection(error)

    def _complete(self, place: FilePlace) -> None:
        """Write what the log holds into the file, wherever that is now, and remove the log: SQLite
        would take it for the next file's.
        """
        with contextlib.suppress(MediumError), self.database.explained():
            query = "PRAGMA wal_checkpoint(TRUNCATE)"
            (is_busy, *_) = self.database.connection.execute(query).fetchone()
            if not is_busy and file_id(place.log) == place.of_log is not None:
                place.log.unlink()
                index_of(place.path).unlink(missing_ok=True)

    def _reopen(self) -> None:
        self._is_reopen_due = True
        with self.database.explained():
            self.database.hold_lock()
        self.database.reopen()
        self._is_reopen_due = self._may_make = False
        self._place = None
