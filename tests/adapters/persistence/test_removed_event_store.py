"""`SqliteEventStore` whose file, folder or disk is taken away while it runs."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gwproactor.adapters.persistence import SqliteEventStore
from gwproactor.adapters.persistence.medium import sole_writer
from gwproactor.adapters.persistence.sqlite.file_place import log_of
from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.event_store import StoreFailed, StoreRecovered
from tests.support.faulty_database import Disk, FaultyEventStore
from tests.support.stores import News, kept_numbers, put, running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "disk" / "events.db"


@pytest.fixture
def other_disk() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


def remove(path: Path, *ends: str) -> None:
    for end in ends:
        path.with_name(path.name + end).unlink(missing_ok=True)


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def replace_by_copy(path: Path) -> None:
    for file in (file for file in (path, log_of(path)) if file.exists()):
        copy = file.with_name("copy")
        shutil.copy(file, copy)
        copy.replace(file)


async def assert_kept(path: Path, numbers: list[int]) -> None:
    async with running(SqliteEventStore(path)) as store:
        assert await kept_numbers(store) == numbers


async def test_a_folder_that_went_is_waited_for(path: Path) -> None:
    news = News()
    away = path.parent.with_name("away")
    async with running(SqliteEventStore(path), news) as store:
        numbers = [put(store)]
        assert await store.durable(numbers[0]) == Success(None)
        path.parent.rename(away)
        numbers.append(put(store))
        assert isinstance(await store.durable(numbers[1]), Failure)
        assert "bring the disk or the folder back" in news.faults[0]
        assert not path.parent.exists()
        assert await kept_numbers(store) == numbers  # one of them from memory
        away.rename(path.parent)
        await news.until(StoreRecovered)
        assert await store.durable(numbers[1]) == Success(None)
    assert len(news.told) == 2
    await assert_kept(path, numbers)


async def test_no_file_is_made_where_a_disk_was_mounted(path: Path, other_disk: Path) -> None:
    news = News()
    away = path.parent.with_name("away")
    async with running(SqliteEventStore(path), news) as store:
        if os.stat(path).st_dev == os.stat(other_disk).st_dev:
            pytest.skip("there is only one file system")
        put(store)
        path.parent.rename(away)
        path.parent.symlink_to(other_disk)  # the empty folder below the disk shows
        assert isinstance(await store.durable(put(store)), Failure)
        assert names_in(other_disk) == []
        path.parent.unlink()
        away.rename(path.parent)
        await news.until(StoreRecovered)
    await assert_kept(path, [1, 2])


@pytest.mark.parametrize(
    "ends",
    [("",), ("-wal",), ("", "-wal"), ("", "-wal", "-shm", ".lock")],
    ids=lambda ends: " ".join(ends) or "the file",
)
async def test_a_file_that_was_removed_is_made_again_with_all_events(
    path: Path, ends: tuple[str, ...]
) -> None:
    news = News()
    async with running(SqliteEventStore(path), news) as store:
        epoch = store.content().epoch
        numbers = [put(store) for _ in range(500)]
        await store.durable(numbers[-1])
        remove(path, *ends)
        numbers.append(put(store))
        assert await store.durable(numbers[-1]) == Success(None)
        numbers.append(put(store))
        assert await store.durable(numbers[-1]) == Success(None)
        assert await kept_numbers(store) == numbers
        assert store.content().pending == 502
        assert isinstance(await SqliteEventStore(path).open(), Failure)  # it is still ours
    (problem,) = news.problems
    assert "was removed" in problem
    assert names_in(path.parent) == ["events.db", "events.db.lock"]
    async with running(SqliteEventStore(path)) as store:
        assert store.content().epoch == epoch
        assert await kept_numbers(store) == numbers


async def test_what_took_the_place_of_the_file_is_kept(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    async with running(SqliteEventStore(other)) as of_another:
        epoch = of_another.content().epoch
        put(of_another)
    news = News()
    async with running(SqliteEventStore(path), news) as store:
        numbers = [put(store) for _ in range(3)]
        await store.durable(numbers[-1])
        other.replace(path)
        numbers.append(put(store))
        assert await store.durable(numbers[-1]) == Success(None)
    (problem,) = news.problems
    (replaced,) = (file for file in path.parent.iterdir() if "replaced" in file.name)
    assert str(replaced) in problem
    await assert_kept(path, numbers)
    async with running(SqliteEventStore(replaced)) as of_another:
        assert of_another.content().epoch == epoch


async def test_a_store_that_comes_back_on_another_device_is_used_again(path: Path) -> None:
    """As when a disk is unplugged, so that nothing can be read, and plugged in again."""
    news = News()
    async with running(SqliteEventStore(path), news) as store:
        numbers = [put(store) for _ in range(8000)]
        await store.durable(numbers[-1])
        with open(path, "r+b") as unplugged, open(log_of(path), "r+b") as log:  # noqa: ASYNC230
            replace_by_copy(path)
            for file in (unplugged, log):
                file.write(b"\xa5" * 8_000_000)
                file.flush()
        numbers.append(put(store))
        assert await store.durable(numbers[-1]) == Success(None)
        assert await kept_numbers(store) == numbers
    assert news.problems == []
    await assert_kept(path, numbers)


async def test_a_disk_that_could_not_even_be_opened_is_used_again(path: Path) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_READ"
    disk, news = Disk(), News()
    async with running(FaultyEventStore(path, disk), news) as store:
        numbers = [put(store), put(store)]
        await store.durable(numbers[-1])
        disk.fault, disk.is_unplugged = error, True
        numbers.append(put(store))
        assert isinstance(await store.durable(numbers[-1]), Failure)
        assert isinstance(await store.durable(numbers[-1]), Failure)  # not opened again
        assert isinstance(await store.read(numbers), Failure)
        store.clear(numbers[0])
        replace_by_copy(path)
        disk.fault, disk.is_unplugged = None, False
        await news.until(StoreRecovered)
        assert await kept_numbers(store) == numbers[1:]
        assert store.content().pending == 2
    await assert_kept(path, numbers[1:])


async def test_another_process_that_took_the_place_is_left_alone(path: Path) -> None:
    news = News()
    async with running(SqliteEventStore(path), news) as store:
        await store.durable(put(store))
        remove(path, "", "-wal", "-shm", ".lock")
        with sole_writer(path.with_name("events.db.lock"), path):
            assert isinstance(await store.durable(put(store)), Failure)
            assert "in use by process" in news.faults[0]
            assert names_in(path.parent) == ["events.db.lock"]
        await news.until(StoreRecovered)
    await assert_kept(path, [1, 2])


async def test_what_never_comes_back_is_told_at_the_end(path: Path) -> None:
    store = SqliteEventStore(path)
    async with running(store):
        await store.durable(put(store))
        path.parent.rename(path.parent.with_name("away"))
        lost = put(store)
        match await store.close():
            case Failure(StoreFailed(detail)):
                assert f"events {lost} to {lost} were not stored" in detail
            case other:
                raise AssertionError(other)
