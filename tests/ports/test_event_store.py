"""The contract of `EventStore`, on every adapter."""

from pathlib import Path

import pytest
from typing_extensions import override

from gwproactor.adapters.memory import EventDisk, MemoryEventStore
from gwproactor.adapters.persistence import RollingFilesEventStore, SqliteEventStore
from gwproactor.ports.event_store import EventStore
from gwproactor.testing.event_store_contract import (
    EventStoreContract,
    ExactEventStoreContract,
)


class TestMemoryEventStore(ExactEventStoreContract):
    @pytest.fixture(autouse=True)
    def _disk(self) -> None:
        self.disk = EventDisk()

    @override
    def store(self) -> EventStore:
        return MemoryEventStore(self.disk)


class TestSqliteEventStore(ExactEventStoreContract):
    @pytest.fixture(autouse=True)
    def _path(self, tmp_path: Path) -> None:
        self.path = tmp_path / "node" / "events.db"

    @override
    def store(self) -> EventStore:
        return SqliteEventStore(self.path)


class TestLingeringSqliteEventStore(TestSqliteEventStore):
    @override
    def store(self) -> EventStore:
        return SqliteEventStore(self.path, linger_ms=2)


class TestRollingFilesEventStore(EventStoreContract):
    remembers_what_was_sent_on = False

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "node" / "events"

    @override
    def store(self) -> EventStore:
        return RollingFilesEventStore(self.folder)
