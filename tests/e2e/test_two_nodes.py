"""Two nodes of ours over every real broker: the real container, files, sockets and processes."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gwproactor import MQTTClient, StateName
from gwproactor.adapters.broker_process import BrokerKind, IotcoreBroker, MosquittoBroker
from gwproactor.adapters.broker_process.mosquitto_broker import mosquitto_program
from gwproactor.app.settings import NO_TLS
from tests.interop.our_node import DemoEvent, Names, OurNode, Role, our_node
from tests.support.brokers import PahoBroker, launched, one_of_each_broker
from tests.support.certificates import Certificates
from tests.support.lonely_node import lonely, problems_of

NAMES = Names.of("pair")


@pytest.fixture(params=one_of_each_broker())
def kind(request: pytest.FixtureRequest) -> BrokerKind:
    assert isinstance(request.param, BrokerKind)
    return request.param


@pytest.fixture
async def broker(kind: BrokerKind, tmp_path: Path) -> AsyncIterator[PahoBroker]:
    async with launched(kind, tmp_path / "broker") as live:
        yield live


def node(role: Role, broker: PahoBroker, folder: Path) -> OurNode:
    address = (broker.launcher.host, broker.launcher.port)
    return our_node(role, NAMES, address, folder / role, poll_s=2.0, ack_timeout_s=1.0)


@asynccontextmanager
async def running(*nodes: OurNode) -> AsyncIterator[None]:
    for one in nodes:
        one.proactor.start()
    try:
        yield
    finally:
        for one in nodes:
            await one.proactor.stop_and_join()


async def all_acked(child: OurNode) -> None:
    await child.eventually(lambda: child.pending == 0, "every event acknowledged")


def times_stored(parent: OurNode, ids: list[str]) -> set[int]:
    stored = Counter(event.message_id for event in parent.stored)
    return {stored[message_id] for message_id in ids}


async def test_events_of_an_outage_arrive_once_after_it(broker: PahoBroker, tmp_path: Path) -> None:
    if not broker.can_stop:
        pytest.skip("the broker is not ours to end")
    child, parent = node("child", broker, tmp_path), node("parent", broker, tmp_path)
    async with running(parent, child):
        await child.is_in(StateName.ACTIVE)
        before = child.generate(*(DemoEvent(index=i) for i in range(20)))
        await broker.stop()
        await child.is_in(StateName.CONNECTING)
        during = child.generate(*(DemoEvent(index=i) for i in range(200)))
        await broker.start()
        await child.is_in(StateName.ACTIVE)
        after = child.generate(DemoEvent(index=0))
        await all_acked(child)

    ids = before + during + after
    assert times_stored(parent, ids) == {1}
    assert [parent.handled()[message_id] for message_id in ids] == [1] * len(ids)


async def test_a_new_run_sends_what_the_last_one_could_not(
    broker: PahoBroker, tmp_path: Path
) -> None:
    alone = node("child", broker, tmp_path)
    async with running(alone):
        await alone.is_in(StateName.AWAITING_PEER)
        ids = alone.generate(*(DemoEvent(index=i) for i in range(50)))

    child, parent = node("child", broker, tmp_path), node("parent", broker, tmp_path)
    async with running(parent, child):
        await child.is_in(StateName.ACTIVE)
        await all_acked(child)

    assert times_stored(parent, ids) == {1}
    numbers = [e.sequence.number for e in parent.stored if e.message_id in ids and e.sequence]
    assert numbers == sorted(numbers)


async def test_a_child_that_stops_has_told_its_parent_and_leaves_nothing_pending(
    broker: PahoBroker, tmp_path: Path
) -> None:
    child, parent = node("child", broker, tmp_path), node("parent", broker, tmp_path)
    async with running(parent), running(child):
        await child.is_in(StateName.ACTIVE)
        await all_acked(child)

    last = [event.type_name for event in parent.stored if event.src == child.long_name][-1]
    assert last == "gridworks.event.shutdown"
    async with running(again := node("child", broker, tmp_path)):
        # Its own start-up event alone: the shutdown event was acknowledged.
        assert again.container.core().stats.events_generated <= again.pending + 1


async def test_a_name_that_does_not_exist_is_one_problem(tmp_path: Path) -> None:
    (problem,) = await problems_of(MQTTClient(host="no.such.host.invalid", tls=NO_TLS), tmp_path)
    assert "name resolution" in problem


async def test_a_port_where_nobody_listens_is_one_problem(tmp_path: Path) -> None:
    with socket.socket() as bound:  # Bound and not listening, so nobody else gets it.
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        (problem,) = await problems_of(
            MQTTClient(host="127.0.0.1", port=port, tls=NO_TLS), tmp_path
        )
    assert "cannot be reached: it takes no connection (tcp)" in problem
    assert str(port) in problem


async def test_a_broker_that_accepts_and_says_nothing_is_one_problem(tmp_path: Path) -> None:
    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        silent.append(writer)

    silent: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = MQTTClient(host="127.0.0.1", port=port, connect_timeout_seconds=0.2, tls=NO_TLS)
    (problem,) = await problems_of(client, tmp_path)
    assert "cannot be reached: it does not answer in time (timeout)" in problem
    for writer in silent:
        writer.close()
    server.close()


@pytest.mark.broker
@pytest.mark.skipif(mosquitto_program() is None, reason="passwords need mosquitto")
async def test_a_wrong_password_is_one_problem_and_is_not_in_it(tmp_path: Path) -> None:
    with MosquittoBroker(tmp_path / "broker", users={"child": "right"}) as launcher:
        client = MQTTClient.model_validate(
            {
                "host": launcher.host,
                "port": launcher.port,
                "username": "child",
                "password": "not the right one",
                "tls": NO_TLS,
            }
        )
        (problem,) = await problems_of(client, tmp_path)
    assert "cannot be reached: it refuses user or password (connack" in problem
    assert "not the right one" not in problem


@pytest.mark.parametrize("trusted", [True, False], ids=["its authority", "another authority"])
async def test_a_link_is_encrypted_and_the_broker_must_be_who_it_should(
    kind: BrokerKind, trusted: bool, tmp_path: Path
) -> None:
    ours, others = Certificates(), Certificates()
    folder = tmp_path / "broker"
    folder.mkdir()
    make = {"iotcore": IotcoreBroker, "mosquitto": MosquittoBroker}
    if kind.name not in make:
        pytest.skip("the broker is not ours to give a certificate")
    with make[kind.name](folder, tls=ours.files(folder)) as launcher:
        client = MQTTClient(host="localhost", port=launcher.port, tls=NO_TLS)
        if trusted:
            async with lonely(client, tmp_path, ours.client_context()) as (container, changes):
                state = container.link_publisher().link_state
                await changes.until(lambda: state("parent") is StateName.AWAITING_PEER)
        else:
            (problem,) = await problems_of(client, tmp_path, others.client_context())
            assert "no authority that this node trusts (tls not trusted)" in problem
