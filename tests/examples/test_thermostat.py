"""examples/ported/thermostat.py: polled in virtual time, and in a node by a real hub of ours."""

import asyncio
import json
import math

import attrs
import pytest
from dependency_injector import providers

from examples.ported.messages import SyncedReadings
from examples.ported.site import Scada
from examples.ported.thermostat import HoneywellThermostat, ThermostatConfig, Values
from gwproactor import HttpPolling, HttpResponse, ProactorContainer, to_actor
from gwproactor.adapters.clock import LoopClock, SystemChance
from gwproactor.adapters.io_loop import ThreadIORunner
from gwproactor.adapters.memory import (
    MemoryBroker,
    MemoryHttpClient,
    MemoryIOLoop,
    MemoryMessageBus,
    SeededChance,
    VirtualClock,
)
from gwproactor.app.stop_switch import NodeStopSwitch
from gwproactor.app.supervision.supervisor import Supervisor
from gwproactor.testing.io_loop_contract import eventually
from gwproactor.testing.running_actor import running
from gwproactor.testing.simulated_node import simulated_node
from gwproactor.testing.virtual_time import in_virtual_time
from tests.examples.site_layout import node_of, real_layout
from tests.support.family import child_settings
from tests.support.http_site import http_site

NAME = "zone1-main-stat"
TEMPERATURE, SET, STATE = "zone1-main-temp", "zone1-main-set", "zone1-main-state"
PATH = "/apps/api/1/devices/1/refresh?access_token=64a43fa4-0eb9-478f-ad2e-374bc9b7e51f"
URL = f"http://192.168.0.1{PATH}"
WARM = {"temperature": "70.25", "heatingSetpoint": 68, "thermostatOperatingState": "pending heat"}


def answer(values: dict[str, object]) -> HttpResponse:
    attributes = [{"name": name, "currentValue": value} for name, value in values.items()]
    return HttpResponse(status=200, body=json.dumps({"id": "1", "attributes": attributes}).encode())


@attrs.define
class Bench:
    """A thermostat alone, in virtual time."""

    client: MemoryHttpClient
    clock: VirtualClock
    bus: MemoryMessageBus
    io_loop: MemoryIOLoop
    supervisor: Supervisor
    actor: HoneywellThermostat
    reported: list[str] = attrs.Factory(list)

    async def run(self, seconds: float) -> None:
        self.supervisor.listen(lambda problem: self.reported.append(problem.details))
        async with running(self.actor, self.clock):
            self.io_loop.start()
            await self.clock.sleep(seconds)
        await self.io_loop.stop()

    def values(self) -> list[object]:
        """What the actor sent itself."""
        return [message.payload for message in self.bus.sent if message.header.dst == NAME]


def bench(config: ThermostatConfig | None = None) -> Bench:
    clock, bus = VirtualClock(asyncio.get_running_loop()), MemoryMessageBus()
    client, io_loop = MemoryHttpClient(), MemoryIOLoop()
    supervisor = Supervisor(NodeStopSwitch(), clock, SeededChance(1))
    actor = HoneywellThermostat(
        node_of(NAME),
        config=config or ThermostatConfig.of(real_layout(), NAME),
        polling=HttpPolling(io_loop, client, clock),
        message_bus=bus,
        failures=supervisor,
    )
    return Bench(client, clock, bus, io_loop, supervisor, actor)


@in_virtual_time
async def test_each_poll_asks_the_hub_twice_and_takes_the_second_answer() -> None:
    table = bench()
    answers = iter([answer(WARM | {"temperature": 1}), answer(WARM), answer(WARM), answer(WARM)])
    table.client.answers[URL] = lambda _: next(answers)
    await table.run(301.0)

    assert len(table.client.requests) == 4
    told = Values({TEMPERATURE: 70_250, SET: 68_000, STATE: 2})
    assert table.values() == [told, told]
    assert table.reported == []


@pytest.mark.parametrize(
    ("bad", "told", "words"),
    [
        ({"temperature": None}, {SET: 68_000, STATE: 2}, "there is no temperature"),
        ({"temperature": "warm"}, {SET: 68_000, STATE: 2}, "not convert string to float: 'warm'"),
        ({"temperature": "1e400"}, {SET: 68_000, STATE: 2}, "temperature is no number: '1e400'"),
        ({"temperature": math.inf}, {SET: 68_000, STATE: 2}, "temperature is no number: inf"),
        ({"temperature": "nan"}, {SET: 68_000, STATE: 2}, "temperature is no number: 'nan'"),
        ({"temperature": [70]}, {SET: 68_000, STATE: 2}, "temperature is no value: [70]"),
        (
            {"thermostatOperatingState": "on"},
            {TEMPERATURE: 70_250, SET: 68_000},
            "thermostatOperatingState is no state: 'on'",
        ),
    ],
    ids=str,
)
def test_a_value_that_cannot_be_used_is_reported_and_the_others_are_told(
    bad: dict[str, object], told: dict[str, int], words: str
) -> None:
    @in_virtual_time
    async def poll() -> None:
        table = bench()
        table.client.answers[URL] = answer(WARM | bad)
        await table.run(1.0)

        assert table.values() == [Values(told)]
        [details] = table.reported
        assert words in details

    poll()


