"""`EventSink` on SQLite: `received_file` writes in a thread."""

from typing_extensions import override

from gwproactor.adapters.persistence.sqlite.database import Database
from gwproactor.adapters.persistence.sqlite.received_file import SCHEMA, ReceivedFile
from gwproactor.adapters.persistence.threaded_event_sink import ThreadedEventSink


class SqliteEventSink(ThreadedEventSink):
    """The received events in the SQLite file at *path*; `SqliteSinkReader` shows them.

    Its queue holds up to *events_max* events of together *bytes_max* bytes of payload. One sink at
    a time may have the file open. An event whose commit failed is answered with SinkFailed and
    forgotten: its source sends it again.

    A file that is damaged, or that is removed while in use, is followed by a new one.
    """

    @override
    def _medium(self) -> ReceivedFile:
        # Tests of failing disks put their own in its place.
        return ReceivedFile(Database(self.path, SCHEMA))
