"""`SqliteEventStore` that waits a while before it commits, for others to share the commit."""

import asyncio
from pathlib import Path

import pytest

from gwproactor.adapters.persistence import SqliteEventStore
from gwproactor.adapters.persistence.sqlite.event_file import BATCH_BYTES, BATCH_EVENTS
from gwproactor.domain.outcome import Success
from gwproactor.ports.event_sink import ReceivedEvent
from tests.support.faulty_database import Disk, FaultyEventStore
from tests.support.stores import kept_numbers, put, running, taken

# Longer than any test may take.
FOR_EVER_MS = 3_600_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


async def test_those_that_come_meanwhile_share_one_commit(path: Path) -> None:
    disk = Disk()
    async with running(FaultyEventStore(path, disk, linger_ms=300)) as store:
        before = disk.count("COMMIT")
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        numbers = []
        for _ in range(5):
            numbers.append(put(store))
            assert await kept_numbers(store) == numbers  # the thread has seen it
        assert disk.count("COMMIT") == before
        assert await store.durable(numbers[0]) == Success(None)
        assert loop.time() - began_s >= 0.29
        assert disk.count("COMMIT") == before + 1
        assert await store.durable(numbers[-1]) == Success(None)
        assert disk.count("COMMIT") == before + 1


async def test_without_linger_nothing_waits(path: Path) -> None:
    disk = Disk()
    async with running(FaultyEventStore(path, disk)) as store:
        before = disk.count("COMMIT")
        put(store)
        await kept_numbers(store)
        await kept_numbers(store)
        assert disk.count("COMMIT") == before + 1


async def test_an_event_cleared_while_it_lingers_never_touches_the_disk(path: Path) -> None:
    disk = Disk()
    async with running(FaultyEventStore(path, disk, linger_ms=FOR_EVER_MS)) as store:
        before = disk.count("BEGIN")
        number = store.put("of no interest", "type", b"{}").unwrap().number
        waiting = asyncio.ensure_future(store.durable(number))
        await kept_numbers(store)
        assert not waiting.done()
        store.clear(number)
        assert await waiting == Success(None)
        assert disk.count("BEGIN") == before
    assert not any("of no interest" in statement for statement in disk.statements)


async def test_a_full_batch_does_not_linger(path: Path) -> None:
    async with running(SqliteEventStore(path, linger_ms=FOR_EVER_MS)) as store:
        for _ in range(BATCH_EVENTS - 1):
            put(store)
        await kept_numbers(store)
        assert await store.durable(put(store)) == Success(None)
        assert await store.durable(put(store, BATCH_BYTES)) == Success(None)


async def test_close_does_not_linger(path: Path) -> None:
    event = ReceivedEvent("child", "a", "type", b"{}")
    async with running(SqliteEventStore(path, linger_ms=FOR_EVER_MS)) as store:
        number = put(store)
        take = asyncio.ensure_future(taken(store, event))
        await asyncio.sleep(0)
    assert isinstance(await take, Success)
    async with running(SqliteEventStore(path)) as store:
        assert await kept_numbers(store) == [number, number + 1]


async def test_clears_and_quarantine_do_not_wait_for_ever(path: Path) -> None:
    disk = Disk()
    async with running(FaultyEventStore(path, disk, linger_ms=20)) as store:
        number = put(store)
        await store.durable(number)
        store.clear(number)
        while disk.count("DELETE") == 0:  # noqa: ASYNC110 a thread counts, and tells nobody
            await asyncio.sleep(0.01)


async def test_what_is_taken_lingers_too(path: Path) -> None:
    disk = Disk()
    async with running(FaultyEventStore(path, disk, linger_ms=50)) as store:
        before = disk.count("COMMIT")
        events = [ReceivedEvent("child", f"{n}", "type", b"{}") for n in range(10)]
        answers = await asyncio.gather(*(taken(store, event) for event in events))
        assert all(isinstance(answer, Success) for answer in answers)
        assert disk.count("COMMIT") == before + 1
