"""What only real brokers show."""

import asyncio
import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from threading import get_ident

import attrs
import pytest

from gwproactor.adapters.broker_process import (
    BrokerKind,
    BrokerLauncher,
    IotcoreBroker,
    MosquittoBroker,
    iotcore_is_installed,
    mosquitto_program,
)
from gwproactor.adapters.mqtt.paho_client import UNANSWERED_MAX
from gwproactor.domain.outcome import Success
from gwproactor.domain.subscription import QOS, Subscription
from gwproactor.ports.link_transport import ConnectFailed, Disconnected
from gwproactor.testing.recording_listener import Connected, Received, SubscribeAcked
from tests.support.brokers import one_of_each_broker
from tests.support.certificates import Certificates
from tests.support.mqtt_clients import Client, MakeClient, local

pytestmark = pytest.mark.broker
needs_mosquitto = pytest.mark.skipif(mosquitto_program() is None, reason="needs mosquitto")
needs_iotcore = pytest.mark.skipif(not iotcore_is_installed(), reason="needs iotcore")
BURST = 200
STREAM_BURST = 50


@pytest.fixture(params=one_of_each_broker())
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerLauncher]:
    kind: BrokerKind = request.param
    with kind.make(tmp_path) as launcher:
        yield launcher


async def connect(client: Client) -> None:
    number = len(client.listener.all(Connected)) + 1
    client.transport.connect()
    await client.listener.next(Connected, number=number)


async def subscribe(client: Client, topic_filter: str, qos: QOS = QOS.AtMostOnce) -> None:
    number = len(client.listener.all(SubscribeAcked)) + 1
    assert client.transport.subscribe(1, [Subscription(topic_filter, qos)]) == Success(None)
    await client.listener.next(SubscribeAcked, number=number)


@needs_iotcore
async def test_a_burst_in_few_tls_records_is_read_to_its_end(
    make_client: MakeClient, certificates: Certificates, tmp_path: Path
) -> None:
    # rumqttd packs several packets in a record: once the descriptor is empty, OpenSSL is not.
    with IotcoreBroker(tmp_path, tls=certificates.files(tmp_path)) as broker:
        base = attrs.evolve(local(broker.port), ssl_context=certificates.client_context())
        sender, receiver = (make_client(attrs.evolve(base, client_id=name)) for name in "ab")
        await connect(sender)
        await connect(receiver)
        await subscribe(receiver, "#")
        for number in range(BURST):
            sender.transport.publish("t", str(number).encode().ljust(500), QOS.AtMostOnce)
        received = await receiver.listener.first(Received, BURST)
        assert [int(one.payload) for one in received] == list(range(BURST))


async def test_a_killed_broker_is_connected_to_again_by_the_same_client(
    make_client: MakeClient, broker: BrokerLauncher
) -> None:
    if not broker.is_ours:
        pytest.skip("this broker is not ours to kill")
    client = make_client(local(broker.port))
    for number in (1, 2, 3):
        await connect(client)
        await subscribe(client, "a")
        client.transport.publish("a", b"%d" % number, QOS.AtMostOnce)
        assert (await client.listener.next(Received, number=number)).payload == b"%d" % number
        broker.kill()
        await client.listener.next(Disconnected, number=number)
        broker.start()


async def test_all_news_of_a_lost_and_regained_broker_come_on_the_loops_own_thread(
    make_client: MakeClient, broker: BrokerLauncher
) -> None:
    """Hazard 27: what one thread alone changes needs no lock."""
    if not broker.is_ours:
        pytest.skip("this broker is not ours to kill")
    client = make_client(local(broker.port))
    threads: list[tuple[str, int]] = []
    client.listener.then = lambda heard: threads.append((type(heard).__name__, get_ident()))
    await connect(client)
    await subscribe(client, "a")
    client.transport.publish("a", b"1", QOS.AtMostOnce)
    await client.listener.next(Received)
    broker.kill()
    await client.listener.next(Disconnected)
    client.transport.connect()
    await client.listener.next(ConnectFailed)
    broker.start()
    await connect(client)

    heard = ["Connected", "SubscribeAcked", "Received", "Disconnected", "ConnectFailed"]
    assert threads == [(name, get_ident()) for name in [*heard, "Connected"]]


