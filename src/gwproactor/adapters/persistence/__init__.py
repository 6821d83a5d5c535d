"""Events on disk, in SQLite files or in files of their own."""

from gwproactor.adapters.persistence.files.directory_event_sink import (
    DirectoryEventSink,
    DirectorySinkReader,
)
from gwproactor.adapters.persistence.files.rolling_files_store import RollingFilesEventStore
from gwproactor.adapters.persistence.null import NullEventSink, NullEventStore
from gwproactor.adapters.persistence.sqlite.sqlite_event_sink import SqliteEventSink
from gwproactor.adapters.persistence.sqlite.sqlite_event_store import SqliteEventStore
from gwproactor.adapters.persistence.sqlite.sqlite_sink_reader import (
    SinkUnreadableError,
    SqliteSinkReader,
)

__all__ = [
    "DirectoryEventSink",
    "DirectorySinkReader",
    "NullEventSink",
    "NullEventStore",
    "RollingFilesEventStore",
    "SinkUnreadableError",
    "SqliteEventSink",
    "SqliteEventStore",
    "SqliteSinkReader",
]
