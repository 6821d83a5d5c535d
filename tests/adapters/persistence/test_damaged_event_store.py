"""`SqliteEventStore` on a damaged file: that is kept, and what can be read of it goes on."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typing_extensions import override

from gwproactor.adapters.persistence import SqliteEventStore
from gwproactor.adapters.persistence.sqlite.event_database import MEND_EVERY_S, EventDatabase
from gwproactor.adapters.persistence.sqlite.event_file import EventFile
from gwproactor.adapters.persistence.sqlite.file_place import log_of
from gwproactor.adapters.persistence.sqlite.salvage import replacement_of
from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.event_sink import ReceivedEvent
from gwproactor.ports.event_store import AlreadySeen, Quarantined, StoreFailed
from tests.support.damaged_files import PAGE, kept_aside
from tests.support.faulty_database import Disk, FaultyEventStore
from tests.support.stores import News, kept, kept_numbers, put, running, taken

# SQLite keeps 2 MB, and does not see what others do to those pages.
MORE_THAN_CACHED = 8000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


class OftenMended(SqliteEventStore):
    @override
    def _medium(self) -> EventFile:
        return EventFile(EventDatabase(self._database(), mend_every_s=0.0))


async def fill(path: Path, count: int) -> str:
    """Put events 1 to *count*; the epoch."""
    async with running(SqliteEventStore(path)) as store:
        for _ in range(count):
            put(store)
        await store.durable(count)
        return store.content().epoch


def overwrite(path: Path, page: int, pages: int) -> bytes:
    """The whole content as it is then."""
    with path.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(b"\xa5" * PAGE * pages)
    return path.read_bytes()


def read(path: Path) -> bytes:
    return path.read_bytes()


def write(path: Path, content: bytes | None) -> None:
    """None: there is no such file."""
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)


def says_unclean(path: Path) -> None:
    """As after a crash."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE store SET is_clean = 0")
        connection.commit()


@pytest.mark.parametrize("is_found_at_open", [True, False])
async def test_what_can_be_read_of_a_damaged_file_goes_on(
    path: Path, *, is_found_at_open: bool
) -> None:
    epoch = await fill(path, MORE_THAN_CACHED)
    damaged = overwrite(path, 50, 100) if is_found_at_open else b""
    news = News()
    async with running(SqliteEventStore(path), news) as store:
        assert len(news.problems) == is_found_at_open
        if not is_found_at_open:
            damaged = overwrite(path, 50, 100)
        numbers = await kept_numbers(store)
        content = store.content()
        assert content.epoch == epoch
        assert (content.pending, content.pending_bytes) == (len(numbers), len(numbers) * 500)
        assert put(store) > MORE_THAN_CACHED
        assert await store.durable(10**9) == Success(None)
    # Seven events lie on a page; each page that is whole gave all of its own.
    assert 100 * 6 <= MORE_THAN_CACHED - len(numbers) <= 100 * 8
    assert numbers[0] == 1
    assert numbers[-1] == MORE_THAN_CACHED
    (copy,) = kept_aside(path)
    assert copy.read_bytes()[50 * PAGE : 150 * PAGE] == damaged[50 * PAGE : 150 * PAGE]
    (problem,) = news.problems
    assert str(copy) in problem
    assert f"{len(numbers)} events" in problem
    async with running(SqliteEventStore(path), news) as store:  # a file like any other
        assert (await kept_numbers(store))[:-1] == numbers
    assert kept_aside(path) == [copy]


async def test_only_after_a_crash_a_file_is_checked_before_it_is_used(path: Path) -> None:
    for is_crashed in (False, True):
        await fill(path, 10)
        if is_crashed:
            says_unclean(path)
        disk = Disk()
        async with running(FaultyEventStore(path, disk)):
            assert disk.count("PRAGMA quick_check") == is_crashed


