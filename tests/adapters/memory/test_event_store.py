"""`MemoryEventStore`: what can be done to its disk."""

import asyncio

from gwproactor.adapters.memory import EventDisk, MemoryEventStore
from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.event_store import Quarantined, StoreFailed
from gwproactor.testing.virtual_time import run_in_virtual_time


def put(store: MemoryEventStore) -> int:
    return store.put("id", "type", b"{}").unwrap().number


async def test_an_accepted_event_is_on_the_disk_one_turn_later() -> None:
    store = MemoryEventStore()
    await store.open()
    number = put(store)
    assert (list(store.kept), list(store.disk.events)) == ([number], [])
    await store.durable(number)
    assert list(store.disk.events) == [number]
    await store.close()


async def test_a_power_cut_takes_what_was_not_durable_and_repeats_no_number() -> None:
    disk = EventDisk()
    store = MemoryEventStore(disk)
    await store.open()
    durable = put(store)
    await store.durable(durable)
    store.hold()
    lost = put(store)
    store.clear(durable)
    waiting = asyncio.ensure_future(store.durable(lost))
    await asyncio.sleep(0)
    store.cut_power()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()
    again = MemoryEventStore(disk)
    await again.open()
    assert list(again.kept) == [durable]
    assert put(again) > lost
    await again.close()


async def test_a_held_disk_answers_when_it_is_released() -> None:
    store = MemoryEventStore()
    await store.open()
    store.hold()
    number = put(store)
    waiting = asyncio.ensure_future(store.durable(number))
    closing = asyncio.ensure_future(store.close())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done()
    assert not closing.done()
    assert isinstance(await store.durable(number), Failure), "who asks now must not wait"
    store.release()
    assert [await waiting, await closing] == [Success(None), Success(None)]
    assert list(store.disk.events) == [number]


async def test_a_failing_disk_loses_nothing_that_was_accepted() -> None:
    store = MemoryEventStore(unstored_max=2)
    await store.open()
    store.fail_with("no room")
    numbers = [put(store), put(store)]
    failed = Failure(StoreFailed("no room"))
    assert store.put("id", "type", b"{}") == failed
    assert await store.durable(numbers[-1]) == failed
    assert await store.read(numbers) == failed
    store.recover()
    assert await store.durable(numbers[-1]) == Success(None)
    assert list(store.disk.events) == numbers
    await store.close()


async def test_a_store_whose_disk_fails_neither_opens_nor_closes_well() -> None:
    store = MemoryEventStore()
    store.fail_with("no disk")
    assert await store.open() == Failure(StoreFailed("no disk"))
    store.recover()
    await store.open()
    put(store)
    store.fail_with("no room")
    assert await store.close() == Failure(StoreFailed("no room"))


def test_it_works_in_virtual_time() -> None:
    async def main() -> list[int]:
        store = MemoryEventStore()
        await store.open()
        number = put(store)
        await asyncio.sleep(3600)
        assert await store.close() == Success(None)
        return [number]

    assert run_in_virtual_time(main) == [1]


async def test_the_quarantined_are_read_only_if_they_are_asked_for() -> None:
    store = MemoryEventStore()
    await store.open()
    numbers = [put(store) for _ in range(3)]
    store.quarantine(Quarantined(numbers[0], "type", "poison", 1))
    for with_quarantined, expected in ((False, numbers[1:]), (True, numbers)):
        found = await store.read_after(0, count=9, bytes_max=99, with_quarantined=with_quarantined)
        assert [event.sequence.number for event in found.unwrap()] == expected
    await store.close()
