"""The contract of `EventStore`, on every adapter."""

from pathlib import Path

import pytest
from typing_extensions import override

from gwproactor.adapters.memory import EventDisk, MemoryEventStore
from gwproactor.adapters.persistence import SqliteEventStore
from gwproactor.ports.event_store import EventStore
from gwproactor.testing.event_store_contract import EventStoreContract


class TestMemoryEventStore(EventStoreContract):
    @pytest.fixture(autouse=True)
    def _disk(self) -> None:
        self.disk = EventDisk()

    @override
    def store(self, *, bytes_max: int) -> EventStore:
        return MemoryEventStore(self.disk, bytes_max=bytes_max)


class TestSqliteEventStore(EventStoreContract):
    @pytest.fixture(autouse=True)
    def _path(self, tmp_path: Path) -> None:
        self.path = tmp_path / "node" / "events.db"

    @override
    def store(self, *, bytes_max: int) -> EventStore:
        return SqliteEventStore(self.path, bytes_max=bytes_max)
