"""Events on disk, in SQLite files."""

from gwproactor.adapters.persistence.sqlite_event_sink import SqliteEventSink
from gwproactor.adapters.persistence.sqlite_event_store import SqliteEventStore
from gwproactor.adapters.persistence.sqlite_sink_reader import SinkUnreadableError, SqliteSinkReader

__all__ = ["SinkUnreadableError", "SqliteEventSink", "SqliteEventStore", "SqliteSinkReader"]
