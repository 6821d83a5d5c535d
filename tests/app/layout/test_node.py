"""A whole node that is built by a layout: its actors, its web servers, the shown wiring."""

import asyncio
import socket
import types
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import pytest
from aiohttp.web import Request, Response
from dependency_injector import providers
from typing_extensions import override

from gwproactor import (
    Actor,
    ActorInterface,
    Communicators,
    HardwareLayout,
    Message,
    MessageBus,
    Outcome,
    ProactorContainer,
    ShNode,
    StartError,
    Success,
    WebServers,
    actor_makers,
    assemble,
    build_node,
    load_actors,
    to_actor,
)
from gwproactor.adapters.clock import LoopClock
from gwproactor.adapters.layout import JsonLayoutFile
from gwproactor.adapters.memory import MemoryBroker, SeededChance
from gwproactor.adapters.web import HTTPHandler
from gwproactor.app.layout.error import LayoutError
from gwproactor.testing.simulated_node import SimulatedNode, simulated_node
from tests.app.layout.sites import child, node, site, web_server
from tests.support.family import child_settings
from tests.support.web import SOON_S, Answer, ask

REAL = Path(__file__).parents[2] / "data" / "hardware-layout.json"


@attrs.frozen
class Turn:
    """A message of the tests."""


class SiteActor(Actor):
    """What all actors of the layout have in common."""

    def __init__(
        self, name: str, *, node: ShNode, bus: MessageBus, servers: WebServers[HTTPHandler]
    ) -> None:
        super().__init__(name, node=node)
        self.bus = bus
        self.servers = servers
        self.started = asyncio.Event()
        self.turned = asyncio.Event()
        self.is_ready = False

    @override
    def init(self) -> None:
        self.is_ready = True

    @override
    def start(self) -> None:
        super().start()
        self.started.set()

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        self.turned.set()
        return Success(True)


class Relay(SiteActor):
    """Has a page of its own."""

    @override
    def init(self) -> None:
        super().init()
        self.servers.add_web_route("default", "GET", f"/{self.name}", self._show)

    async def _show(self, request: Request) -> Response:
        return Response(text=self.alias)


ACTORS = types.ModuleType("site_actors")
for actor_class in (
    "ApiTankModule",
    "DerivedGenerator",
    "HpBoss",
    "Hubitat",
    "I2cRelayMultiplexer",
    "I2cZeroTenMultiplexer",
    "LeafAlly",
    "LocalControl",
    "PicoCycler",
    "PowerMeter",
    "ZeroTenOutputer",
):
    setattr(ACTORS, actor_class, type(actor_class, (SiteActor,), {}))
ACTORS.Relay = Relay  # type: ignore[attr-defined] # a module that is made here


def make_site_actors(
    layout: HardwareLayout, bus: MessageBus, servers: WebServers[HTTPHandler]
) -> Sequence[ActorInterface]:
    def made(kind: type[SiteActor], node: ShNode) -> SiteActor:
        return kind(node.name, node=node, bus=bus, servers=servers)

    return load_actors(layout, actor_makers(ACTORS, SiteActor, made), parent="s")


class SiteContainer(ProactorContainer):
    """A node whose actors are those of its layout."""

    actors: providers.Provider[Sequence[ActorInterface]] = providers.Singleton(
        make_site_actors,
        layout=ProactorContainer.hardware_layout,
        bus=ProactorContainer.message_bus,
        servers=ProactorContainer.web_servers,
    )


def built(layout: HardwareLayout, **settings: object) -> SimulatedNode[SiteContainer]:
    clock, chance = LoopClock(), SeededChance(1)
    return simulated_node(
        child_settings(handler="", **settings),
        MemoryBroker(clock),
        clock,
        chance,
        SiteContainer,
        hardware_layout=layout,
    )


@asynccontextmanager
async def running(node: SimulatedNode[SiteContainer]) -> AsyncIterator[None]:
    """From the start of its actors, before which the web servers listen."""
    node.proactor.start()
    try:
        await asyncio.wait_for(relay(node, "relay1").started.wait(), SOON_S)
        yield
    finally:
        await node.proactor.stop_and_join()


def relay(node: SimulatedNode[SiteContainer], name: str) -> Relay:
    communicators: Communicators = node.container.communicators()
    found = communicators.get_communicator_as_type(name, Relay)
    assert found is not None
    return found


def urls(node: SimulatedNode[SiteContainer]) -> dict[str, list[str]]:
    addresses = node.container.node_web_servers().addresses
    return {name: [one.url for one in listened] for name, listened in addresses.items()}


