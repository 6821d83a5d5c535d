"""A node that is told to stop while its store or sink hangs: it ends, and answers who waits."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias

import pytest

from gwproactor import Event, Failure, Outcome, StartError, Success
from gwproactor.adapters.memory import MemoryEventSink, MemoryEventStore
from gwproactor.domain.events import StartupEvent
from gwproactor.ports.event_log import Fate
from gwproactor.ports.event_store import StoreFailed
from gwproactor.ports.message_bus import Stopped
from gwproactor.testing.event_sink_contract import received
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.chain import Chain
from tests.support.child_process import child
from tests.support.family import Family, Reading, child_settings
from tests.support.leftovers import assert_nothing_is_left

Asked: TypeAlias = asyncio.Task[Outcome[Fate, StoreFailed]]
Trouble: TypeAlias = Literal["hangs", "fails"]


class Scene:
    """A running node, with an upstream link or without, and where its own events go."""

    def __init__(self, *, has_upstream: bool = True) -> None:
        self.family = Family()
        no_links: dict[str, object] = {} if has_upstream else {"links": {}}
        self.node = self.family.make(child_settings(**no_links))
        self.proactor = self.node.proactor
        self.clock = self.family.clock
        self.log = self.node.container.event_log()
        self.disk: MemoryEventStore | MemoryEventSink = (
            self.node.store if has_upstream else self.node.sink
        )

    async def start(self) -> None:
        self.proactor.start()
        await self.clock.sleep(5.0)

    def trouble(self, trouble: Trouble) -> None:
        if trouble == "hangs":
            self.disk.hold()
        else:
            self.disk.fail_with("disk is gone")

    def generate(self, value: int = 1) -> Event:
        return self.log.generate_event(Reading(value=value)).unwrap().event

    def ask(self, event: Event) -> Asked:
        return asyncio.create_task(self.log.durable(event))

    async def stopped_after_s(self) -> float:
        began_s = self.clock.monotonic_s()
        await self.proactor.stop_and_join()
        return self.clock.monotonic_s() - began_s


@pytest.fixture(autouse=True)
def _errors(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.ERROR):
        yield


# Who waits is answered


@pytest.mark.parametrize("has_upstream", [True, False])
@pytest.mark.parametrize("trouble", ["hangs", "fails"])
@in_virtual_time
async def test_whoever_waits_for_an_event_is_answered_by_the_end_of_the_stop(
    has_upstream: bool, trouble: Trouble
) -> None:
    scene = Scene(has_upstream=has_upstream)
    await scene.start()
    stored = scene.generate()
    assert await scene.log.durable(stored) == Success(Fate.DURABLE)
    scene.trouble(trouble)
    lost = scene.generate()

    asked = [scene.ask(lost)]
    stop = asyncio.create_task(scene.proactor.stop_and_join())
    for _ in range(10):
        asked.append(scene.ask(lost))
        await asyncio.sleep(0)
    await stop
    asked.append(scene.ask(lost))

    for answer in await asyncio.gather(*asked):
        assert isinstance(answer, Failure)
    assert await scene.log.durable(stored) == Success(Fate.DURABLE)
    assert scene.log.generate_event(Reading(value=1)) == Failure(Stopped())


@in_virtual_time
async def test_after_the_stop_each_event_has_the_fate_that_it_had() -> None:
    family = Family()
    await family.start()
    log, store = family.child.container.event_log(), family.child.store

    def generate(value: int) -> Event:
        return log.generate_event(Reading(value=value)).unwrap().event

    delivered = generate(1)
    await family.clock.sleep(1.0)
    family.broker.drop(lambda _, data: b'"Value":' in data)
    durable, dropped = generate(2), generate(3)
    await family.clock.sleep(1.0)
    numbers = {event.message_id: number for number, event in store.kept.items()}
    home = family.child.container.intake().home
    home.settle(numbers[dropped.message_id], dropped.message_id, Fate.DROPPED)
    store.hold()
    lost = generate(4)
    await family.child.proactor.stop_and_join()

    assert await log.durable(delivered) == Success(Fate.DELIVERED)
    assert await log.durable(durable) == Success(Fate.DURABLE)
    assert await log.durable(dropped) == Success(Fate.DROPPED)
    assert isinstance(await log.durable(lost), Failure)
    await family.parent.proactor.stop_and_join()


@pytest.mark.parametrize("has_upstream", [True, False])
@in_virtual_time
async def test_after_a_start_that_failed_nobody_waits(has_upstream: bool) -> None:
    scene = Scene(has_upstream=has_upstream)
    scene.disk.fail_with("no disk")
    scene.proactor.start()
    early = scene.ask(StartupEvent(message_id="never accepted"))
    with pytest.raises(StartError):
        await scene.proactor.join()
    for asked in (early, scene.ask(StartupEvent(message_id="never accepted"))):
        await asyncio.wait([asked])
    scene.proactor.stop()
    await assert_nothing_is_left()


# The node ends


@pytest.mark.parametrize("name", ["store", "sink"])
@in_virtual_time
async def test_what_hangs_is_named_with_the_number_of_events_and_given_up(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    scene = Scene(has_upstream=name == "store")
    await scene.start()
    scene.disk.hold()
    for value in range(20):
        scene.generate(value)
    assert 30.0 <= await scene.stopped_after_s() < 33.0

    # Twenty, and the node's own last one.
    (error,) = [record.getMessage() for record in caplog.records]
    assert error == (
        f"the event {name} hangs: not closed within 30 s, the node ends without it; "
        "21 events of this node are in memory only"
    )
    await assert_nothing_is_left()


@pytest.mark.parametrize("has_upstream", [True, False])
@in_virtual_time
async def test_a_slow_disk_that_ends_in_time_loses_nothing(
    has_upstream: bool, caplog: pytest.LogCaptureFixture
) -> None:
    scene = Scene(has_upstream=has_upstream)
    await scene.start()
    scene.disk.hold()
    asked = scene.ask(scene.generate())
    scene.clock.call_at(scene.clock.monotonic_s() + 29.0, scene.disk.release)
    assert await scene.stopped_after_s() == pytest.approx(29.0)
    assert await asked == Success(Fate.DURABLE)
    assert not caplog.records


@in_virtual_time
async def test_a_sink_that_hangs_takes_no_time_from_the_store() -> None:
    scene = Scene()
    await scene.start()
    scene.node.sink.hold()
    scene.node.sink.put(received("id"), print).unwrap()
    scene.node.store.hold()
    event = scene.generate()
    scene.clock.call_at(scene.clock.monotonic_s() + 29.0, scene.node.store.release)
    await scene.proactor.stop_and_join()
    assert event.message_id in {kept.message_id for kept in scene.node.store.disk.events.values()}
    assert await scene.log.durable(event) == Success(Fate.DURABLE)


@in_virtual_time
async def test_what_a_hanging_sink_stores_after_all_is_durable() -> None:
    scene = Scene(has_upstream=False)
    await scene.start()
    scene.disk.hold()
    event = scene.generate()
    await scene.proactor.stop_and_join()
    assert isinstance(await scene.log.durable(event), Failure)
    scene.disk.release()
    await scene.clock.sleep(1.0)
    assert await scene.log.durable(event) == Success(Fate.DURABLE)
    await assert_nothing_is_left()


@in_virtual_time
async def test_a_relay_whose_store_hangs_ends_and_its_child_keeps_the_events(
    caplog: pytest.LogCaptureFixture,
) -> None:
    chain = Chain()
    await chain.start()
    chain.relay.run.store.hold()
    read = chain.read(1)
    await chain.clock.sleep(1.0)
    began_s = chain.clock.monotonic_s()
    await chain.relay.run.proactor.stop_and_join()
    assert 30.0 <= chain.clock.monotonic_s() - began_s < 33.0
    assert "the event store hangs: not closed within 30 s" in caplog.text
    assert read in chain.ids_on(chain.child)
    await chain.child.stop()
    await chain.parent.stop()


@in_virtual_time
async def test_a_node_that_was_never_started_has_nothing_to_wait_for() -> None:
    scene = Scene()
    await scene.proactor.stop_and_join()
    await assert_nothing_is_left()


# As a process


def test_a_process_whose_disk_hangs_ends_and_keeps_what_was_durable(tmp_path: Path) -> None:
    path = tmp_path / "received.sqlite"
    with child("stop_on_a_hanging_disk", path) as (process, output):
        assert output.readlines() == ["stopped\n"]
        assert process.wait(30.0) == 0
    with contextlib.closing(sqlite3.connect(path)) as database:
        ids = database.execute("SELECT message_id FROM event").fetchall()
    assert ("durable",) in ids
    assert ("lost",) not in ids
