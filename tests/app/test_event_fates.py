"""`EventFates`: what is known of an event, and how long."""

import asyncio

import pytest

from gwproactor.adapters.memory import MemoryEventStore
from gwproactor.app.event_fates import HALF, NOT_STORED, EventFates
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.event_log import Fate
from gwproactor.ports.event_store import StoreFailed
from gwproactor.testing.virtual_time import in_virtual_time

Asked = asyncio.Task[Outcome[Fate, StoreFailed]]


class Bench:
    """Fates beside a store whose disk hangs."""

    def __init__(self) -> None:
        self.store = MemoryEventStore()
        self.fates = EventFates(self.store)

    async def open(self) -> None:
        await self.store.open()
        self.store.hold()

    def accept(self, message_id: str) -> int:
        number = self.store.put(message_id, "t", b"{}").unwrap().number
        self.fates.accepted(message_id, number)
        return number

    async def ask(self, message_id: str) -> Asked:
        """Somebody who waits by now, unless the answer is known."""
        asked = asyncio.create_task(self.fates.durable(message_id))
        await settled()
        return asked


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def opened() -> Bench:
    bench = Bench()
    await bench.open()
    return bench


@in_virtual_time
async def test_a_commit_an_ack_and_a_drop_are_told_apart() -> None:
    bench = await opened()
    numbers = {name: bench.accept(name) for name in ("stored", "acked", "dropped")}
    asked = {name: await bench.ask(name) for name in numbers}
    bench.fates.settle(numbers["acked"], "acked", Fate.DELIVERED)
    bench.fates.settle(numbers["dropped"], "dropped", Fate.DROPPED)
    await settled()
    assert not asked["stored"].done(), "the disk hangs"
    bench.store.release()
    expected = {"stored": Fate.DURABLE, "acked": Fate.DELIVERED, "dropped": Fate.DROPPED}
    for name, fate in expected.items():
        assert await asked[name] == await bench.fates.durable(name) == Success(fate)


@in_virtual_time
async def test_an_event_does_not_wait_for_later_ones() -> None:
    bench = await opened()
    bench.accept("first")
    bench.store.release()
    await bench.store.durable(1)
    bench.store.hold()
    bench.accept("second")
    assert await bench.fates.durable("first") == Success(Fate.DURABLE)
    asked = await bench.ask("second")
    assert not asked.done()
    asked.cancel()


@in_virtual_time
async def test_an_event_that_was_durable_may_be_delivered_or_dropped_later() -> None:
    bench = await opened()
    bench.store.release()
    number = bench.accept("id")
    assert await bench.fates.durable("id") == Success(Fate.DURABLE)
    bench.fates.settle(number, "id", Fate.DROPPED)
    assert await bench.fates.durable("id") == Success(Fate.DROPPED)


@in_virtual_time
async def test_of_an_id_that_was_used_again_the_last_event_is_meant() -> None:
    bench = await opened()
    first = bench.accept("id")
    early = await bench.ask("id")
    second = bench.accept("id")
    late = await bench.ask("id")
    bench.fates.settle(first, "id", Fate.DROPPED)
    assert await early == Success(Fate.DROPPED)
    await settled()
    assert not late.done()
    bench.fates.settle(second, "id", Fate.DELIVERED)
    assert await late == Success(Fate.DELIVERED)
    bench.fates.settle(first, "id", Fate.DROPPED)
    assert await bench.fates.durable("id") == Success(Fate.DELIVERED)


@in_virtual_time
async def test_what_becomes_of_another_nodes_event_of_the_same_id_does_not_matter() -> None:
    bench = await opened()
    number = bench.accept("id")
    bench.fates.settle(number + 1, "id", Fate.DELIVERED)
    asked = await bench.ask("id")
    assert not asked.done()
    asked.cancel()


