"""Events on disk, in SQLite files or in files of their own.

Names are imported when they are first used: a node loads the store and the sink that it has.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_HOMES = {
    "DirectoryEventSink": "files.directory_event_sink",
    "DirectorySinkReader": "files.directory_event_sink",
    "NullEventSink": "null",
    "NullEventStore": "null",
    "RollingFilesEventStore": "files.rolling_files_store",
    "SinkUnreadableError": "sqlite.sqlite_sink_reader",
    "SqliteEventSink": "sqlite.sqlite_event_sink",
    "SqliteEventStore": "sqlite.sqlite_event_store",
    "SqliteSinkReader": "sqlite.sqlite_sink_reader",
}

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


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