async def test_a_killed_stores_file_is_read_through(path: Path, tmp_path: Path) -> None:
    async with running(SqliteEventStore(path)) as store:
        await store.durable(put(store))
        copy = tmp_path / "copy" / "events.db"
        copy.parent.mkdir()
        for file in (path, log_of(path)):  # what a kill leaves
            shutil.copy(file, copy.parent / file.name)
    news = News()
    async with running(SqliteEventStore(copy), news) as store:
        assert await kept_numbers(store) == [1]
    assert news.told == []
    says_unclean(copy)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA writable_schema = 1")
        connection.execute("UPDATE sqlite_master SET rootpage = 99 WHERE name = 'event'")
        connection.commit()
    async with running(SqliteEventStore(copy), news) as store:
        assert len(news.problems) == 1


async def test_damage_that_a_commit_finds_loses_nothing_new(path: Path) -> None:
    await fill(path, MORE_THAN_CACHED)
    news = News()
    async with running(SqliteEventStore(path), news) as store:
        overwrite(path, 5, 20)
        for number in range(1, 300):
            store.clear(number)
        number = put(store)
        assert await store.durable(number) == Success(None)
        assert len(kept_aside(path)) == 1
        numbers = await kept_numbers(store)
        assert number in numbers
        assert min(numbers) >= 300
        assert store.content().pending == len(numbers)
        assert news.faults == []


async def test_quarantine_and_names_of_taken_events_are_salvaged(path: Path) -> None:
    event = ReceivedEvent("child", "a", "type", b"{}")
    async with running(SqliteEventStore(path)) as store:
        first = (await taken(store, event)).unwrap()
        numbers = [put(store) for _ in range(1000)]
        for number in (numbers[0], numbers[-1]):
            store.quarantine(Quarantined(number, "type", "on purpose", 1))
    says_unclean(path)
    overwrite(path, 20, 20)
    async with running(SqliteEventStore(path)) as store:
        assert (await kept(store))[0] == first
        assert await taken(store, event) == Success(AlreadySeen())
        assert store.content().quarantined == 2
        left = len(await kept(store))
        assert 700 < left < 1000
        assert store.content().pending == left


async def test_a_text_that_is_none_any_more_costs_one_event(path: Path) -> None:
    await fill(path, 10)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE event SET message_id = CAST(X'ff' AS TEXT) WHERE number = 5")
        connection.commit()
    news = News()
    async with running(SqliteEventStore(path), news) as store:
        assert await kept_numbers(store) == [1, 2, 3, 4, 6, 7, 8, 9, 10]
        assert store.content().pending == 9
    assert len(news.problems) == 1


@pytest.mark.parametrize("junk", [b"\xa5" * PAGE, bytes(PAGE), b"SQLite format 3\0".ljust(PAGE)])
async def test_events_are_salvaged_without_the_page_that_says_where_they_are(
    path: Path, junk: bytes
) -> None:
    event = ReceivedEvent("child", "a", "type", b"{}")
    async with running(SqliteEventStore(path)) as store:
        await taken(store, event)
        numbers = [put(store) for _ in range(1000)]
        store.quarantine(Quarantined(numbers[0], "type", "on purpose", 1))
        store.clear(numbers[1])
        epoch, expected = store.content().epoch, await kept(store)
    content = junk + read(path)[PAGE:]
    write(path, content)
    async with running(SqliteEventStore(path)) as store:
        assert store.content().epoch == epoch
        assert await kept(store) == expected
        assert put(store) > numbers[-1]
    (copy,) = kept_aside(path)
    assert read(copy) == content
    assert [file.name for file in path.parent.iterdir() if file.name.endswith(".copy")] == []


@pytest.mark.parametrize("content", [b"this is no database " * 1000, b"\0" * 50_000])
async def test_a_file_that_is_no_database_is_kept_and_a_new_store_made(
    path: Path, content: bytes
) -> None:
    write(path, content)
    news = News()
    async with running(SqliteEventStore(path), news) as store:
        assert put(store) == 1
    (copy,) = kept_aside(path)
    assert copy.read_bytes() == content
    assert "0 events could be read" in news.problems[0]


