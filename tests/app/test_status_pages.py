"""Which servers of a whole node show its status, and for how long."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from gwproactor.adapters.clock import LoopClock
from gwproactor.adapters.memory import MemoryBroker, SeededChance
from gwproactor.app.settings import WebServerSettings
from gwproactor.testing.simulated_node import SimulatedNode, simulated_node
from tests.support.family import CHILD, RecorderContainer, child_settings

Node = SimulatedNode[RecorderContainer]

NOT_IMPORTED = """
import sys
from gwproactor import assemble, build_node
from tests.support.family import child_settings
build_node(assemble(child_settings(handler="")))
print([name for name in ("aiohttp", "prometheus_client") if name in sys.modules])
"""


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    servers = {
        "shown": WebServerSettings(port=0, status_page=True),
        "bare": WebServerSettings(port=0),
    }
    clock = LoopClock()
    built = simulated_node(
        child_settings(web_servers=servers),
        MemoryBroker(clock),
        clock,
        SeededChance(1),
        RecorderContainer,
    )
    built.proactor.start()
    async with asyncio.timeout(20.0):
        yield built
    await built.proactor.stop_and_join()


async def url_of(node: Node, name: str) -> str:
    """Where it listens, once the node has started."""
    while not node.container.core().started_s:  # noqa: ASYNC110 - some turns, and no time
        await asyncio.sleep(0)
    (address,) = node.container.node_web_servers().addresses[name]
    return address.url


async def test_only_the_servers_that_are_to_show_it_do(node: Node) -> None:
    async with ClientSession(await url_of(node, "shown")) as client:
        async with client.get("/") as response:
            assert CHILD in await response.text()
        async with client.get("/status.json") as response:
            assert (await response.json())["name"] == CHILD
    async with ClientSession(await url_of(node, "bare")) as client, client.get("/") as response:
        assert response.status == 404


async def test_who_watches_is_told_that_the_node_has_ended(node: Node) -> None:
    async with (
        ClientSession(await url_of(node, "shown")) as client,
        client.get("/events") as stream,
    ):
        first = await stream.content.readuntil(b"\n\n")
        await node.proactor.stop_and_join()
        rest = await stream.content.read()

    assert CHILD in json.loads(first.partition(b"data: ")[2])["title"]
    assert rest.endswith(b"event: end\ndata: {}\n\n")


def test_a_node_without_page_does_not_load_what_makes_it() -> None:
    said = subprocess.run(
        [sys.executable, "-c", NOT_IMPORTED], capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == "[]"
