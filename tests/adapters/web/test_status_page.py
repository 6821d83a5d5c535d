"""The page as text: everything is in it, what is bad comes first, and no name breaks it."""

from html.parser import HTMLParser

import pytest
from attrs import evolve
from typing_extensions import override

from gwproactor.adapters.web.status_page import status_page
from gwproactor.adapters.web.wiring_page import wiring_page
from gwproactor.domain.health import health_of
from gwproactor.domain.status import IOLoopStatus, NodeStatus, WiringEntry
from gwproactor.domain.supervision import SupervisionState
from tests.support.statuses import ACTOR, COROUTINE, LINK, MONITORED, NODE, PROBLEM, STORE, WATCHDOG

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></main></body><script>alert(1)</script>",
    "--><svg onload=alert(1)>",
    "&lt;script&gt;",
    "javascript:alert(1)",
    "a\x00b\rc\nd\u2028e\u202ef\udc80",
]


class Reader(HTMLParser):
    """What a browser would find."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.text = ""

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [str(value) for name, value in attrs if name in {"src", "href"}]

    @override
    def handle_data(self, data: str) -> None:
        self.text += data


def read(status: NodeStatus) -> Reader:
    reader = Reader()
    reader.feed(status_page(status, health_of(status)).html)
    return reader


def hostile(name: str) -> NodeStatus:
    """A node all of whose texts are *name*."""
    return evolve(
        NODE,
        name=name,
        short_name=name,
        version=name,
        links=(
            evolve(LINK, name=name, peer=name, broker=name, broker_address=name),
            evolve(LINK, name=name, upstream=False, state="connecting", broker_address=name),
        ),
        store=evolve(STORE, kind=name, when_full=name, trouble=name, quarantined_types=(name,)),
        actors=(
            evolve(
                ACTOR,
                name=name,
                class_name=name,
                waits_for=name,
                last_failure=name,
                state=SupervisionState.FAILED,
            ),
        ),
        io_loop=IOLoopStatus(coroutines=(evolve(COROUTINE, name=name, last_failure=name),)),
        watchdog=evolve(
            WATCHDOG,
            external=name,
            last_stall=name,
            monitored=(evolve(MONITORED, name=name, late=True),),
        ),
        problems=(evolve(PROBLEM, summary=name, details=name),),
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_becomes_markup(name: str) -> None:
    plain, attacked = read(hostile("name")), read(hostile(name))

    assert attacked.tags == plain.tags
    assert attacked.attributes == plain.attributes
    assert attacked.addresses == plain.addresses


def test_a_hostile_name_is_shown_as_it_is() -> None:
    assert HOSTILE[0] in read(hostile(HOSTILE[0])).text


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_becomes_markup_of_the_wiring(name: str) -> None:
    reader, plain = Reader(), Reader()
    for read_by, each in ((reader, name), (plain, "name")):
        entries = [WiringEntry(name=each, class_name=each, needs=(each, "none"))]
        read_by.feed(wiring_page(each, entries).html)

    assert (reader.tags, reader.attributes) == (plain.tags, plain.attributes)


def test_nothing_is_loaded_from_elsewhere() -> None:
    assert all("/" not in address and ":" not in address for address in read(NODE).addresses)


def test_every_fact_is_there_without_javascript() -> None:
    text = read(NODE).text

    for fact in (
        "d1.house.scada",
        "up 26 h",
        "process 4711",
        "active for 3 h 00 min",
        "70 received, 140 sent",
        "local at localhost:1883",
        "1.2 kB of 500 MB",
        "the oldest events are dropped",
        "thermometer",
        "on failure: restart",
        "systemd, every 15 s",
        "burner",
        "link 'parent': no answer",
        "line 1\nline 2",
        "As of 2026-01-01 00:00:00 UTC",
    ):
        assert fact in text


def test_what_is_bad_comes_first() -> None:
    names = ["good", "slow", "gone"]
    states = [SupervisionState.RUNNING, SupervisionState.RESTARTING, SupervisionState.FAILED]
    actors = [evolve(ACTOR, name=n, state=s) for n, s in zip(names, states, strict=True)]
    link_states = ["active", "awaiting_peer", "connecting"]
    links = [
        evolve(LINK, name=f"to {n}", state=s, upstream=False)
        for n, s in zip(names, link_states, strict=True)
    ]
    text = read(evolve(NODE, actors=tuple(actors), links=(*links, LINK))).text

    below = text[text.index("Links") :]
    assert (
        below.index("parent")
        < below.index("to gone")
        < below.index("to slow")
        < below.index("to good")
    )
    rows = text[text.index("last progress") :]
    assert rows.index("gone") < rows.index("slow") < rows.index("good")


def test_an_empty_node_has_a_page_too() -> None:
    status = evolve(
        NODE,
        started_ms=None,
        links=(),
        actors=(),
        problems=(),
        watchdog=evolve(WATCHDOG, monitored=()),
    )
    text = read(status).text

    assert "This node has no links." in text
    assert "This node has no actors." in text
    assert "starting" in text


def test_the_wiring_leads_from_part_to_part() -> None:
    entries = [
        WiringEntry(name="clock", class_name="LoopClock", needs=()),
        WiringEntry(name="sensor", class_name="Sensor", needs=("clock",)),
    ]
    reader = Reader()
    reader.feed(wiring_page("d1.house", entries).html)

    assert {"#part-clock", "#part-sensor"} <= set(reader.addresses)
    assert "LoopClock" in reader.text


@pytest.mark.parametrize("upstream", [True, False])
def test_a_failing_sink_is_shown_beside_a_store_that_fails_too(*, upstream: bool) -> None:
    store = evolve(STORE, trouble="no room", sink_trouble="disk is full")
    text = read(evolve(NODE, links=(evolve(LINK, upstream=upstream),), store=store)).text

    assert "event store: no room" in text
    assert "event sink: disk is full" in text


def test_a_store_that_keeps_nothing_is_said_to() -> None:
    text = read(evolve(NODE, store=evolve(STORE, kind="NullEventStore", keeps=False))).text

    assert "keeps nothing" in text
    assert "full in" not in text
    assert "when full" not in text


def test_a_sink_that_keeps_nothing_is_said_to() -> None:
    store = evolve(STORE, sink_kind="NullEventSink", sink_keeps=False)
    alone = evolve(NODE, links=(evolve(LINK, upstream=False),), store=store)

    assert "NullEventSink, which keeps nothing" in read(alone).text
    assert "it keeps what it receives" not in read(alone).text
    assert "NullEventSink, which keeps nothing" in read(evolve(NODE, store=store)).text


def test_a_failed_io_coroutine_is_listed() -> None:
    text = read(evolve(NODE, io_loop=IOLoopStatus(running=2, failed=1, coroutines=(COROUTINE,))))
    none = read(evolve(NODE, io_loop=IOLoopStatus()))

    for fact in ("IO coroutines", "last: ValueError: no such meter", "on failure: report"):
        assert fact in text.text
        assert fact not in none.text
    assert "2 running, 1 failed." in text.text