@in_virtual_time
async def test_what_is_not_to_be_reported_is_left_out() -> None:
    config = ThermostatConfig.of(real_layout(), NAME)
    attributes = tuple(
        one.model_copy(update={"report_missing": False, "report_parse_error": False})
        for one in config.poller.attributes
    )
    poller = config.poller.model_copy(update={"attributes": attributes})
    table = bench(attrs.evolve(config, poller=poller))
    table.client.answers[URL] = answer({"heatingSetpoint": 68, "temperature": "warm"})
    await table.run(1.0)

    assert (table.values(), table.reported) == ([Values({SET: 68_000})], [])


@in_virtual_time
async def test_an_answer_of_which_nothing_can_be_used_is_reported_with_all_that_is_wrong() -> None:
    table = bench()
    table.client.answers[URL] = answer({"temperature": "warm", "thermostatOperatingState": "on"})
    await table.run(1.0)

    assert table.values() == []
    [details] = table.reported
    assert "not all of its state can be used" in details
    assert "could not convert string to float: 'warm'" in details
    assert "there is no heatingSetpoint" in details


@in_virtual_time
async def test_a_hub_that_is_away_is_asked_once_and_reported_without_its_token() -> None:
    table = bench()
    summaries: list[str] = []
    table.supervisor.listen(lambda problem: summaries.append(problem.summary))
    async with running(table.actor, table.clock):
        table.io_loop.start()
        await table.clock.sleep(1.0)
    await table.io_loop.stop()

    assert len(table.client.requests) == 1
    assert len(summaries) == 1
    assert "64a43fa4" not in summaries[0]


@in_virtual_time
async def test_a_thermostat_that_is_switched_off_is_not_asked() -> None:
    config = ThermostatConfig.of(real_layout(), NAME)
    off = config.poller.model_copy(update={"enabled": False})
    table = bench(attrs.evolve(config, poller=off))
    await table.run(600.0)

    assert table.client.requests == []


@in_virtual_time
async def test_values_are_told_to_the_scada_with_the_time() -> None:
    table = bench()
    async with running(table.actor, table.clock) as driven:
        driven.give(to_actor(NAME, NAME, Values({"zone1-main-set": 68_000})))

    [message] = table.bus.sent
    assert message.header.dst == "s"
    assert message.payload == SyncedReadings(
        channel_name_list=("zone1-main-set",),
        value_list=(68_000,),
        scada_read_time_unix_ms=table.clock.wall_ms(),
    )


def test_a_thermostat_without_a_hub_is_refused() -> None:
    layout = attrs.evolve(
        real_layout(),
        components={
            key: one
            for key, one in real_layout().components.items()
            if one.type_name != "hubitat.component.gt"
        },
    )
    with pytest.raises(ValueError, match="names a hub that is no component"):
        ThermostatConfig.of(layout, NAME)


class StatContainer(ProactorContainer):
    """A node with a scada."""

    scada: providers.Provider[Scada] = providers.Singleton(
        Scada, web_servers=ProactorContainer.web_servers
    )


async def test_a_node_hears_of_its_thermostat_by_http() -> None:
    config = ThermostatConfig.of(real_layout(), NAME)
    async with http_site({PATH: answer(WARM)}) as site:
        host, _, port = site.origin.removeprefix("http://").partition(":")
        node = simulated_node(
            child_settings(handler="s"),
            MemoryBroker(),
            LoopClock(),
            SystemChance(),
            StatContainer,
            io_runner=ThreadIORunner("io"),
        )
        here = attrs.evolve(
            config, hub=config.hub.model_copy(update={"host": host, "port": int(port)})
        )
        node.container.registry().add_communicator(
            HoneywellThermostat(
                node_of(NAME),
                config=here,
                polling=node.container.http_polling(),
                message_bus=node.container.message_bus(),
                failures=node.container.failures(),
            )
        )
        scada = node.container.scada()
        node.proactor.start()
        try:
            await eventually(lambda: bool(scada.readings))
        finally:
            await node.proactor.stop_and_join()

    assert scada.readings["zone1-main-temp"] == 70_250
    assert len(site.requests) == 2