@in_virtual_time
async def test_a_failing_disk_is_an_answer_and_one_may_ask_again() -> None:
    bench = await opened()
    bench.store.fail_with("no disk")
    bench.store.release()
    number = bench.accept("id")
    assert await bench.fates.durable("id") == Failure(StoreFailed("no disk"))
    assert await bench.fates.durable("id") == Failure(StoreFailed("no disk"))
    bench.fates.settle(number, "id", Fate.DELIVERED)
    assert await bench.fates.durable("id") == Success(Fate.DELIVERED)


@in_virtual_time
async def test_who_gives_up_waiting_keeps_nobody_else_from_it() -> None:
    bench = await opened()
    number = bench.accept("id")
    impatient, patient = await bench.ask("id"), await bench.ask("id")
    impatient.cancel()
    await settled()
    assert impatient.cancelled()
    bench.fates.settle(number, "id", Fate.DELIVERED)
    assert await patient == Success(Fate.DELIVERED)


@pytest.mark.parametrize("end", ["given up", "settled", "stored"])
@in_virtual_time
async def test_who_has_waited_leaves_nothing_behind(end: str) -> None:
    bench = await opened()
    number = bench.accept("id")
    asked = await bench.ask("id")
    match end:
        case "given up":
            asked.cancel()
        case "settled":
            bench.fates.settle(number, "id", Fate.DELIVERED)
        case _:
            bench.store.release()
    await settled()
    assert asked.done()
    assert bench.fates._waiting == {}
    assert asyncio.all_tasks() == {asyncio.current_task()}


@in_virtual_time
async def test_a_bounded_number_is_remembered_and_older_ones_are_durable_when_all_are() -> None:
    bench = await opened()
    fates = bench.fates
    for number in range(1, 10 * HALF + 1):
        fates.accepted(f"id-{number}", number)
    fates.settle(9 * HALF, f"id-{9 * HALF}", Fate.DROPPED)
    assert await fates.durable(f"id-{9 * HALF}") == Success(Fate.DROPPED)
    fates.settle(1, "id-1", Fate.DROPPED)
    assert len(fates._newer) + len(fates._older) <= 2 * HALF

    bench.store.put("id", "t", b"{}").unwrap()
    asked = await bench.ask("id-1")
    assert not asked.done(), "something is not durable"
    bench.store.release()
    assert await asked == Success(Fate.DURABLE)


@in_virtual_time
async def test_at_the_end_all_are_answered_and_what_only_memory_has_is_counted() -> None:
    bench = await opened()
    bench.store.release()
    bench.accept("stored")
    assert await bench.fates.durable("stored") == Success(Fate.DURABLE)
    bench.store.hold()
    delivered = bench.accept("delivered")
    lost = [bench.accept("lost"), bench.accept("lost too")]
    asked = [await bench.ask(name) for name in ("lost", "lost too", "long forgotten")]
    bench.fates.settle(delivered, "delivered", Fate.DELIVERED)
    closing = asyncio.create_task(bench.store.close())
    await settled()
    assert await bench.fates.end() == len(lost)
    for answer in await asyncio.gather(*asked):
        assert answer == Failure(NOT_STORED)
    assert isinstance(await bench.fates.durable("lost"), Failure)
    assert isinstance(await bench.fates.durable("long forgotten"), Failure)
    assert await bench.fates.durable("delivered") == Success(Fate.DELIVERED)
    bench.store.release()
    await closing


@in_virtual_time
async def test_who_waits_for_all_events_is_not_answered_by_the_fate_of_the_last() -> None:
    bench = await opened()
    number = bench.accept("last")
    asked = await bench.ask("long forgotten")
    bench.fates.settle(number, "last", Fate.DROPPED)
    await settled()
    assert not asked.done()
    bench.store.release()
    assert await asked == Success(Fate.DURABLE)


@in_virtual_time
async def test_what_the_store_wrote_as_it_closed_is_durable_for_those_who_waited() -> None:
    bench = await opened()
    bench.accept("id")
    asked = await bench.ask("id")
    bench.store.release()
    await bench.store.close()
    await bench.fates.end()
    assert await asked == Success(Fate.DURABLE)
