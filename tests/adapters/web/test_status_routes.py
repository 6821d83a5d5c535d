"""What a web server answers about its node, over a real connection."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from importlib.resources import files

import pytest
from aiohttp import ClientResponse, ClientSession
from attrs import evolve

from gwproactor.adapters.clock import LoopClock
from gwproactor.adapters.web import AiohttpWebServers
from gwproactor.adapters.web.live import WATCHERS_MAX
from gwproactor.adapters.web.status_routes import StatusRoutes
from gwproactor.domain.health import health_of
from gwproactor.domain.outcome import Success
from gwproactor.domain.status import Health, NodeStatus, WiringEntry
from tests.support.statuses import LINK, NODE, PROBLEM, node_of

DEADLINE_S = 10.0
SEND_S = 0.5


def fails_the_test(failure: object) -> None:
    pytest.fail(str(failure))


class Source:
    """A `NodeStatusSource` that says what it is told to, and counts how often it was asked."""

    def __init__(self) -> None:
        self.now = NODE
        self.asked = 0

    def status(self) -> NodeStatus:
        self.asked += 1
        return self.now

    def health(self) -> Health:
        return health_of(self.now)

    def wiring(self) -> Sequence[WiringEntry]:
        return [WiringEntry(name="clock", class_name="LoopClock", needs=())]


class Site:
    """A server with the routes, and a client of it."""

    def __init__(
        self, source: Source, routes: StatusRoutes, client: ClientSession, port: int
    ) -> None:
        self.source = source
        self.routes = routes
        self._client = client
        self._port = port

    async def get(self, path: str) -> tuple[ClientResponse, str]:
        async with self._client.get(path) as response:
            return response, await response.text()

    def open_events(self) -> socket.socket:
        """Ask for the events, and read none."""
        client = socket.create_connection(("127.0.0.1", self._port))
        client.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return client

    @asynccontextmanager
    async def events(self) -> AsyncIterator[ClientResponse]:
        async with self._client.get("/events") as response:
            yield response


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    source = Source()
    routes = StatusRoutes(source, LoopClock(), fails_the_test, send_s_max=SEND_S)
    servers = AiohttpWebServers(report=fails_the_test)
    servers.add_web_server_config("status", "127.0.0.1", 0)
    for path, handler in routes.routes():
        servers.add_web_route("status", "GET", path, handler)
    assert isinstance(await servers.open(), Success)
    servers.serve()
    (address,) = servers.addresses["status"]
    async with asyncio.timeout(DEADLINE_S), ClientSession(address.url) as client:
        yield Site(source, routes, client, address.port)
        await routes.close()
    await servers.close()


async def event_of(stream: ClientResponse) -> tuple[str, dict[str, str]]:
    """Name and data of the next server-sent event."""
    name = (await stream.content.readline()).decode().removeprefix("event: ").strip()
    data = (await stream.content.readline()).decode().removeprefix("data: ")
    assert await stream.content.readline() == b"\n"
    parsed: dict[str, str] = json.loads(data)
    return name, parsed


async def test_the_page_comes_with_a_strict_policy(site: Site) -> None:
    response, text = await site.get("/")
    policy = response.headers["Content-Security-Policy"]

    assert (response.status, response.content_type) == (200, "text/html")
    assert "d1.house.scada" in text
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/status.css", "text/css"),
        ("/status.js", "text/javascript"),
        ("/status.svg", "image/svg+xml"),
    ],
)
async def test_looks_and_script_come_from_the_package(
    site: Site, path: str, content_type: str
) -> None:
    response, text = await site.get(path)

    assert (response.status, response.content_type) == (200, content_type)
    assert text == (files("gwproactor.adapters.web") / "static" / path[1:]).read_text("utf-8")


async def test_a_well_node_passes_the_health_check(site: Site) -> None:
    response, text = await site.get("/healthz")

    assert response.status == 200
    assert json.loads(text) == {"healthy": True, "reasons": []}


async def test_a_node_that_is_not_well_fails_the_health_check_with_reasons(site: Site) -> None:
    site.source.now = evolve(NODE, stopping=True)
    response, text = await site.get("/healthz")

    assert response.status == 503
    assert json.loads(text) == {"healthy": False, "reasons": ["the node is stopping"]}


async def test_programs_get_every_field(site: Site) -> None:
    _, text = await site.get("/status.json")
    status = json.loads(text)

    assert status["name"] == NODE.name
    assert status["healthy"] is True
    assert status["links"][0]["state"] == "active"
    assert status["actors"][0]["policy"] == "restart"
    assert status["stats"]["events_generated"] == 120


async def test_prometheus_gets_its_format(site: Site) -> None:
    response, text = await site.get("/metrics")

    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'gwproactor_link_active{link="parent"} 1.0' in text


async def test_the_wiring_is_shown(site: Site) -> None:
    _, text = await site.get("/wiring")

    assert "LoopClock" in text


async def test_the_page_is_told_what_changes(site: Site) -> None:
    async with site.events() as stream:
        assert stream.content_type == "text/event-stream"
        name, news = await event_of(stream)
        assert (name, news["title"]) == ("status", "d1.house.scada: all is well")
        site.source.now = node_of(link=evolve(LINK, state="connecting"))
        _, news = await event_of(stream)
        assert news["title"] == "d1.house.scada: not heard by d1.house"
        assert "no connection to the broker" in news["html"]


async def test_the_page_is_told_the_end(site: Site) -> None:
    async with site.events() as stream:
        await event_of(stream)
        await site.routes.close()

        assert await event_of(stream) == ("end", {})
        assert await stream.content.read() == b""


async def test_a_node_that_ends_lets_nobody_watch(site: Site) -> None:
    await site.routes.close()
    response, _ = await site.get("/events")

    assert response.status == 503


async def test_no_more_may_watch_than_fit_and_who_goes_makes_room(site: Site) -> None:
    async with AsyncExitStack() as watching:
        events = [site.events() for _ in range(WATCHERS_MAX)]
        streams = [await watching.enter_async_context(each) for each in events]
        assert {stream.status for stream in streams} == {200}
        async with site.events() as stream:
            expected = ("full", {"reason": f"{WATCHERS_MAX} pages are watching live already"})
            assert await event_of(stream) == expected
            assert await stream.content.read() == b""
        asked = site.source.asked
        await event_of(streams[0])
        await event_of(streams[0])
        assert site.source.asked <= asked + 3
    while not await _is_free(site):
        pass


async def test_who_does_not_read_loses_its_place_soon(site: Site) -> None:
    """However much its system, and that of the node, would hold for it."""
    problem = evolve(PROBLEM, details="x" * 10_000)
    site.source.now = evolve(NODE, problems=(problem,) * 6)
    with ExitStack() as clients:
        for _ in range(WATCHERS_MAX):
            clients.enter_context(site.open_events())
        while await _is_free(site):
            pass  # until all of them are there
        async with asyncio.timeout(DEADLINE_S):
            while not await _is_free(site):
                pass


async def _is_free(site: Site) -> bool:
    async with site.events() as stream:
        name, _ = await event_of(stream)
        return name == "status"
