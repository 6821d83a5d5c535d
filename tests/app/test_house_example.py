"""examples/house.py: its actor alone, its container as a node, and the whole as a process."""

import asyncio
import logging
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from examples.house import HOUSE_TYPES, HouseContainer, RoomTemperature, Thermometer, house_settings
from gwproactor.adapters.memory import MemoryEventLog, SeededChance, VirtualClock
from gwproactor.adapters.persistence import SqliteEventStore
from gwproactor.ports.event_log import StoreFull
from gwproactor.testing.running_actor import running
from gwproactor.testing.simulated_node import simulated_node
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import CHILD, Family

HOUSE = Path(__file__).parents[2] / "examples" / "house.py"


def thermometer() -> tuple[Thermometer, MemoryEventLog, VirtualClock]:
    clock = VirtualClock(asyncio.get_running_loop())
    log = MemoryEventLog(clock, SeededChance(1))
    return Thermometer("t1", event_log=log, period_s=10.0), log, clock


@in_virtual_time
async def test_a_thermometer_reports_at_once_and_in_each_period_until_it_is_stopped() -> None:
    actor, log, clock = thermometer()
    async with running(actor, clock):
        await clock.sleep(25.0)
    await clock.sleep(25.0)

    assert all(isinstance(event, RoomTemperature) for event in log.events)
    begin_ms = log.events[0].time_created_ms
    assert [event.time_created_ms - begin_ms for event in log.events] == [0, 10_000, 20_000]


@in_virtual_time
async def test_a_thermometer_that_is_refused_says_so_and_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    actor, log, clock = thermometer()
    log.refuse_with(StoreFull(1_000))
    with caplog.at_level(logging.WARNING):
        async with running(actor, clock):
            await clock.sleep(5.0)
            log.accept()
            await clock.sleep(10.0)

    assert len(log.events) == 1
    assert "reading not recorded: the event store is full (1000 bytes)" in caplog.text


@in_virtual_time
async def test_the_house_tells_its_parent(tmp_path: Path) -> None:
    family = Family()
    house = simulated_node(
        house_settings(tmp_path),
        family.broker,
        family.clock,
        family.chance,
        HouseContainer,
        namespace=HOUSE_TYPES,
    )
    family.parent.proactor.start()
    house.proactor.start()
    await family.clock.sleep(59.0)
    await house.proactor.stop_and_join()
    await family.parent.proactor.stop_and_join()

    received = [one for one in family.parent.sink.stored.values() if one.src == CHILD]
    temperatures = [one for one in received if one.type_name == RoomTemperature.wire.type_name]
    assert len(temperatures) == 6
    assert b'"Celsius":20.5' in temperatures[0].payload
    assert house.store.content().pending == 0


def test_the_house_runs_without_a_parent_until_a_signal_and_keeps_its_events(
    tmp_path: Path,
) -> None:
    command = [sys.executable, str(HOUSE)]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as house:
        assert house.stderr is not None
        try:
            for line in house.stderr:
                if "parent: not_started -> connecting" in line:
                    break
            house.send_signal(signal.SIGTERM)
            _, log = house.communicate(timeout=20.0)
        finally:
            house.kill()

    assert house.returncode == 128 + signal.SIGTERM, log
    assert "Traceback" not in log
    types = asyncio.run(stored_types(tmp_path / "house-data" / "events.sqlite"))
    assert {
        "gridworks.event.startup",
        "gridworks.event.shutdown",
        RoomTemperature.wire.type_name,
    } <= types


async def stored_types(path: Path) -> set[str]:
    store = SqliteEventStore(path)
    await store.open()
    stored = (await store.read_after(0, count=100, bytes_max=100_000)).unwrap()
    await store.close()
    return {event.type_name for event in stored}