def house(*servers: object) -> HardwareLayout:
    components = [web_server(f"c-{index}", dict(one)) for index, one in enumerate(servers)]  # type: ignore[call-overload] # as in JSON
    return site([node("s", "House"), child("relay1", "Relay", DisplayName="Lamp")], components)


def test_a_node_of_a_real_layout_has_the_actors_of_its_file() -> None:
    settings = child_settings(handler="", paths={"hardware_layout": REAL})
    container = assemble(settings, SiteContainer)
    build_node(container)
    actors = container.actors()
    assert len(actors) == 27
    assert {actor.name for actor in actors} > {"la", "power-meter", "relay18", "store-010v"}
    assert all(isinstance(actor, SiteActor) and actor.is_ready for actor in actors)
    layout = JsonLayoutFile(REAL).load().unwrap()
    assert [actor.node for actor in actors] == [layout.nodes[actor.name] for actor in actors]


async def test_an_actor_of_the_layout_gets_messages_by_the_name_of_its_node() -> None:
    node = built(house())
    lamp = relay(node, "relay1")
    async with running(node):
        lamp.bus.send(to_actor("test", "relay1", Turn()))
        await asyncio.wait_for(lamp.turned.wait(), SOON_S)


async def test_a_web_server_of_the_layout_serves_the_routes_of_actors() -> None:
    node = built(house({"Host": "127.0.0.1", "Port": 0}))
    async with running(node):
        (url,) = urls(node)["default"]
        assert await ask(f"{url.rstrip('/')}/relay1") == Answer(200, "Lamp")


async def test_options_of_a_web_server_of_the_layout_take_effect() -> None:
    """It shares a port that is in use, which nobody may who does not say so."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        server = {"Host": "127.0.0.1", "Port": other.getsockname()[1]}
        async with running(built(house(server | {"Kwargs": {"reuse_port": True}}))):
            pass
        node = built(house(server))
        node.proactor.start()
        with pytest.raises(StartError, match="in use"):
            await node.proactor.join()


async def test_a_disabled_web_server_of_the_layout_listens_to_nobody() -> None:
    node = built(house({"Port": 0, "Enabled": False}, {"Name": "other", "Port": 0}))
    async with running(node):
        assert list(urls(node)) == ["other"]


async def test_a_web_server_of_the_settings_takes_the_place_of_that_of_the_layout() -> None:
    node = built(
        house({"Host": "no.such.host.invalid", "Port": 1}),
        web_servers={"default": {"port": 0, "host": "127.0.0.1"}},
    )
    async with running(node):
        (url,) = urls(node)["default"]
        assert url.startswith("http://127.0.0.1:")


def test_a_node_whose_actors_nobody_makes_is_refused_with_all_of_them() -> None:
    layout = site([node("s", "House"), child("fan", "Fan"), child("lamp", "Lamp")])
    with pytest.raises(LayoutError) as refused:
        build_node(assemble(child_settings(handler=""), SiteContainer, hardware_layout=layout))
    assert [fault.text for fault in refused.value.faults] == [
        f"nobody makes an actor of the ActorClass {kind!r}, which {name} has: give load_actors "
        "a maker of it, or leave it out"
        for kind, name in (("Fan", "fan"), ("Lamp", "lamp"))
    ]
    assert refused.value.__notes__ == ["while building 'actors'"]


def test_two_actors_of_one_name_are_refused() -> None:
    class TwiceContainer(SiteContainer):
        mine: providers.Provider[Actor] = providers.Singleton(Actor, "relay1")

    with pytest.raises(ValueError, match=r"two communicators are named 'relay1': \w+ and \w+"):
        build_node(assemble(child_settings(handler=""), TwiceContainer, hardware_layout=house()))


def test_the_wiring_shows_the_classes_of_the_actors() -> None:
    container = assemble(child_settings(handler=""), SiteContainer, hardware_layout=house())
    build_node(container)
    entry = {one.name: one for one in container.node_status().wiring()}["actors"]
    assert entry.class_name == "list of Relay"
    assert entry.needs == ("hardware_layout", "message_bus", "web_servers")


@pytest.mark.parametrize("kind", [list, tuple], ids=lambda kind: kind.__name__)
def test_a_provider_may_give_several_communicators(
    kind: Callable[[Sequence[Actor]], object],
) -> None:
    class PairContainer(ProactorContainer):
        pair: providers.Provider[object] = providers.Singleton(
            lambda: kind([Actor("abe"), Actor("zoe")])
        )

    container = assemble(child_settings(handler="abe"), PairContainer)
    build_node(container)
    assert container.communicators().get_communicator("zoe") is not None
