"""`EventStore` on SQLite.

`event_file` writes in a thread. An event is in memory from `put` to the commit after it; what lies
on the disk takes no memory, however much it is.
"""

from os import PathLike

from typing_extensions import override

from gwproactor.adapters.persistence.sqlite.database import Database
from gwproactor.adapters.persistence.sqlite.event_database import EventDatabase
from gwproactor.adapters.persistence.sqlite.event_file import EventFile
from gwproactor.adapters.persistence.sqlite.event_schema import SCHEMA
from gwproactor.adapters.persistence.threaded_event_store import ThreadedEventStore


class SqliteEventStore(ThreadedEventStore):
    """The events in the SQLite file at *path*.

    One store at a time may have the file open; a lock beside it (`path` + ".lock") sees to that.
    While the disk fails, accepted events wait in memory and are tried again every second; `put`
    fails once 32 MiB or 10,000 events wait. What is taken does not wait: it fails.

    An event waits up to *linger_ms* for others to share its commit, and `durable` with it; more
    delay, less wear of a card. One that is cleared meanwhile never touches the disk.

    A damaged file is kept beside, as `<name>.damaged-<UTC>`, and what can be read of it goes on in
    a new one; looked for after a crash, and found whenever a damaged page is read. A file that was
    removed or replaced while in use is made again; a folder or a disk that went is waited for.

    `take` remembers events for 30 days, but no more than 1,000,000.
    """

    def __init__(self, path: str | PathLike[str], *, linger_ms: int = 0) -> None:
        super().__init__(path)
        self.linger_ms = linger_ms

    @override
    def _medium(self) -> EventFile:
        return EventFile(EventDatabase(self._database()), self.linger_ms / 1000)

    def _database(self) -> Database:
        # Tests of failing disks put their own in its place.
        return Database(self.path, SCHEMA)
