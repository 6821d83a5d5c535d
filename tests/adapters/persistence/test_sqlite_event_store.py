"""`SqliteEventStore` on its own file: kills, locks, failing disks, many events."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from gwproactor.adapters.persistence import SqliteEventStore
from gwproactor.adapters.persistence.sqlite.event_file import CLEARS_PUT_OFF_MAX, NUMBERS_IN_BLOCK
from gwproactor.adapters.persistence.sqlite.event_schema import COLUMNS
from gwproactor.adapters.persistence.threaded_event_store import UNSTORED_BYTES_MAX
from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.event_store import StoredEvent, StoreFailed
from tests.support.child_process import child, lines_until_killed
from tests.support.faulty_database import Disk, FaultyEventStore, locked

DISK_FULL = sqlite3.OperationalError("database or disk is full")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


async def opened(store: SqliteEventStore) -> SqliteEventStore:
    (await store.open()).unwrap()
    return store


def put(store: SqliteEventStore, size: int = 500) -> int:
    return store.put("id", "type", b"x" * size).unwrap().number


async def kept(store: SqliteEventStore) -> list[StoredEvent]:
    return list((await store.read_after(0, count=100_000, bytes_max=10**9)).unwrap())


async def kept_numbers(store: SqliteEventStore) -> list[int]:
    return [event.sequence.number for event in await kept(store)]


@pytest.mark.parametrize("count", [1, 2, 100, 1000])
async def test_a_kill_loses_nothing_durable_and_repeats_no_number(path: Path, count: int) -> None:
    numbers: list[int] = []
    must_be_there: set[int] = set()
    for _ in range(3):
        lines = lines_until_killed("put_until_killed", path, count=count)
        accepted = [int(line.split()[1]) for line in lines if line.startswith("accepted")]
        durable = [int(line.split()[1]) for line in lines if line.startswith("durable")]
        numbers += accepted
        # The child clears the events that it found durable, and no others.
        must_be_there |= {n for n in accepted if n < max(durable, default=0)} - {*durable}
    assert numbers == sorted(set(numbers))
    store = await opened(SqliteEventStore(path))
    try:
        assert must_be_there <= set(await kept_numbers(store))
        assert put(store) > max(numbers, default=0)
    finally:
        await store.close()


async def test_another_process_that_writes_is_named(path: Path) -> None:
    with child("put_until_killed", path) as (process, output):
        assert output.readline() == "open\n"
        store = SqliteEventStore(path)
        match await store.open():
            case Failure(StoreFailed(detail)):
                assert str(path) in detail
                assert f"in use by process {process.pid}" in detail
            case other:
                raise AssertionError(other)
    await (await opened(store)).close()  # a killed process holds nothing


async def test_two_stores_never_write_one_file(path: Path, tmp_path: Path) -> None:
    other_name = tmp_path / "other name"
    other_name.symlink_to(path)
    first = await opened(SqliteEventStore(path))
    for second in (SqliteEventStore(path), SqliteEventStore(other_name)):
        assert isinstance(await second.open(), Failure)
        assert isinstance(second.put("id", "type", b"{}"), Failure)
        assert await second.close() == Success(None)
    put(first)
    await first.close()
    await (await opened(SqliteEventStore(other_name))).close()


async def test_two_new_stores_have_different_epochs(tmp_path: Path) -> None:
    epochs = []
    for name in ("a", "b"):
        store = await opened(SqliteEventStore(tmp_path / name))
        epochs.append(store.content().epoch)
        await store.close()
    assert epochs[0] != epochs[1]


async def test_no_thread_is_left_by_a_store_that_closed_or_did_not_open(tmp_path: Path) -> None:
    before = threading.enumerate()
    store = await opened(SqliteEventStore(tmp_path / "events.db"))
    assert len(threading.enumerate()) == len(before) + 1
    await store.close()
    assert threading.enumerate() == before
    await SqliteEventStore(tmp_path).open()
    assert threading.enumerate() == before


async def test_opening_may_be_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.write_text("in the way")
    store = SqliteEventStore(folder / "events.db")
    assert isinstance(await store.open(), Failure)
    folder.unlink()
    (await store.open()).unwrap()
    put(store)
    assert await store.close() == Success(None)


async def test_closing_while_it_opens_ends_both(path: Path) -> None:
    store = SqliteEventStore(path)
    opening = asyncio.ensure_future(store.open())
    await asyncio.sleep(0)
    assert await store.close() == Success(None)
    await opening
    assert isinstance(store.put("id", "type", b"{}"), Failure)
    assert await store.close() == Success(None)


async def test_the_loop_goes_on_while_a_commit_hangs(path: Path) -> None:
    store = await opened(SqliteEventStore(path))
    loop = asyncio.get_running_loop()
    with locked(path):
        number = put(store)
        waiting = asyncio.ensure_future(store.durable(number))
        slowest_s = 0.0
        for _ in range(200):
            began_s = loop.time()
            put(store)
            await asyncio.sleep(0.001)
            slowest_s = max(slowest_s, loop.time() - began_s)
        assert not waiting.done()
        assert slowest_s < 2  # a commit that hangs gives up after 5 s
    assert await waiting == Success(None)
    assert await store.close() == Success(None)


async def test_while_it_closes_on_a_disk_that_hangs_nobody_waits_to_know(path: Path) -> None:
    store = await opened(SqliteEventStore(path))
    with locked(path):
        number = put(store)
        closing = asyncio.ensure_future(store.close())
        await asyncio.sleep(0)
        assert isinstance(await store.durable(number), Failure)
        assert not closing.done()
    assert await closing == Success(None)
    assert await store.durable(number) == Success(None)


async def test_too_many_events_for_a_hanging_disk_are_refused_and_none_is_lost(path: Path) -> None:
    store = await opened(SqliteEventStore(path))
    with locked(path):
        accepted = []
        while isinstance(answer := store.put("id", "type", b"{}"), Success):
            accepted.append(answer.unwrap().number)
    assert NUMBERS_IN_BLOCK <= len(accepted) <= 2 * NUMBERS_IN_BLOCK
    assert isinstance(answer.failure(), StoreFailed)
    assert await store.durable(accepted[-1]) == Success(None)
    assert put(store) == accepted[-1] + 1
    assert await store.close() == Success(None)
    again = await opened(store)
    assert await kept_numbers(again) == [*accepted, accepted[-1] + 1]
    await again.close()


async def test_too_many_bytes_for_a_hanging_disk_are_refused_too(path: Path) -> None:
    store = await opened(SqliteEventStore(path))
    megabyte = 1024 * 1024
    with locked(path):
        accepted = 0
        while isinstance(store.put("id", "type", b"x" * megabyte), Success):
            accepted += 1
        assert accepted == UNSTORED_BYTES_MAX // megabyte
    await store.durable(10**9)
    put(store, megabyte)
    await store.close()


async def test_a_failed_commit_is_told_to_those_who_wait_and_tried_again(path: Path) -> None:
    disk = Disk()
    store = await opened(FaultyEventStore(path, disk))
    disk.fault = DISK_FULL
    numbers = [put(store) for _ in range(3)]
    match await store.durable(numbers[-1]):
        case Failure(StoreFailed(detail)):
            assert str(path) in detail
            assert "disk is full" in detail
        case other:
            raise AssertionError(other)
    assert await kept_numbers(store) == numbers  # from memory
    store.clear(numbers[1])
    disk.fault = None
    assert await store.durable(numbers[-1]) == Success(None)  # nothing else was asked for
    assert await store.close() == Success(None)
    again = await opened(store)
    assert await kept_numbers(again) == [numbers[0], numbers[2]]
    await again.close()


async def test_close_tells_what_could_not_be_stored(path: Path) -> None:
    disk = Disk()
    store = await opened(FaultyEventStore(path, disk))
    safe = put(store)
    await store.durable(safe)
    disk.fault = DISK_FULL
    lost = [put(store), put(store)]
    waiting = asyncio.ensure_future(store.durable(lost[-1]))
    match await store.close():
        case Failure(StoreFailed(detail)):
            assert f"events {lost[0]} to {lost[1]} were not stored" in detail
        case other:
            raise AssertionError(other)
    assert isinstance(await waiting, Failure)
    assert isinstance(await store.close(), Failure)


async def test_a_full_disk_takes_events_again_once_others_are_cleared(path: Path) -> None:
    store = await opened(FaultyEventStore(path, Disk(pages_max=20)))
    durable = []
    while await store.durable(put(store, 2000)) == Success(None):
        durable.append(store.content().pending)
    pending = await kept_numbers(store)
    assert len(pending) == len(durable) + 1
    for number in pending[:5]:
        store.clear(number)
    assert await store.durable(pending[-1]) == Success(None)
    assert await store.close() == Success(None)
    again = await opened(SqliteEventStore(path))
    assert await kept_numbers(again) == pending[5:]
    await again.close()


async def test_an_event_cleared_before_its_commit_never_touches_the_disk(path: Path) -> None:
    disk = Disk()
    store = await opened(FaultyEventStore(path, disk))
    begun = disk.count("BEGIN")
    with locked(path):
        first = put(store)
        while disk.count("BEGIN") == begun:  # noqa: ASYNC110 a thread counts, and tells nobody
            await asyncio.sleep(0)
        second = store.put("of no interest", "type", b"{}").unwrap().number  # while the first hangs
        store.clear(second)
    assert await store.durable(second) == Success(None)
    assert await kept_numbers(store) == [first]
    assert not any("of no interest" in statement for statement in disk.statements)
    await store.close()


async def test_clears_share_the_commit_of_the_next_put(path: Path) -> None:
    disk = Disk()
    store = await opened(FaultyEventStore(path, disk))
    numbers = [put(store) for _ in range(CLEARS_PUT_OFF_MAX - 1)]
    await store.durable(numbers[-1])
    commits = disk.count("COMMIT")
    for number in numbers:
        store.clear(number)
    assert await kept(store) == []
    assert store.content().pending == 0
    assert disk.count("COMMIT") == commits
    await store.durable(put(store))
    assert disk.count("COMMIT") == commits + 1
    assert disk.count("DELETE") == len(numbers)
    await store.close()


async def test_many_clears_do_not_wait_for_a_put(path: Path) -> None:
    disk = Disk()
    store = await opened(FaultyEventStore(path, disk))
    numbers = [put(store) for _ in range(CLEARS_PUT_OFF_MAX)]
    await store.durable(numbers[-1])
    for number in numbers:
        store.clear(number)
    await kept(store)
    assert disk.count("DELETE") == len(numbers)
    await store.close()


async def test_many_pending_events_are_found_again_in_order(path: Path) -> None:
    store = await opened(SqliteEventStore(path))
    numbers: list[int] = []
    for _ in range(5):  # more than the numbers that were reserved at first
        numbers += [put(store, 100) for _ in range(5000)]
        await store.durable(numbers[-1])
    await store.close()
    content = (await store.open()).unwrap()
    assert (content.pending, content.pending_bytes) == (25_000, 2_500_000)
    found: list[int] = []
    while page := (
        await store.read_after(found[-1] if found else 0, count=500, bytes_max=10**9)
    ).unwrap():
        found += [event.sequence.number for event in page]
    assert found == numbers
    assert put(store) > numbers[-1]
    await store.close()


async def test_a_store_that_ran_out_of_numbers_goes_on_when_the_disk_does(path: Path) -> None:
    disk = Disk()
    store = await opened(FaultyEventStore(path, disk))
    disk.fault = DISK_FULL
    last = 0
    while isinstance(answer := store.put("id", "type", b"{}"), Success):
        last = answer.unwrap().number
        store.clear(last)  # so that nothing is left to be written but the bound of numbers
    assert await kept(store) == []
    disk.fault = None
    while isinstance(answer := store.put("id", "type", b"{}"), Failure):  # noqa: ASYNC110 no event
        await asyncio.sleep(0.01)
    assert answer.unwrap().number == last + 1
    await store.close()


async def test_damage_found_later_fails_only_the_read(path: Path) -> None:
    store = await opened(SqliteEventStore(path))
    number = put(store)
    await store.durable(number)
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE event")
        # An overflow is no damage.
        overflow = ", ".join(f"abs({-1 << 63}) AS {name}" for name in COLUMNS.split(", "))
        other.execute(f"CREATE VIEW event AS SELECT {overflow}")
    assert isinstance(await store.read([number]), Failure)
    assert isinstance(await store.read_after(0, count=1, bytes_max=1), Failure)
    put(store)
    assert isinstance(await store.close(), Failure)
