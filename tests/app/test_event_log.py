"""The node's event log beside its contract: disks that hang or fail, with and without upstream."""

import asyncio

import pytest

from gwproactor import Event, Failure, StateName, Success
from gwproactor.adapters.memory import MemoryEventSink, MemoryEventStore
from gwproactor.ports.event_log import ContentTooLarge, Fate
from gwproactor.ports.event_store import StoreFailed
from gwproactor.testing.simulated_node import SimulatedNode
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family, Reading, RecorderContainer, child_settings
from tests.support.own_events import problems

MEBIBYTE = 1_048_576


class Scene:
    """A running node, with an upstream link or without, and the disk that its events go to."""

    def __init__(self, *, has_upstream: bool) -> None:
        self.family = Family()
        no_links: dict[str, object] = {} if has_upstream else {"links": {}}
        self.node: SimulatedNode[RecorderContainer] = self.family.make(child_settings(**no_links))
        self.log = self.node.container.event_log()
        self.clock = self.family.clock
        self.disk: MemoryEventStore | MemoryEventSink = (
            self.node.store if has_upstream else self.node.sink
        )

    async def start(self) -> None:
        self.node.proactor.start()
        await self.clock.sleep(10.0)

    def generate(self, value: int = 1) -> Event:
        return self.log.generate_event(Reading(value=value)).unwrap().event


@pytest.mark.parametrize("has_upstream", [True, False])
@in_virtual_time
async def test_an_event_is_durable_once_the_disk_has_it(has_upstream: bool) -> None:
    scene = Scene(has_upstream=has_upstream)
    await scene.start()
    scene.disk.hold()
    event = scene.generate()
    waiting = [asyncio.create_task(scene.log.durable(event)) for _ in range(2)]
    await scene.clock.sleep(100.0)
    assert not any(one.done() for one in waiting)

    scene.disk.release()
    assert [await one for one in waiting] == [Success(Fate.DURABLE)] * 2
    await scene.node.proactor.stop_and_join()


@pytest.mark.parametrize("has_upstream", [True, False])
@in_virtual_time
async def test_an_event_that_the_disk_could_not_take_is_not_durable(has_upstream: bool) -> None:
    scene = Scene(has_upstream=has_upstream)
    await scene.start()
    scene.disk.fail_with("no disk")
    assert await scene.log.durable(scene.generate()) == Failure(StoreFailed("no disk"))
    scene.disk.recover()
    assert await scene.log.durable(scene.generate()) == Success(Fate.DURABLE)
    await scene.node.proactor.stop_and_join()


@in_virtual_time
async def test_a_caller_that_gives_up_waiting_keeps_nobody_else_from_it() -> None:
    scene = Scene(has_upstream=False)
    await scene.start()
    scene.disk.hold()
    event = scene.generate()
    impatient = asyncio.create_task(scene.log.durable(event))
    patient = asyncio.create_task(scene.log.durable(event))
    await scene.clock.sleep(1.0)
    impatient.cancel()
    await scene.clock.sleep(1.0)
    scene.disk.release()
    assert await patient == Success(Fate.DURABLE)
    await scene.node.proactor.stop_and_join()


@in_virtual_time
async def test_an_event_that_the_peer_has_is_waited_for_no_longer() -> None:
    """However long the disk hangs, and whatever became of other events."""
    family = Family()
    await family.start()
    log = family.child.container.event_log()
    family.child.store.hold()
    family.broker.drop(lambda _, data: b'"Value":2' in data)
    events = [log.generate_event(Reading(value=value)).unwrap().event for value in (1, 2)]
    delivered, waiting = [asyncio.create_task(log.durable(event)) for event in events]
    assert await delivered == Success(Fate.DELIVERED)
    assert not waiting.done()
    family.child.store.release()
    assert await waiting == Success(Fate.DURABLE)
    await family.stop()


@in_virtual_time
async def test_a_failing_disk_is_one_problem_and_its_end_another() -> None:
    """What is accepted meanwhile waits in memory up to a bound, and is stored without a restart."""
    scene = Scene(has_upstream=True)
    await scene.start()
    scene.node.store.unstored_max = 50
    scene.node.store.fail_with("disk is full")
    accepted = []
    for value in range(100):
        outcome = scene.log.generate_event(Reading(value=value))
        if isinstance(outcome, Success):
            accepted.append(outcome.unwrap().event.message_id)
        else:
            assert outcome == Failure(StoreFailed("disk is full"))
        await scene.clock.sleep(1.0)
    assert 40 < len(accepted) <= 50
    assert scene.node.container.core().stats.events_refused >= 50

    scene.node.store.recover()
    await scene.clock.sleep(10.0)
    assert set(accepted) <= {event.message_id for event in scene.node.store.disk.events.values()}
    told = problems(scene.node, scene.family.broker)
    assert [text.partition(":")[2].strip() for text in told] == [
        "write failed: disk is full",
        "works again: the events that were accepted meanwhile are stored",
    ]
    await scene.node.proactor.stop_and_join()


@in_virtual_time
async def test_an_event_larger_than_the_whole_store_is_refused_with_the_limits_name() -> None:
    family = Family()
    sizes = {"message_bytes_max": 4 * MEBIBYTE, "event_store": {"bytes_max": MEBIBYTE}}
    node = family.make(child_settings(**sizes))
    node.proactor.start()
    await family.clock.sleep(1.0)
    match node.container.event_log().generate_event(Reading(message_id="x" * MEBIBYTE, value=1)):
        case Failure(ContentTooLarge(_, bytes_max, limit)):
            assert (bytes_max, limit) == (MEBIBYTE, "event_store.bytes_max")
        case other:
            raise AssertionError(other)
    await node.proactor.stop_and_join()


@pytest.mark.parametrize("has_upstream", [True, False])
@pytest.mark.parametrize("letter", ["e", "é", "\0"])
@in_virtual_time
async def test_an_id_counts_twice_as_it_stands_in_header_and_payload(
    letter: str, has_upstream: bool
) -> None:
    """Else a message over the limit would be sent, and refused by the peer for ever."""
    scene = Scene(has_upstream=has_upstream)
    await scene.start()
    size = len(letter.encode()) if letter != "\0" else len(r"\u0000")
    message_id = letter * (600_000 // size)
    match scene.log.generate_event(Reading(message_id=message_id, value=1)):
        case Failure(ContentTooLarge(bytes_, _)):
            assert 1_200_000 < bytes_ < 1_201_000
        case other:
            raise AssertionError(other)
    await scene.node.proactor.stop_and_join()


@in_virtual_time
async def test_a_store_that_cannot_be_read_is_reported_and_read_again() -> None:
    family = Family()
    family.child.proactor.start()
    await family.clock.sleep(10.0)
    for value in range(20):
        family.read(value)
    await family.clock.sleep(1.0)
    family.child.store.fail_with("bad sector")
    family.parent.proactor.start()
    await family.clock.sleep(60.0)
    assert family.child.state("parent") is StateName.ACTIVE
    assert family.parent.container.recorder().readings == []

    family.child.store.recover()
    await family.clock.sleep(60.0)
    assert sorted(family.parent.container.recorder().readings) == list(range(20))
    found = problems(family.child, family.broker)
    assert ["bad sector" in problem for problem in found] == [
        True,
        True,
        False,
    ]
    assert family.child.store.content().pending == 0
    await family.stop()
