"""Web servers as a part of a node: from its settings and its actors, on real sockets."""

import asyncio
import json
import logging
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import pytest
from aiohttp.web import Request, Response
from dependency_injector import providers
from typing_extensions import override

from gwproactor import (
    Actor,
    Paths,
    ProactorContainer,
    StartError,
    WebEventListener,
    WebServers,
    assemble,
    build_node,
)
from gwproactor.adapters.clock import LoopClock
from gwproactor.adapters.memory import MemoryBroker, SeededChance
from gwproactor.adapters.web import HTTPHandler
from gwproactor.testing.simulated_node import SimulatedNode, simulated_node
from tests.support.family import TYPES, child_settings
from tests.support.own_events import own_types, problems
from tests.support.web import AUTHORIZED, SOON_S, TOKEN, Answer, ask

READING = {"MessageId": "m1", "TypeName": "gridworks.event.test.reading", "Value": 7}


class Boiler(Actor):
    """Has a page of its own, a page that fails, and an end that can be held up."""

    def __init__(self, name: str, *, web_servers: WebServers[HTTPHandler]) -> None:
        super().__init__(name)
        self.started = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.ending = asyncio.Event()
        web_servers.add_web_route("default", "GET", "/boiler", self._show)
        web_servers.add_web_route("default", "GET", "/broken/{part}", self._fail)

    @override
    def start(self) -> None:
        super().start()
        self.started.set()

    @override
    async def join(self) -> None:
        self.ending.set()
        await self.may_end.wait()

    async def _show(self, request: Request) -> Response:
        return Response(text=f"{self.name} is warm")

    async def _fail(self, request: Request) -> Response:
        raise ValueError("the gauge fell off")


class HouseContainer(ProactorContainer):
    boiler: providers.Provider[Boiler] = providers.Singleton(
        Boiler, "boiler", web_servers=ProactorContainer.web_servers
    )
    web_event: providers.Provider[WebEventListener] = providers.Singleton(
        WebEventListener,
        WebEventListener.DEFAULT_NODE_NAME,
        event_log=ProactorContainer.event_log,
        event_reader=ProactorContainer.event_reader,
        web_servers=ProactorContainer.web_servers,
    )


@attrs.define
class House:
    """A node with a web server, whose broker is far away."""

    node: SimulatedNode[HouseContainer]
    broker: MemoryBroker

    @classmethod
    def build(cls, port: int = 0) -> "House":
        clock = LoopClock()
        broker = MemoryBroker(clock)
        server = {"port": port, "token": TOKEN}
        settings = child_settings(handler="", web_servers={"default": server})
        chance = SeededChance(1)
        node = simulated_node(settings, broker, clock, chance, HouseContainer, namespace=TYPES)
        return cls(node, broker)

    @property
    def boiler(self) -> Boiler:
        return self.node.container.boiler()

    def url(self, path: str) -> str:
        (address,) = self.node.container.node_web_servers().addresses["default"]
        return address.url.rstrip("/") + path

    async def post(self, **changes: object) -> Answer:
        body = json.dumps(READING | changes)
        return await ask(self.url("/events"), "POST", data=body, headers=AUTHORIZED)

    async def post_and_hold(self) -> asyncio.Task[Answer]:
        """An event that is accepted, and not stored before the store is released."""
        self.node.store.hold()
        before = self.node.store.content().pending
        posting = asyncio.create_task(self.post())
        while self.node.store.content().pending == before:
            assert await ask(self.url("/boiler")) == Answer(200, "boiler is warm")
        return posting

    async def until_refusing(self) -> None:
        """Until nothing but the stores is open."""
        async with asyncio.timeout(SOON_S):
            while (await ask(self.url("/boiler"))).status == 200:
                pass

    @asynccontextmanager
    async def running(self) -> AsyncIterator["House"]:
        self.node.proactor.start()
        try:
            # The servers answer from the turn of the loop in which the actors start.
            await asyncio.wait_for(self.boiler.started.wait(), SOON_S)
            yield self
        finally:
            self.boiler.may_end.set()
            await self.node.proactor.stop_and_join()


async def test_an_actor_answers_on_a_server_of_the_settings() -> None:
    async with House.build().running() as house:
        assert await ask(house.url("/boiler")) == Answer(200, "boiler is warm")


