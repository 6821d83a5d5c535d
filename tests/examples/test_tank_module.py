"""examples/ported/tank_module.py: posts to a real web server, and silence in virtual time."""

import asyncio
import json
from collections.abc import AsyncIterator

import attrs
import pytest

from examples.ported.messages import PicoMissing, SyncedReadings
from examples.ported.tank_module import ApiTankModule, MicroVolts, TankConfig, celsius_of
from gwproactor import ProblemEvent
from gwproactor.adapters.clock import LoopClock
from gwproactor.adapters.memory import (
    MemoryEventLog,
    MemoryMessageBus,
    MemoryWebServers,
    SeededChance,
    VirtualClock,
)
from gwproactor.adapters.web import HTTPHandler
from gwproactor.ports.clock import Clock
from gwproactor.ports.web_servers import WebServers
from gwproactor.testing.running_actor import running
from gwproactor.testing.virtual_time import in_virtual_time
from tests.examples.site_layout import node_of, real_layout
from tests.support.web import AUTHORIZED, Answer, Site

NAME = "buffer"
POSTED = {
    "HwUid": "sim-buffer-pico",
    "AboutNodeNameList": ["buffer-depth1", "buffer-depth2"],
    "MicroVoltsList": [2_108_626, 0],
    "TypeName": "microvolts",
    "Version": "100",
}
PARAMS = {"HwUid": "sim-buffer-pico", "ActorNodeName": NAME, "PicoAB": "a", "Samples": 1}


@attrs.define
class Tank:
    actor: ApiTankModule
    bus: MemoryMessageBus
    log: MemoryEventLog


def tank(clock: Clock, web_servers: WebServers[HTTPHandler]) -> Tank:
    bus, log = MemoryMessageBus(), MemoryEventLog(clock, SeededChance(1))
    actor = ApiTankModule(
        node_of(NAME),
        config=TankConfig.of(real_layout(), NAME),
        web_servers=web_servers,
        message_bus=bus,
        event_log=log,
        clock=clock,
    )
    return Tank(actor, bus, log)


@attrs.define
class Posts:
    """A tank behind a web server."""

    site: Site
    tank: Tank

    async def post(self, what: str, body: object) -> Answer:
        data = body if isinstance(body, str) else json.dumps(body)
        return await self.site.ask("POST", f"/{NAME}/{what}", headers=AUTHORIZED, data=data)


@pytest.fixture
async def posts() -> AsyncIterator[Posts]:
    site = Site()
    made = tank(LoopClock(), site.servers)
    async with site.serving():
        yield Posts(site, made)


async def test_voltages_are_told_as_temperatures(posts: Posts) -> None:
    assert await posts.post("microvolts", POSTED) == Answer(200, "")

    scada, pico_cycler = posts.tank.bus.sent
    assert (scada.header.dst, pico_cycler.header.dst) == ("s", "pico-cycler")
    assert isinstance(scada.payload, SyncedReadings)
    readings = dict(zip(scada.payload.channel_name_list, scada.payload.value_list, strict=True))
    assert readings == {
        "buffer-depth1-micro-v": 2_108_626,
        "buffer-depth1-device": 25_000,
        "buffer-depth2-micro-v": 0,
    }


async def test_a_microcontroller_is_told_how_to_measure(posts: Posts) -> None:
    answer = await posts.post("tank-module-params", PARAMS)

    params = json.loads(answer.text)
    assert answer.status == 200
    assert -2 < params.pop("CaptureOffsetS") <= 58
    assert params == {
        "HwUid": "sim-buffer-pico",
        "ActorNodeName": NAME,
        "PicoAB": "a",
        "CapturePeriodS": 60,
        "Samples": 1_000,
        "NumSampleAverages": 30,
        "AsyncCaptureDeltaMicroVolts": 2_000,
        "TypeName": "tank.module.params",
        "Version": "110",
    }


@pytest.mark.parametrize(
    ("what", "body", "reason"),
    [
        ("microvolts", "{", "Invalid JSON"),
        ("microvolts", POSTED | {"HwUid": "other"}, "'other' is not the microcontroller here"),
        ("microvolts", POSTED | {"MicroVoltsList": [1]}, "zip()"),
        ("microvolts", POSTED | {"MicroVoltsList": [1, 3_300_000]}, "no thermistor is connected"),
        ("tank-module-params", {}, "HwUid"),
        ("tank-module-params", PARAMS | {"ActorNodeName": "tank9"}, "is not the microcontroller"),
    ],
)
async def test_what_cannot_be_used_is_refused_and_reported(
    posts: Posts, what: str, body: object, reason: str
) -> None:
    answer = await posts.post(what, body)

    assert answer.status == 400
    assert reason in json.loads(answer.text)["reason"]
    [problem] = posts.tank.log.events
    assert isinstance(problem, ProblemEvent)
    assert problem.summary.endswith("a post cannot be used")
    assert (posts.tank.bus.sent, posts.site.failures) == ([], [])


@in_virtual_time
async def test_silence_is_told_after_a_period_and_once_a_minute() -> None:
    clock = VirtualClock(asyncio.get_running_loop())
    made = tank(clock, MemoryWebServers())
    async with running(made.actor, clock):
        await clock.sleep(65.0)
        early = len(made.bus.sent)
        await clock.sleep(120.0)

    missing = PicoMissing(actor_name=NAME, pico_hw_uid="sim-buffer-pico")
    assert early == 0
    assert [(one.header.dst, one.payload) for one in made.bus.sent] == [
        ("pico-cycler", missing)
    ] * 2


@in_virtual_time
async def test_who_is_heard_in_each_period_is_not_missed() -> None:
    clock = VirtualClock(asyncio.get_running_loop())
    made = tank(clock, MemoryWebServers())
    async with running(made.actor, clock):
        for _ in range(10):
            await clock.sleep(55.0)
            made.actor.take(MicroVolts.model_validate(POSTED))

    assert [one for one in made.bus.sent if isinstance(one.payload, PicoMissing)] == []


def test_a_thermistor_at_its_nominal_temperature() -> None:
    assert celsius_of(3.3 * 10 / (10 + 5.65), beta=3_977) == pytest.approx(25.0)
    with pytest.raises(ValueError, match="no thermistor"):
        celsius_of(3.3, beta=3_977)
