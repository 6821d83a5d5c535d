"""The status page in a real browser: two nodes, a real broker, and a link that goes down and up.

With GWP_SCREENSHOTS=FOLDER the tests leave there what they saw.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import attrs
import pytest
from dependency_injector import providers
from playwright.async_api import Browser
from typing_extensions import override

from gwproactor import (
    LinkSettings,
    MQTTClient,
    Paths,
    Proactor,
    ProactorContainer,
    ProactorSettings,
    assemble,
    build_node,
)
from gwproactor.adapters.broker_process import BrokerKind
from gwproactor.adapters.web.live import WATCHERS_MAX
from gwproactor.app.settings import NO_TLS, WebServerSettings
from gwproactor.domain.facts import ProblemFound
from tests.interop.our_node import PromptChance
from tests.support.brokers import PahoBroker, broker_kinds, launched
from tests.support.browser import Screen, launched_browser, screen
from tests.support.family import TYPES, Reading, Recorder
from tests.support.tcp_proxy import TcpProxy

PHONE: Final = (360, 740)
SMALL_PHONE: Final = (320, 568)
HOSTILE: Final = "<img src=x onerror=window.hacked=1><script>window.hacked=2</script>"

pytestmark = pytest.mark.broker


class StartedRecorder(Recorder):
    """Handles the link, and tells when the node has started."""

    def __init__(self) -> None:
        super().__init__()
        self.started = asyncio.Event()

    @override
    def start(self) -> None:
        self.started.set()


class PageContainer(ProactorContainer):
    """A node with a recorder that handles its link, and an actor whose name is an attack."""

    recorder: providers.Provider[StartedRecorder] = providers.Singleton(StartedRecorder)
    hostile: providers.Provider[Recorder] = providers.Singleton(Recorder, HOSTILE)


@attrs.frozen
class Node:
    """A running node with a status page."""

    container: PageContainer
    proactor: Proactor

    @property
    def url(self) -> str:
        (address,) = self.container.node_web_servers().addresses["status"]
        return address.url

    def read(self, value: int) -> None:
        """Generate an event."""
        self.container.event_log().generate_event(Reading(value=value)).unwrap()

    def find_problem(self, summary: str, details: str) -> None:
        """Report a problem, as any part of the node may."""
        found = ProblemFound("test", summary, details, summary, details)
        self.container.engine().dispatch(found)


def settings_of(role: str, broker: PahoBroker, folder: Path, port: int = 0) -> ProactorSettings:
    names = {"child": ("d1.page.scada", "s"), "parent": ("d1.page", "a")}
    peer = "parent" if role == "child" else "child"
    link = LinkSettings(
        peer_long_name=names[peer][0],
        peer_short_name=names[peer][1],
        upstream=role == "child",
        handler="recorder",
    )
    return ProactorSettings(
        long_name=names[role][0],
        short_name=names[role][1],
        paths=Paths(data_dir=folder / role),
        brokers={
            "local": MQTTClient(host=broker.launcher.host, port=broker.launcher.port, tls=NO_TLS)
        },
        links={peer: link},
        mqtt_link_poll_seconds=1.0,
        ack_timeout_seconds=1.0,
        web_servers={"status": WebServerSettings(port=port, status_page=True)},
    )


@asynccontextmanager
async def running(settings: ProactorSettings) -> AsyncIterator[Node]:
    container = assemble(settings, PageContainer, namespace=TYPES, chance=PromptChance())
    node = Node(container, build_node(container))
    node.proactor.start()
    try:
        await container.recorder().started.wait()
        yield node
    finally:
        await node.proactor.stop_and_join()


@pytest.fixture
def kind() -> BrokerKind:
    kinds = broker_kinds()
    if not kinds:
        pytest.skip("no broker was found: install iotcore or mosquitto")
    return kinds[0]


@pytest.fixture
async def broker(kind: BrokerKind, tmp_path: Path) -> AsyncIterator[PahoBroker]:
    async with launched(kind, tmp_path / "broker") as live:
        yield live


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with launched_browser() as live:
        yield live


@pytest.fixture
async def child(broker: PahoBroker, tmp_path: Path) -> AsyncIterator[Node]:
    """With its parent."""
    async with (
        running(settings_of("parent", broker, tmp_path)),
        running(settings_of("child", broker, tmp_path)) as node,
    ):
        yield node


async def look(shown: Screen, name: str) -> None:
    """Leave a picture where somebody wants one."""
    folder = os.environ.get("GWP_SCREENSHOTS")
    if folder:
        path = Path(folder) / f"{name}.png"
        await shown.page.screenshot(path=path, full_page=True)


async def test_the_page_follows_a_link_that_goes_down_and_up(
    child: Node, broker: PahoBroker, browser: Browser
) -> None:
    async with screen(browser) as shown:
        await shown.page.goto(child.url)
        await shown.shows("Live", within="#live")
        await shown.shows("heard by d1.page", within="#answers")
        await shown.shows("active", within="#link-parent")
        await look(shown, "up")

        await broker.stop()
        await shown.shows("not heard by d1.page", within="#answers")
        await shown.shows("connecting", within="#link-parent")
        for value in range(7):
            child.read(value)
        pending = child.container.event_store().content().pending
        await shown.shows(f"{pending} events wait", within="#answers")
        await shown.shows("cannot be reached", within="#problems")
        assert "not heard by d1.page" in await shown.page.title()
        await look(shown, "down")

        await broker.start()
        await shown.shows("heard by d1.page", within="#answers")
        await shown.shows("nothing waits", within="#answers")
        assert "all is well" in await shown.page.title()
        assert await shown.violations() == []
        assert shown.errors == []


async def test_what_is_unfolded_or_selected_stays_so_while_the_page_lives(
    child: Node, browser: Browser
) -> None:
    child.find_problem("the first problem", "its details")
    async with screen(browser) as shown:
        await shown.page.goto(child.url)
        await shown.page.get_by_text("the first problem").first.wait_for()
        await shown.page.locator("#problems").get_by_text("the first problem").click()
        await shown.page.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))")
        child.find_problem("the second problem", "newer, so above")
        await shown.shows("the second problem", within="#problems")

        await shown.shows("its details", within="#problems")
        assert not await shown.page.get_by_text("newer, so above").is_visible()
        assert await shown.page.evaluate("getSelection().toString()") == "d1.page.scada"


async def test_the_page_fits_a_phone_in_light_and_dark(child: Node, browser: Browser) -> None:
    child.find_problem("long" * 100, "details" * 100)
    for dark in (False, True):
        for size in (SMALL_PHONE, PHONE, (800, 600)):
            name = f"{size[0]}-{'dark' if dark else 'light'}"
            async with screen(browser, size=size, dark=dark) as shown:
                await shown.page.goto(child.url)
                await shown.shows("heard by d1.page", within="#answers")
                await shown.page.locator("#problems summary").first.click()
                await look(shown, name)
                page, text = await colours(shown, "body")

                assert await shown.overflow() <= 0, name
                assert (page < text) is dark, name
                for place in ("body", ".answer .words", ".badge", "dt", "small", "#live", "nav a"):
                    assert contrast(await colours(shown, place)) >= 4.5, (name, place)


async def test_the_wiring_fits_a_phone_too(child: Node, browser: Browser) -> None:
    async with screen(browser, size=SMALL_PHONE) as shown:
        await shown.page.goto(f"{child.url}wiring")
        await shown.shows("SqliteEventStore")
        await look(shown, "wiring")

        assert await shown.overflow() <= 0
        assert await shown.violations() == []
        assert shown.errors == []


async def test_without_javascript_the_page_says_the_same(child: Node, browser: Browser) -> None:
    async with screen(browser) as alive:
        await alive.page.goto(child.url)
        await alive.shows("Live", within="#live")
        await alive.shows("heard by d1.page", within="#answers")
        async with screen(browser, javascript=False) as plain:
            await plain.page.goto(child.url)
            with_script, without = await alive.text(), await plain.text()

    facts = [
        "heard by d1.page",
        "d1.page (upstream)",
        "recorder",
        "Event store",
        "Watchdog",
        HOSTILE,
    ]
    assert all(fact in without for fact in facts)
    assert all(fact in with_script for fact in facts)
    assert "reload for news" in without
    assert "reload for news" not in with_script


async def test_hostile_names_are_shown_and_do_nothing(child: Node, browser: Browser) -> None:
    child.find_problem(HOSTILE, HOSTILE)
    async with screen(browser) as shown:
        await shown.page.goto(child.url)
        await shown.shows("Live", within="#live")
        await shown.shows(HOSTILE, within="#actors")
        await shown.shows(HOSTILE, within="#problems")
        child.find_problem("another", "that the page is made anew with")
        await shown.shows("another", within="#problems")

        assert await shown.page.evaluate("window.hacked") is None
        assert await shown.page.locator("img").count() == 0
        assert await shown.violations() == []
        assert shown.errors == []


async def test_a_page_whose_node_has_stopped_says_so_and_comes_back(
    broker: PahoBroker, browser: Browser, tmp_path: Path
) -> None:
    settings = settings_of("child", broker, tmp_path)
    async with screen(browser, size=PHONE) as shown:
        async with running(settings) as node:
            url = node.url
            await shown.page.goto(url)
            await shown.shows("Live", within="#live")
        await shown.shows("Not live since", within="body")
        await shown.shows("the node has stopped", within="body")
        assert await shown.page.locator("main.stale").count() == 1
        await look(shown, "stopped")

        port = int(url.rstrip("/").rpartition(":")[2])
        async with running(settings_of("child", broker, tmp_path, port)):
            await shown.page.locator("#live.live").wait_for()
            assert await shown.page.locator("main.stale").count() == 0


async def test_a_page_that_hears_nothing_says_since_when(child: Node, browser: Browser) -> None:
    host, port = child.url.removeprefix("http://").rstrip("/").split(":")
    async with TcpProxy(host, int(port)) as proxy, screen(browser) as shown:
        await shown.page.goto(f"http://{proxy.host}:{proxy.port}/")
        await shown.shows("Live", within="#live")
        proxy.silence()
        await shown.shows("no news from the node", within="body")
        assert "Not live since" in await shown.page.locator("#live").inner_text()
        await look(shown, "silent")

        await proxy.restore()
        await shown.page.locator("#live.live").wait_for()


async def test_a_page_too_many_says_so_and_asks_for_itself(child: Node, browser: Browser) -> None:
    async with aiohttp.ClientSession(child.url) as client, AsyncExitStack() as watching:
        for _ in range(WATCHERS_MAX):
            await watching.enter_async_context(client.get("/events"))
        async with screen(browser, size=PHONE) as shown:
            await shown.page.clock.install()
            await shown.page.goto(child.url)
            await shown.page.locator("#live.renewed").wait_for()
            said = await shown.page.locator("#live").inner_text()
            assert f"every 10 s: {WATCHERS_MAX} pages are watching live already." in said
            assert await shown.page.locator("main.stale").count() == 0
            await look(shown, "too-many")

            child.find_problem("a new problem", "while nobody else may watch")
            await shown.page.clock.run_for(11_000)
            await shown.shows("a new problem", within="#problems")
            await shown.page.locator("#live.renewed").wait_for()
            assert await shown.violations() == []
            assert shown.errors == []

            await watching.aclose()
            await shown.page.clock.run_for(11_000)
            await shown.page.locator("#live.live").wait_for()


async def colours(shown: Screen, place: str) -> tuple[float, float]:
    """Luminance of the background and of the text of the first such element."""
    found: list[list[float]] = await shown.page.evaluate(COLOURS, place)
    background, text = found
    return luminance(background), luminance(text)


# The background is that of the nearest element that has one.
COLOURS: Final = """
(place) => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  let element = document.querySelector(place);
  const text = numbers(getComputedStyle(element).color);
  while (numbers(getComputedStyle(element).backgroundColor)[3] === 0) {
    element = element.parentElement;
  }
  return [numbers(getComputedStyle(element).backgroundColor), text];
}
"""


def luminance(colour: list[float]) -> float:
    """WCAG 2.1, "relative luminance"."""
    parts = [channel / 255 for channel in colour[:3]]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(pair: tuple[float, float]) -> float:
    """WCAG 2.1, "contrast ratio"; 4.5 is enough for text of any size."""
    low, high = sorted(pair)
    return (high + 0.05) / (low + 0.05)