async def test_a_log_whose_file_went_is_kept(path: Path) -> None:
    await fill(path, 10)
    log = b"what was committed last" * 100
    for is_there in (True, False):
        write(path, b"" if is_there else None)
        write(log_of(path), log)
        async with running(SqliteEventStore(path)) as store:
            put(store)
    assert [file.read_bytes() for file in kept_aside(path, "-wal")] == [log] * 2


async def test_a_damaged_file_of_the_first_schema_is_salvaged(path: Path) -> None:
    with closing(sqlite3.connect(path)) as old:
        old.executescript(
            "CREATE TABLE event (number INTEGER PRIMARY KEY, message_id, type_name, payload BLOB);"
            "CREATE TABLE store (epoch TEXT NOT NULL, number_bound INTEGER NOT NULL);"
            "INSERT INTO store VALUES ('of old', 20000);"
            f"PRAGMA application_id = {0x67775045}; PRAGMA user_version = 1;"
        )
        row = ("id", "type", b"x" * 500)
        old.executemany("INSERT INTO event VALUES (?, ?, ?, ?)", [(n, *row) for n in range(500)])
        old.commit()
    overwrite(path, 20, 20)
    async with running(SqliteEventStore(path)) as store:
        assert store.content().epoch == "of old"
        assert 300 < len(await kept(store)) < 500
        assert put(store) > 20_000


async def test_a_damaged_file_that_cannot_be_moved_fails_by_name_and_stays(path: Path) -> None:
    await fill(path, 500)
    says_unclean(path)
    damaged = overwrite(path, 10, 40)
    replacement_of(path).mkdir()  # so that no new file can be made
    store = SqliteEventStore(path)
    match await store.open():
        case Failure(StoreFailed(detail)):
            assert str(path) in detail
        case other:
            raise AssertionError(other)
    assert read(path) == damaged
    replacement_of(path).rmdir()
    async with running(store):
        assert len(kept_aside(path)) == 1


async def test_a_file_that_is_damaged_again_at_once_is_not_mended_without_end(path: Path) -> None:
    await fill(path, 2 * MORE_THAN_CACHED)
    news = News()
    async with running(SqliteEventStore(path), news) as store:
        overwrite(path, 20, 50)
        assert len(await kept(store)) > MORE_THAN_CACHED
        overwrite(path, 200, 50)
        match await store.read_after(0, count=10**9, bytes_max=10**9):
            case Failure(StoreFailed(detail)):
                assert "less than a minute ago" in detail
            case other:
                raise AssertionError(other)
    assert MEND_EVERY_S >= 10
    assert len(kept_aside(path)) == 1


async def test_what_could_not_be_mended_is_tried_again(path: Path) -> None:
    await fill(path, MORE_THAN_CACHED)
    async with running(OftenMended(path)) as store:
        replacement_of(path).mkdir()
        overwrite(path, 20, 50)
        read = await store.read_after(0, count=10**9, bytes_max=10**9)
        assert isinstance(read, Failure)
        number = put(store)
        assert await store.durable(number) == Success(None)  # on a page that is sound
        replacement_of(path).rmdir()
        numbers = await kept_numbers(store)
        assert number in numbers
        assert len(numbers) > MORE_THAN_CACHED - 50 * 8
        assert store.content().pending == len(numbers)
    assert len(kept_aside(path)) == 1


async def test_a_crash_while_it_is_mended_leaves_one_whole_file(path: Path) -> None:
    epoch = await fill(path, 100)
    new = replacement_of(path)
    write(new, read(path)[:-PAGE])  # not complete, while the old one is in its place
    async with running(SqliteEventStore(path)) as store:
        assert len(await kept(store)) == 100
        assert not new.exists()
    shutil.move(path, new)  # complete, because the old one was moved away
    write(log_of(path), b"of the old one")
    async with running(SqliteEventStore(path)) as store:
        assert store.content().epoch == epoch
        assert len(await kept(store)) == 100
    assert [file.read_bytes() for file in kept_aside(path, "-wal")] == [b"of the old one"]
