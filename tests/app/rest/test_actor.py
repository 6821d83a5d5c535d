"""An actor that polls by HTTP, in a whole node."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
from dependency_injector import providers

from gwproactor import (
    FailurePolicy,
    HttpPolling,
    Message,
    Outcome,
    ProactorContainer,
    RESTPollerActor,
    RESTPollerSettings,
    to_actor,
)
from gwproactor.adapters.clock import LoopClock, SystemChance
from gwproactor.adapters.http_client import AiohttpClient
from gwproactor.adapters.io_loop import ThreadIORunner
from gwproactor.adapters.memory import (
    MemoryBroker,
    MemoryHttpClient,
    MemoryIOLoop,
    MemoryMessageBus,
    SeededChance,
    VirtualClock,
)
from gwproactor.app.assembly import assemble
from gwproactor.app.communicators import HANDLED
from gwproactor.app.rest.poller import Converter
from gwproactor.app.stop_switch import NodeStopSwitch
from gwproactor.app.supervision.supervisor import EXIT_GIVEN_UP, Supervisor
from gwproactor.domain.message import JsonObject
from gwproactor.ports.http_client import HttpClient, HttpResponse
from gwproactor.testing import running_actor
from gwproactor.testing.live_message_bus import Receiver
from gwproactor.testing.simulated_node import SimulatedNode, simulated_node
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import child_settings
from tests.support.http_site import HttpSite, http_site
from tests.support.own_events import problems

URL = "http://meter/power?access_token=s3cret"
LAYOUT = Path(__file__).parents[2] / "data" / "hardware-layout.json"


async def watts(response: HttpResponse) -> Message[int]:
    return to_actor("meter", "display", response.json()["watts"])


def settings_of(url: str, **fields: object) -> RESTPollerSettings:
    written = {"request": {"url": {"url": url}}, "poll_period_seconds": 10} | fields
    return RESTPollerSettings.model_validate(written)


def meter_of(
    container: ProactorContainer,
    rest: RESTPollerSettings,
    client: HttpClient,
    convert: Converter = watts,
    kind: type[RESTPollerActor] = RESTPollerActor,
) -> RESTPollerActor:
    return kind(
        "meter",
        rest,
        attrs.evolve(container.http_polling(), http_client=client),
        message_bus=container.message_bus(),
        failures=container.failures(),
        convert=convert,
    )


class Display(Receiver):
    """What it is shown waits in a queue."""

    def __init__(self) -> None:
        super().__init__("display")
        self.shown: asyncio.Queue[object] = asyncio.Queue()
        self.then = self._show

    def _show(self, message: Message[object]) -> Outcome[bool, BaseException]:
        self.shown.put_nowait(message.payload)
        return HANDLED


@attrs.define
class House:
    """A node in real time, with a thread for its io loop."""

    node: SimulatedNode
    broker: MemoryBroker
    display: Display


@asynccontextmanager
async def house(
    site: HttpSite, convert: Converter = watts, **fields: object
) -> AsyncIterator[House]:
    """Its meter polls `/power` of *site*."""
    broker, runner = MemoryBroker(), ThreadIORunner("io")
    settings = child_settings(handler="")
    node = simulated_node(settings, broker, LoopClock(), SystemChance(), io_runner=runner)
    display, rest = Display(), settings_of(site.url("/power"), **fields)
    meter = meter_of(node.container, rest, AiohttpClient(), convert)
    for communicator in (meter, display):
        node.container.registry().add_communicator(communicator)
    node.proactor.start()
    try:
        yield House(node, broker, display)
    finally:
        await node.proactor.stop_and_join()


async def test_answers_become_messages_of_actors_and_are_converted_in_another_thread() -> None:
    threads: set[threading.Thread] = set()

    async def convert(response: HttpResponse) -> Message[int]:
        threads.add(threading.current_thread())
        return await watts(response)

    answers = {"/power": HttpResponse(status=200, body=b'{"watts": 5}')}
    async with (
        http_site(answers) as site,
        house(site, convert, poll_period_seconds=0.01) as running,
    ):
        assert [await running.display.shown.get() for _ in range(3)] == [5, 5, 5]
        assert problems(running.node, running.broker) == []

    assert threading.current_thread() not in threads


async def test_the_node_stops_at_once_while_nobody_answers() -> None:
    async with http_site() as site:
        site.silent.add("/power")
        async with house(site) as running:
            await site.arrived.wait()
            await running.node.proactor.stop_and_join()

            assert running.node.proactor.exit_code == 0
            assert problems(running.node, running.broker) == []


@asynccontextmanager
async def virtual_house(
    rest: RESTPollerSettings, kind: type[RESTPollerActor] = RESTPollerActor
) -> AsyncIterator[tuple[House, MemoryHttpClient, VirtualClock]]:
    """Its meter is not there."""
    broker, clock = MemoryBroker(), VirtualClock(asyncio.get_running_loop())
    node = simulated_node(child_settings(handler=""), broker, clock, SeededChance(1))
    client, display = MemoryHttpClient(), Display()
    for communicator in (meter_of(node.container, rest, client, kind=kind), display):
        node.container.registry().add_communicator(communicator)
    node.proactor.start()
    yield House(node, broker, display), client, clock
    await node.proactor.stop_and_join()


@in_virtual_time
async def test_a_device_that_is_away_for_a_day_is_reported_now_and_then_and_stops_nothing() -> None:
    async with virtual_house(settings_of(URL)) as (running, client, clock):
        await clock.sleep(24 * 3_600)
        told = problems(running.node, running.broker)
        client.answers[URL] = HttpResponse(status=200, body=b'{"watts": 7}')
        await clock.sleep(15)

        assert await running.display.shown.get() == 7
        assert running.node.proactor.exit_code == 0

    text = "REST poller 'meter': GET http://meter/power: not reachable"
    assert 24 * 6 - 1 <= len(told) <= 24 * 6 + 1
    assert all(each.startswith(text) for each in told)


@in_virtual_time
async def test_what_may_fail_the_poller_is_followed_by_the_actors_policy() -> None:
    class LastStraw(RESTPollerActor):
        """Without its meter the node is of no use."""

        failure_policy = FailurePolicy.STOP_NODE

    rest = settings_of(URL, errors={"request": {"raise_exception": True}})
    async with virtual_house(rest, LastStraw) as (running, client, clock):
        await clock.sleep(5)

        assert running.node.proactor.exit_code == EXIT_GIVEN_UP
        assert len(client.requests) == 1


@in_virtual_time
async def test_a_poller_that_fails_is_restarted() -> None:
    rest = settings_of(URL, errors={"request": {"raise_exception": True}})
    async with virtual_house(rest) as (running, client, clock):
        await clock.sleep(0.5)
        client.answers[URL] = HttpResponse(status=200, body=b'{"watts": 7}')
        await clock.sleep(100)

        assert await running.display.shown.get() == 7
        assert running.node.proactor.exit_code == 0


@in_virtual_time
async def test_an_actor_is_tested_alone_with_what_lives_in_memory() -> None:
    clock, bus, io_loop = (
        VirtualClock(asyncio.get_running_loop()),
        MemoryMessageBus(),
        MemoryIOLoop(),
    )
    client = MemoryHttpClient({URL: HttpResponse(status=200, body=b'{"watts": 5}')})
    supervisor = Supervisor(NodeStopSwitch(), clock, SeededChance(1))
    meter = RESTPollerActor(
        "meter",
        settings_of(URL),
        HttpPolling(io_loop, client, clock),
        message_bus=bus,
        failures=supervisor,
        convert=watts,
    )
    async with running_actor.running(meter, clock):
        io_loop.start()
        await clock.sleep(15)
    await clock.sleep(100)
    await io_loop.stop()

    assert [message.payload for message in bus.sent] == [5, 5]


def test_a_node_has_a_client_which_a_test_may_replace(tmp_path: Path) -> None:
    settings, client = child_settings(paths={"data_dir": tmp_path}), MemoryHttpClient()

    assert assemble(settings, http_client=client).http_client() is client
    assert isinstance(assemble(settings).http_client(), AiohttpClient)


class MeterContainer(ProactorContainer):
    """A node with a meter."""

    meter: providers.Provider[RESTPollerActor] = providers.Singleton(
        RESTPollerActor,
        "meter",
        settings_of(URL),
        ProactorContainer.http_polling,
        message_bus=ProactorContainer.message_bus,
        failures=ProactorContainer.failures,
        convert=watts,
    )


def test_a_container_makes_it(tmp_path: Path) -> None:
    settings = child_settings(handler="", paths={"data_dir": tmp_path})

    assert assemble(settings, MeterContainer).meter().name == "meter"


def hub_settings(hub: JsonObject, poller: JsonObject) -> RESTPollerSettings:
    """As `docs/rest.md` has it."""
    return RESTPollerSettings.model_validate(
        {
            "request": {
                "url": {
                    "url_args": {
                        "scheme": "http",
                        "host": hub["Host"],
                        "query": [("access_token", hub["AccessToken"])],
                    },
                    "url_path_format": "/apps/api/{app}/devices/{device}/refresh",
                    "url_path_args": {"app": hub["MakerApiId"], "device": poller["DeviceId"]},
                }
            },
            "poll_period_seconds": poller["PollPeriodSeconds"],
        }
    )


def test_a_deployment_may_make_the_settings_of_what_its_layout_says() -> None:
    """The components of a real house; the original library asks for the same URL."""
    components = {
        each["TypeName"]: each for each in json.loads(LAYOUT.read_text())["OtherComponents"]
    }
    hub = components["hubitat.component.gt"]["Hubitat"]
    rest = hub_settings(hub, components["hubitat.poller.component.gt"]["Poller"])

    token = "64a43fa4-0eb9-478f-ad2e-374bc9b7e51f"
    assert rest.url == f"http://192.168.0.1/apps/api/1/devices/1/refresh?access_token={token}"
    assert rest.poll_period_seconds == 300.0
    assert token not in repr(rest)
