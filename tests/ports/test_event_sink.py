"""The contract of `EventSink`, on every adapter."""

from collections.abc import Sequence as Items
from pathlib import Path

import pytest
from typing_extensions import override

from gwproactor.adapters.memory import MemoryEventSink
from gwproactor.adapters.persistence import (
    DirectoryEventSink,
    DirectorySinkReader,
    SqliteEventSink,
    SqliteSinkReader,
)
from gwproactor.ports.event_sink import EventSink, ReceivedEvent
from gwproactor.testing.event_sink_contract import EventSinkContract


class TestMemoryEventSink(EventSinkContract):
    @pytest.fixture(autouse=True)
    def _medium(self) -> None:
        self.medium: dict[tuple[str, str], ReceivedEvent] = {}

    @override
    def sink(self, *, events_max: int, bytes_max: int) -> EventSink:
        return MemoryEventSink(self.medium, events_max=events_max, bytes_max=bytes_max)

    @override
    def stored(self) -> Items[ReceivedEvent]:
        return list(self.medium.values())


class TestSqliteEventSink(EventSinkContract):
    @pytest.fixture(autouse=True)
    def _path(self, tmp_path: Path) -> None:
        self.path = tmp_path / "node" / "received.db"

    @override
    def sink(self, *, events_max: int, bytes_max: int) -> EventSink:
        return SqliteEventSink(self.path, events_max=events_max, bytes_max=bytes_max)

    @override
    def stored(self) -> Items[ReceivedEvent]:
        return list(SqliteSinkReader(self.path).events())


class TestDirectoryEventSink(EventSinkContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "node" / "received"

    @override
    def sink(self, *, events_max: int, bytes_max: int) -> EventSink:
        return DirectoryEventSink(self.folder, events_max=events_max, bytes_max=bytes_max)

    @override
    def stored(self) -> Items[ReceivedEvent]:
        return list(DirectorySinkReader(self.folder).events())