async def test_the_log_says_where_a_server_is_found(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gridworks.lifecycle")
    async with House.build().running() as house:
        url = house.url("/")
    said = f"web server 'default' listens on {url}"
    assert said in [record.getMessage() for record in caplog.records]


async def test_a_stopped_node_listens_no_more() -> None:
    house = House.build()
    async with house.running():
        (address,) = house.node.container.node_web_servers().addresses["default"]
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(address.host, address.port)


async def test_a_handler_that_raises_is_one_problem_event_however_often_it_is_asked() -> None:
    async with House.build().running() as house:
        answers = [await ask(house.url(f"/broken/{part}")) for part in ("gauge", "pump", "valve")]
        found = [text for text in problems(house.node, house.broker) if "web server" in text]
    assert [answer.status for answer in answers] == [500] * 3
    assert not any("gauge fell off" in answer.text for answer in answers)
    (problem,) = found
    assert problem.startswith(
        "web server 'default' failed in GET /broken/{part}: ValueError: the gauge fell off: "
    )
    assert "in _fail" in problem


async def test_a_taken_port_stops_the_start_and_leaves_nothing_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        house = House.build(port)
        with pytest.raises(StartError, match=f"web server 'default' .* 127.0.0.1 port {port}: "):
            await house.node.proactor.run_forever()
    assert not house.broker.clients


async def test_an_event_by_http_is_stored_to_be_sent() -> None:
    async with House.build().running() as house:
        answer = await house.post()
        kept = [json.loads(stored.payload) for stored in house.node.store.kept.values()]
    assert answer == Answer(200, '{"MessageId": "m1", "Fate": "durable"}')
    (reading,) = [event for event in kept if event["TypeName"] == READING["TypeName"]]
    assert reading | READING == reading
    assert reading["Src"] == house.node.proactor.name


async def test_an_event_by_http_is_answered_only_when_the_disk_has_it() -> None:
    async with House.build().running() as house:
        house.node.store.hold()
        posting = asyncio.create_task(house.post())
        # Meanwhile the server answers others: an answer to the event would have come.
        for _ in range(20):
            assert (await ask(house.url("/boiler"))).status == 200
        assert not posting.done()
        house.node.store.release()
        assert (await posting).status == 200


async def test_an_event_that_no_topic_can_carry_is_refused() -> None:
    async with House.build().running() as house:
        answer = await house.post(TypeName="gridworks.event.#")
        assert "test.reading" not in own_types(house.node, house.broker)
    assert answer.status == 422
    assert "can never be delivered" in answer.text


async def test_a_node_that_stops_takes_no_event_and_says_so() -> None:
    async with House.build().running() as house:
        house.boiler.may_end.clear()
        house.node.proactor.stop()
        await asyncio.wait_for(house.boiler.ending.wait(), SOON_S)
        answer = await house.post()
    assert answer == Answer(503, '{"reason": "the node is not running"}')


async def test_who_waits_while_the_node_stops_is_answered_when_the_store_has_closed() -> None:
    async with House.build().running() as house:
        posting = await house.post_and_hold()
        house.node.proactor.stop()
        await house.until_refusing()
        assert not posting.done()
        house.node.store.release()
        answer = await posting
    assert answer == Answer(200, '{"MessageId": "m1", "Fate": "durable"}')


async def test_who_waits_for_a_store_that_fails_while_the_node_stops_is_told() -> None:
    async with House.build().running() as house:
        posting = await house.post_and_hold()
        house.node.proactor.stop()
        await house.until_refusing()
        house.node.store.fail_with("the disk is gone")
        house.node.store.release()
        answer = await posting
    said = json.loads(answer.text)
    assert (answer.status, said["MessageId"]) == (503, "m1")
    assert said["reason"].startswith("the event was accepted, but is in memory only (")


async def test_a_stop_does_not_wait_until_a_lingering_commit_is_due(tmp_path: Path) -> None:
    """Who posted the event is answered at once, with the truth: it is on the disk."""
    broker = MemoryBroker()
    broker.stop()
    container = assemble(
        child_settings(
            handler="",
            paths=Paths(data_dir=tmp_path),
            web_servers={"default": {"port": 0, "token": TOKEN}},
            event_store={"linger_ms": 60_000},
        ),
        HouseContainer,
        namespace=TYPES,
        link_transports={"local": broker.transport("c")},
    )
    node = build_node(container)
    node.start()
    await asyncio.wait_for(container.boiler().started.wait(), SOON_S)
    (address,) = container.node_web_servers().addresses["default"]
    before = container.event_store().content().pending
    body = json.dumps(READING)
    posting = asyncio.create_task(
        ask(f"{address.url}events", "POST", data=body, headers=AUTHORIZED)
    )
    async with asyncio.timeout(SOON_S):
        while container.event_store().content().pending == before:
            await ask(f"{address.url}boiler")
        await node.stop_and_join()
        answer = await posting
    assert answer == Answer(200, '{"MessageId": "m1", "Fate": "durable"}')


def test_a_node_without_web_servers_does_not_load_aiohttp() -> None:
    """Most nodes have none, and pay nothing."""
    node = """
import asyncio, sys, tempfile
from gwproactor import Paths, ProactorSettings, assemble, build_node
paths = Paths(data_dir=tempfile.mkdtemp())
async def live():
    node = build_node(assemble(ProactorSettings(long_name="a.b", short_name="b", paths=paths)))
    node.start()
    await node.stop_and_join()
asyncio.run(live())
print([name for name in sys.modules if name.partition(".")[0] in {"aiohttp", "prometheus_client"}])
"""
    done = subprocess.run([sys.executable, "-c", node], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