@pytest.mark.parametrize("qos", [QOS.AtLeastOnce, QOS.ExactlyOnce])
async def test_as_many_messages_as_may_be_unanswered_arrive_in_order(
    make_client: MakeClient, broker: BrokerLauncher, qos: QOS
) -> None:
    client = make_client(attrs.evolve(local(broker.port), host=broker.host))
    await connect(client)
    await subscribe(client, "qos", qos)
    # mosquitto resets a client that has more than 20 of QoS 2 in flight at once.
    for number in range(UNANSWERED_MAX):
        assert client.transport.publish("qos", b"%d" % number, qos) == Success(None)
    received = await client.listener.first(Received, UNANSWERED_MAX)
    assert [int(one.payload) for one in received] == list(range(UNANSWERED_MAX))


async def test_last_messages_arrive_though_others_stream_in_while_we_disconnect(
    make_client: MakeClient, broker: BrokerLauncher
) -> None:
    # Closed with unread bytes, the connection was reset, and every second of these was lost.
    base = attrs.evolve(local(broker.port), host=broker.host)
    receiver, streamer = (make_client(attrs.evolve(base, client_id=name)) for name in "rs")
    await connect(receiver)
    await subscribe(receiver, "last")
    await connect(streamer)
    await subscribe(streamer, "stream")
    streaming = asyncio.create_task(stream(streamer))
    for number in range(10):
        client = make_client(attrs.evolve(base, client_id=f"c{number}"))
        await connect(client)
        await subscribe(client, "stream")
        await client.listener.next(Received)
        for _ in range(20):
            client.transport.publish("last", bytes(1_000), QOS.AtMostOnce)
        await client.transport.disconnect()
    await receiver.listener.first(Received, 10 * 20)
    streaming.cancel()


async def stream(client: Client) -> None:
    """Send no faster than the broker passes it on: a flood would keep others from connecting."""
    for number in itertools.count(1):
        for _ in range(STREAM_BURST):
            client.transport.publish("stream", bytes(2_000), QOS.AtMostOnce)
        await client.listener.first(Received, number * STREAM_BURST)


async def test_twenty_connections_need_no_thread(
    make_client: MakeClient, broker: BrokerLauncher
) -> None:
    before = threading.active_count()
    base = attrs.evolve(local(broker.port), host=broker.host)
    clients = [make_client(attrs.evolve(base, client_id=f"c{n}")) for n in range(20)]
    for client in clients:
        await connect(client)
        await subscribe(client, "all")
    clients[0].transport.publish("all", b"", QOS.AtMostOnce)
    for client in clients:
        await client.listener.next(Received)
    assert threading.active_count() == before


async def test_a_second_client_with_the_same_id_ends_the_first_connection(
    make_client: MakeClient, broker: BrokerLauncher
) -> None:
    first, second = (make_client(local(broker.port)) for _ in range(2))
    await connect(first)
    await connect(second)
    await first.listener.next(Disconnected)
    await subscribe(second, "a")


@needs_mosquitto
@pytest.mark.parametrize(
    ("username", "password"), [(None, None), ("me", "wrong"), ("nobody", "right")]
)
async def test_a_wrong_password_is_a_connack_failure_that_does_not_repeat_it(
    make_client: MakeClient, tmp_path: Path, username: str | None, password: str | None
) -> None:
    with MosquittoBroker(tmp_path, users={"me": "right"}) as broker:
        base = local(broker.port)
        right = make_client(attrs.evolve(base, username="me", password="right"))
        await connect(right)
        wrong = make_client(attrs.evolve(base, username=username, password=password))
        wrong.transport.connect()
        failure = await wrong.listener.next(ConnectFailed)
        detail = "refused with code 5: not authorized"
        assert failure == ConnectFailed("connack", detail, 5)


@needs_mosquitto
async def test_an_acl_of_mosquitto_keeps_messages_from_who_may_not_read_them(
    make_client: MakeClient, tmp_path: Path
) -> None:
    users = {"writer": "w", "reader": "r"}
    acl = "user writer\ntopic write #\nuser reader\ntopic read open/#\n"
    with MosquittoBroker(tmp_path, users=users, acl=acl) as broker:
        writer, reader = (
            make_client(
                attrs.evolve(local(broker.port), username=name, password=word, client_id=name)
            )
            for name, word in users.items()
        )
        await connect(writer)
        await connect(reader)
        await subscribe(reader, "#")
        writer.transport.publish("secret/1", b"", QOS.AtMostOnce)
        writer.transport.publish("open/1", b"", QOS.AtMostOnce)
        assert (await reader.listener.next(Received)).topic == "open/1"
