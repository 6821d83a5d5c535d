"""A relay between child and parent, and a parent with a sink that hangs: over every real broker,
with files.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from dependency_injector import providers

from gwproactor import (
    LinkSettings,
    MessageNamespace,
    MQTTClient,
    ProactorSettings,
    StateName,
    assemble,
    build_node,
)
from gwproactor.adapters.broker_process import BrokerKind
from gwproactor.adapters.persistence import SqliteSinkReader
from gwproactor.app.settings import NO_TLS
from tests.interop.our_node import (
    DEADLINE_S,
    Changes,
    DemoEvent,
    Names,
    OurNode,
    Packet,
    PromptChance,
    WatchedContainer,
    WatchedTransport,
    our_node,
)
from tests.support.brokers import PahoBroker, launched, one_of_each_broker
from tests.support.child_process import child as child_process
from tests.support.faulty_database import locked

PARENT, RELAY, CHILD, OTHER = "d1.chain", "d1.chain.relay", "d1.chain.child", "d1.chain.other"
DEMO = DemoEvent.wire.type_name


@pytest.fixture(params=one_of_each_broker())
async def broker(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PahoBroker]:
    assert isinstance(request.param, BrokerKind)
    async with launched(request.param, tmp_path / "broker") as live:
        yield live


def node(
    name: str,
    broker: PahoBroker,
    folder: Path,
    *,
    up: str = "",
    down: str = "",
    store: str = "sqlite",
) -> OurNode:
    """Not started yet; *down* may be several names."""
    peers = [(up, True)] if up else []
    peers += [(one, False) for one in down.split()]
    links = {
        peer: LinkSettings(
            peer_long_name=peer,
            peer_short_name=peer.replace(".", "_"),
            upstream=upstream,
            handler="recorder",
        )
        for peer, upstream in peers
    }
    values = {
        "long_name": name,
        "short_name": name.replace(".", "_"),
        "paths": {"data_dir": folder / name},
        "brokers": {
            "local": MQTTClient(host=broker.launcher.host, port=broker.launcher.port, tls=NO_TLS)
        },
        "links": links,
        "mqtt_link_poll_seconds": 0.3,
        "ack_timeout_seconds": 1.0,
        "event_store": {"kind": store},
        "event_sink": {"events_max": 500},
    }
    container = assemble(
        ProactorSettings.model_validate(values),
        WatchedContainer,
        namespace=MessageNamespace.of(DemoEvent),
        chance=PromptChance(),
    )
    changes, packets = Changes(), list[Packet]()
    watched = {
        broker_name: WatchedTransport(transport, packets, changes)
        for broker_name, transport in container.link_transports().items()
    }
    container.link_transports.override(providers.Object(watched))
    recorder = container.recorder()
    recorder.changes = changes
    return OurNode(container, build_node(container), recorder, changes, packets, "parent")


def state(one: OurNode, peer: str) -> StateName:
    return one.container.core().links[peer].state


@asynccontextmanager
async def running(*nodes: OurNode) -> AsyncIterator[None]:
    for one in nodes:
        one.proactor.start()
    try:
        yield
    finally:
        for one in nodes:
            await one.proactor.stop_and_join()


async def is_active(one: OurNode, peer: str) -> None:
    async with asyncio.timeout(DEADLINE_S):
        await one.changes.until(lambda: state(one, peer) is StateName.ACTIVE)


async def nothing_pending(one: OurNode) -> None:
    async with asyncio.timeout(DEADLINE_S):
        await one.changes.until(lambda: one.pending == 0)


def demos(count: int) -> Iterable[DemoEvent]:
    return (DemoEvent(index=index) for index in range(count))


@pytest.mark.parametrize("kind", ["sqlite", "rolling-files"])
async def test_a_relay_keeps_what_it_acknowledged_until_the_parent_has_it(
    kind: str, broker: PahoBroker, tmp_path: Path
) -> None:
    """Hazard 2. The child is gone, with nothing left, before the parent comes."""
    child = node(CHILD, broker, tmp_path, up=RELAY)
    relay = node(RELAY, broker, tmp_path, up=PARENT, down=CHILD, store=kind)
    async with running(relay):
        async with running(child):
            await is_active(child, RELAY)
            ids = child.generate(*demos(100))
            await nothing_pending(child)
        epoch = child.container.event_store().content().epoch

    relay = node(RELAY, broker, tmp_path, up=PARENT, down=CHILD, store=kind)
    parent = node(PARENT, broker, tmp_path, down=RELAY)
    async with running(parent, relay):
        await is_active(relay, PARENT)
        await nothing_pending(relay)

    received = [event for event in parent.stored if event.type_name == DEMO]
    assert Counter(event.message_id for event in received) == Counter(ids)
    places = [event.sequence for event in received if event.sequence is not None]
    assert len(places) == len(ids)
    assert {place.epoch for place in places} == {epoch}
    assert [place.number for place in places] == sorted(place.number for place in places)


async def test_what_happens_below_arrives_above_while_all_run(
    broker: PahoBroker, tmp_path: Path
) -> None:
    child = node(CHILD, broker, tmp_path, up=RELAY)
    relay = node(RELAY, broker, tmp_path, up=PARENT, down=CHILD)
    parent = node(PARENT, broker, tmp_path, down=RELAY)
    async with running(parent, relay, child):
        await is_active(relay, PARENT)
        await is_active(child, RELAY)
        ids = child.generate(*demos(200))
        await nothing_pending(child)
        await nothing_pending(relay)
    assert Counter(e.message_id for e in parent.stored if e.type_name == DEMO) == Counter(ids)
    assert [relay.handled()[message_id] for message_id in ids] == [1] * len(ids)
    assert [parent.handled()[message_id] for message_id in ids] == [1] * len(ids)


async def test_a_sink_that_hangs_under_a_flood_starves_no_other_link(
    broker: PahoBroker, tmp_path: Path
) -> None:
    """Both children come by one connection, which is read all the time."""
    parent = node(PARENT, broker, tmp_path, down=f"{CHILD} {OTHER}")
    loud, quiet = (node(name, broker, tmp_path, up=PARENT) for name in (CHILD, OTHER))
    async with running(parent, quiet, loud):
        await is_active(loud, PARENT)
        await is_active(quiet, PARENT)
        await nothing_pending(quiet)
        with locked(parent.container.settings().paths.event_sink):
            since = len(quiet.packets)
            ids = loud.generate(*demos(3000))
            async with asyncio.timeout(DEADLINE_S):
                await quiet.changes.until(lambda: len(quiet.ids_acked_by_peer(since=since)) >= 3)
            assert state(quiet, PARENT) is StateName.ACTIVE
            assert loud.pending >= len(ids)
            assert not set(ids) & set(parent.acked_ids())
        await nothing_pending(loud)
    stats = parent.container.core().links[CHILD].stats
    assert stats.sink_busy > 0
    assert Counter(e.message_id for e in parent.stored if e.type_name == DEMO) == Counter(ids)


async def test_a_parent_killed_between_stored_and_acked_stores_nothing_twice(
    broker: PahoBroker, tmp_path: Path
) -> None:
    """A real kill, in a process of its own."""
    folder = tmp_path / "parent"
    address = (broker.launcher.host, broker.launcher.port)
    child = our_node(
        "child", Names.of("pair"), address, tmp_path / "child", poll_s=0.5, ack_timeout_s=1.0
    )
    async with running(child):
        await child.is_in(StateName.AWAITING_PEER)
        ids = child.generate(*demos(20))
        for life in (1, 5):
            with child_process("parent_that_dies", *address, folder, life) as (process, _):
                async with asyncio.timeout(DEADLINE_S):
                    await asyncio.to_thread(process.wait)
        acked = set(child.ids_acked_by_peer())
        assert set(ids) > acked & set(ids)
        stored = SqliteSinkReader(folder / "received.sqlite").contains(child.long_name, ids)
        assert stored > acked & set(ids)
        with child_process("parent_that_dies", *address, folder, 0):
            await child.eventually(lambda: child.pending == 0, "every event acknowledged")
    received = list(SqliteSinkReader(folder / "received.sqlite").events())
    assert Counter(e.message_id for e in received if e.type_name == DEMO) == Counter(ids)
