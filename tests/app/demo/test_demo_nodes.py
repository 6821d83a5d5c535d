"""The demo's two nodes on the memory adapters, in virtual time."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from dependency_injector import providers

from gwproactor import Proactor, assemble, build_node
from gwproactor.adapters.memory import (
    EventDisk,
    MemoryBroker,
    MemoryEventLog,
    MemoryEventSink,
    MemoryEventStore,
    SeededChance,
    VirtualClock,
)
from gwproactor.app.demo.child import ChildContainer, SensorActor, child_settings
from gwproactor.app.demo.parent import ParentContainer, parent_settings
from gwproactor.app.demo.reading import DEMO_TYPES, Reading, SimulatedSensor
from gwproactor.app.demo.status import ChildStatus, NodeConfig, ParentStatus
from gwproactor.app.demo.verdict import Evidence, listed_ids, verdict_of
from gwproactor.ports.event_log import StoreFull
from gwproactor.testing.running_actor import running
from gwproactor.testing.virtual_time import in_virtual_time


def config_in(folder: Path) -> NodeConfig:
    config = NodeConfig(
        name="test", folder=folder, host="localhost", port=1883, rate=10.0, events=100
    )
    config.child_folder.mkdir()
    return config


class Demo:
    """Both nodes; build it in the loop."""

    def __init__(self, config: NodeConfig) -> None:
        self.clock = VirtualClock(asyncio.get_running_loop())
        self.chance = SeededChance(1)
        self.broker = MemoryBroker(self.clock)
        self.store = MemoryEventStore(EventDisk(epoch="of the child"))
        self.sink = MemoryEventSink()
        self.child = assemble(
            child_settings(config),
            ChildContainer,
            namespace=DEMO_TYPES,
            clock=self.clock,
            chance=self.chance,
            event_store=self.store,
            event_sink=MemoryEventSink(),
            link_transports={"local": self.broker.transport("child")},
        )
        self.child.config.override(providers.Object(config))
        self.parent = assemble(
            parent_settings(config),
            ParentContainer,
            namespace=DEMO_TYPES,
            clock=self.clock,
            chance=self.chance,
            event_store=MemoryEventStore(EventDisk(epoch="of the parent")),
            event_sink=self.sink,
            link_transports={"local": self.broker.transport("parent")},
        )
        self.nodes: list[Proactor] = [build_node(self.child), build_node(self.parent)]

    async def start(self) -> None:
        for node in self.nodes:
            node.start()
        await self.clock.sleep(10.0)

    async def stop(self) -> None:
        for node in self.nodes:
            await node.stop_and_join()


@in_virtual_time
async def test_the_demo_loses_nothing_over_an_outage(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = config_in(tmp_path)
    demo = Demo(config)
    await demo.start()
    demo.child.sensor().generate()
    await demo.clock.sleep(3.0)
    demo.broker.stop()
    await demo.clock.sleep(4.0)
    demo.broker.start()
    await demo.clock.sleep(60.0)

    received = [message_id for _, message_id in demo.sink.stored]
    kept = [
        event.message_id
        for event in (await demo.store.read_after(0, count=9, bytes_max=1)).unwrap()
    ]
    verdict = verdict_of(Evidence(listed_ids(config.list_path), received, kept))
    assert verdict.is_clean
    assert verdict.generated == 100
    await demo.stop()

    said = capfd.readouterr().out.splitlines()
    child = [ChildStatus.model_validate_json(line) for line in said if '"generated"' in line]
    parent = [ParentStatus.model_validate_json(line) for line in said if '"handled"' in line]
    assert (child[-1].generated, child[-1].finished, child[-1].link) == (100, True, "stopped")
    assert (parent[-1].handled, parent[-1].duplicates) == (100, 0)
    assert max(status.pending for status in child) >= 40
    assert child[-1].reuploads == child[-1].reuploads_done == 1
    assert child[-1].reuploaded >= 40
    assert any(status.next_try_s for status in child)


def sensor_with(
    log: MemoryEventLog, clock: VirtualClock, path: Path, *, seconds: float | None = None
) -> SensorActor:
    return SensorActor(
        "sensor",
        event_log=log,
        clock=clock,
        chance=SeededChance(1),
        list_path=path,
        rate=10.0,
        events=50,
        seconds=seconds,
    )


@in_virtual_time
async def test_the_sensor_keeps_its_rate_and_lists_what_it_generates(tmp_path: Path) -> None:
    clock = VirtualClock(asyncio.get_running_loop())
    log = MemoryEventLog(clock, SeededChance(2))
    sensor = sensor_with(log, clock, tmp_path / "list.txt")
    async with running(sensor, clock) as driven:
        sensor.generate()
        await driven.ended()

    assert clock.monotonic_s() == pytest.approx(4.9)
    assert sensor.finished
    assert [event.message_id for event in log.events] == listed_ids(tmp_path / "list.txt")


@in_virtual_time
async def test_the_sensor_ends_in_time_however_many_events_are_left(tmp_path: Path) -> None:
    clock = VirtualClock(asyncio.get_running_loop())
    sensor = sensor_with(
        MemoryEventLog(clock, SeededChance(2)), clock, tmp_path / "list.txt", seconds=2.0
    )
    async with running(sensor, clock) as driven:
        sensor.generate()
        await driven.ended()

    assert (sensor.generated, sensor.finished) == (20, True)


@in_virtual_time
async def test_a_refused_reading_is_in_the_list_as_it_would_be_lost(tmp_path: Path) -> None:
    clock = VirtualClock(asyncio.get_running_loop())
    log = MemoryEventLog(clock, SeededChance(2))
    log.refuse_with(StoreFull(1))
    sensor = sensor_with(log, clock, tmp_path / "list.txt")
    async with running(sensor, clock) as driven:
        sensor.generate()
        await driven.ended()

    assert sensor.refused == 50
    assert verdict_of(Evidence(listed_ids(tmp_path / "list.txt"))).lost == 50


@in_virtual_time
async def test_a_sensor_that_cannot_write_its_list_ends_its_node(tmp_path: Path) -> None:
    clock = VirtualClock(asyncio.get_running_loop())
    log = MemoryEventLog(clock, SeededChance(2))
    sensor = sensor_with(log, clock, tmp_path / "no folder" / "list.txt")
    async with running(sensor, clock, problems_expected=True) as driven:
        sensor.generate()
        await driven.ended()

    assert driven.stop_reason is not None
    assert "FileNotFoundError" in driven.stop_reason


def test_the_simulated_room_warms_and_cools_slowly() -> None:
    sensor = SimulatedSensor(SeededChance(1))
    readings = [sensor.celsius(now_s / 20) for now_s in range(20 * 90)]

    assert 18.8 < min(readings) < 19.2
    assert 21.8 < max(readings) < 22.2
    assert max(abs(b - a) for a, b in pairwise(readings)) < 0.25


def test_a_reading_is_known_to_both_nodes() -> None:
    assert Reading.wire.type_name in DEMO_TYPES
