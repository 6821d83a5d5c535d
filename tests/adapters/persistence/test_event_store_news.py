"""What `SqliteEventStore` tells of a disk that fails, and what it does meanwhile."""

import sqlite3
from pathlib import Path

import pytest

from gwproactor.adapters.persistence import SqliteEventStore
from gwproactor.adapters.persistence.sqlite import event_file
from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.event_sink import ReceivedEvent
from gwproactor.ports.event_store import Quarantined, StoredEvent, StoreFailed, StoreRecovered
from tests.support.child_process import child
from tests.support.faulty_database import Disk, FaultyEventStore, locked
from tests.support.stores import News, kept, kept_numbers, put, running, taken


@pytest.fixture(autouse=True)
def _tries_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_file, "RETRY_S", 0.05)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


def io_error() -> sqlite3.Error:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_WRITE"
    return error


async def test_each_cause_is_told_once_and_the_recovery_too(path: Path) -> None:
    disk, news = Disk(), News()
    async with running(FaultyEventStore(path, disk), news) as store:
        await store.durable(put(store))
        assert news.told == []
        for cause in ("the first cause", "another cause"):
            disk.fault = sqlite3.OperationalError(cause)
            for _ in range(3):
                assert isinstance(await store.durable(put(store)), Failure)
            assert cause in news.faults[-1]
        disk.fault = None
        await news.until(StoreRecovered)
        assert [type(one) for one in news.told] == [StoreFailed, StoreFailed, StoreRecovered]
        disk.fault = sqlite3.OperationalError("another cause")
        assert isinstance(await store.durable(put(store)), Failure)
        assert len(news.faults) == 3
        disk.fault = None
    async with running(SqliteEventStore(path)) as store:
        assert len(await kept(store)) == 8


async def test_recovery_is_found_though_nothing_is_left_to_be_written(path: Path) -> None:
    disk, news = Disk(), News()
    async with running(FaultyEventStore(path, disk), news) as store:
        disk.fault = sqlite3.OperationalError("on purpose")
        number = put(store)
        assert isinstance(await store.durable(number), Failure)
        store.clear(number)
        assert await store.durable(number) == Success(None)
        disk.fault = None
        await news.until(StoreRecovered)


async def test_a_full_disk_is_told_and_waited_for(path: Path) -> None:
    disk, news = Disk(), News()
    async with running(FaultyEventStore(path, disk), news) as store:
        disk.pages_max = 20
        while await store.durable(put(store, 2000)) == Success(None):
            pass
        assert "make room on the disk" in news.faults[0]
        accepted = [put(store, 2000) for _ in range(100)]
        numbers = await kept_numbers(store)
        assert numbers[-100:] == accepted
        disk.pages_max = 1_000_000
        await news.until(StoreRecovered)
        assert await store.durable(accepted[-1]) == Success(None)
    assert len(news.told) == 2
    async with running(SqliteEventStore(path)) as store:
        assert await kept_numbers(store) == numbers


async def test_a_file_that_may_not_grow_is_told_and_waited_for(path: Path) -> None:
    """The system call itself fails, as on a full disk or over a quota."""
    with child("put_beyond_a_limit", path) as (_, output):
        lines = output.read().splitlines()
    assert lines[0].startswith("failed")
    assert str(path) in lines[0]
    assert lines[1:] == ["recovered", "kept all 1000"]


async def test_a_read_only_disk_is_told_and_waited_for(path: Path) -> None:
    disk, news = Disk(), News()
    async with running(FaultyEventStore(path, disk), news) as store:
        disk.is_read_only = True
        number = put(store)
        assert isinstance(await store.durable(number), Failure)
        assert "that the disk is writable" in news.faults[0]
        connections = disk.connections
        disk.is_read_only = False
        await news.until(StoreRecovered)
        assert await store.durable(number) == Success(None)
        # A file that was opened on a disk which could only be read stays so.
        assert disk.connections > connections


async def test_a_file_that_another_program_locks_is_told_and_waited_for(path: Path) -> None:
    disk, news = Disk(busy_ms=10), News()
    async with running(FaultyEventStore(path, disk), news) as store:
        with locked(path):
            assert isinstance(await store.durable(put(store)), Failure)
            assert "another program holds it locked" in news.faults[0]
            connections = disk.connections
        await news.until(StoreRecovered)
        assert disk.connections == connections


async def test_after_an_io_error_the_file_is_opened_anew(path: Path) -> None:
    disk, news = Disk(), News()
    async with running(FaultyEventStore(path, disk), news) as store:
        first = put(store)
        await store.durable(first)
        connections = disk.connections
        disk.fault = io_error()
        second = put(store)
        assert isinstance(await store.durable(second), Failure)
        assert "the disk or its file system fails" in news.faults[0]
        disk.fault = None
        await news.until(StoreRecovered)
        assert disk.connections == connections + 1
        assert await kept_numbers(store) == [first, second]
        assert store.content().pending == 2
    async with running(SqliteEventStore(path)) as store:
        assert await kept_numbers(store) == [first, second]


async def test_what_is_taken_while_the_disk_fails_is_refused_and_not_remembered(
    path: Path,
) -> None:
    event = ReceivedEvent("child", "a", "type", b"{}")
    disk, news = Disk(), News()
    async with running(FaultyEventStore(path, disk), news) as store:
        disk.fault = sqlite3.OperationalError("on purpose")
        number = put(store)
        await store.durable(number)
        tries = disk.count("BEGIN")
        for _ in range(3):
            match await taken(store, event):
                case Failure(StoreFailed(detail)):
                    assert "on purpose" in detail
                case other:
                    raise AssertionError(other)
        assert disk.count("BEGIN") == tries  # a failing disk is left alone for a second
        assert await kept_numbers(store) == [number]
        disk.fault = None
        await news.until(StoreRecovered)
        again = (await taken(store, event)).unwrap()
        assert isinstance(again, StoredEvent)
        assert again.sequence.number > number
        assert await kept_numbers(store) == [number, again.sequence.number]


async def test_quarantine_during_a_failure_is_kept_when_the_disk_is_back(path: Path) -> None:
    disk, news = Disk(), News()
    async with running(FaultyEventStore(path, disk), news) as store:
        numbers = [put(store) for _ in range(3)]
        store.quarantine(Quarantined(numbers[0], "a", "on purpose", 1))
        await store.durable(numbers[-1])
        disk.fault = sqlite3.OperationalError("on purpose")
        store.end_quarantine("a")
        store.quarantine(Quarantined(numbers[1], "b", "on purpose", 1))
        assert isinstance(await store.durable(put(store)), Failure)
        (one,) = (await store.quarantined()).unwrap()
        assert one.number == numbers[1]
        disk.fault = None
        await news.until(StoreRecovered)
    async with running(SqliteEventStore(path)) as store:
        (one,) = (await store.quarantined()).unwrap()
        assert one.number == numbers[1]
