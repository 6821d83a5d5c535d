"""Events on disk, in SQLite files or in files of their own."""

from gwproactor.adapters.persistence.rolling_files_store import RollingFilesEventStore
from gwproactor.adapters.persistence.sqlite_event_sink import SqliteEventSink
from gwproactor.adapters.persistence.sqlite_event_store import SqliteEventStore
from gwproactor.adapters.persistence.sqlite_sink_reader import SinkUnreadableError, SqliteSinkReader

__all__ = [
    "RollingFilesEventStore",
    "SinkUnreadableError",
    "SqliteEventSink",
    "SqliteEventStore",
    "SqliteSinkReader",
]
