"""One attempt: name, TCP, TLS, CONNACK, and how each of them fails."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest

from gwproactor.adapters.broker_process import MosquittoBroker, mosquitto_program
from gwproactor.adapters.mqtt import PahoLinkTransport
from gwproactor.adapters.mqtt.open_socket import open_socket
from gwproactor.adapters.mqtt.resolver import RESOLVER, Resolved, Resolver
from gwproactor.domain.outcome import Success
from gwproactor.ports.link_transport import ConnectFailed
from gwproactor.testing.recording_listener import Connected
from tests.support.certificates import Certificates
from tests.support.mqtt_clients import Client, MakeClient, client_of, local
from tests.support.scripted_broker import (
    Kind,
    ThenClose,
    connack,
    packet,
    publish,
    scripted_broker,
)

SHORT_S = 0.2


@contextmanager
def silent_peer() -> Iterator[int]:
    """The port of a server that accepts TCP connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def black_hole() -> Iterator[int]:
    """The port of a server that does not even answer TCP, because its backlog is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port: int = server.getsockname()[1]
        fillers = [socket.socket() for _ in range(2)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        try:
            yield port
        finally:
            for filler in fillers:
                filler.close()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


async def failure_of(client: Client) -> ConnectFailed:
    client.transport.connect()
    return await client.listener.next(ConnectFailed)


async def turns_until(failure: "asyncio.Task[ConnectFailed]") -> int:
    turns = 0
    while not failure.done():
        turns += 1
        await asyncio.sleep(0)
    return turns


async def test_a_refused_connection_is_a_tcp_failure(make_client: MakeClient) -> None:
    port = closed_port()
    failure = await failure_of(make_client(local(port)))
    assert failure == ConnectFailed("tcp", f"port {port} of 127.0.0.1: Connection refused")


async def test_a_name_that_does_not_exist_is_a_name_resolution_failure() -> None:
    def unknown(host: str, port: int) -> tuple[Resolved, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    address = attrs.evolve(local(1883), host="no.such.name")
    client = client_of(PahoLinkTransport(address, resolver=Resolver(unknown)))
    failure = await failure_of(client)
    detail = "'no.such.name': Name or service not known"
    assert failure == ConnectFailed("name resolution", detail)


@pytest.mark.parametrize("host", ["two..dots", "x" * 64 + ".test"])
async def test_a_host_that_cannot_be_a_name_is_a_name_resolution_failure(
    make_client: MakeClient, host: str
) -> None:
    failure = await failure_of(make_client(attrs.evolve(local(1883), host=host)))
    assert failure.cause == "name resolution"


async def test_a_name_server_that_does_not_answer_is_a_timeout_which_delays_no_turn() -> None:
    answers = threading.Event()

    def never(host: str, port: int) -> tuple[Resolved, ...]:
        answers.wait(10)
        return ()

    address = attrs.evolve(local(1883), host="broker.test", connect_timeout_s=SHORT_S)
    client = client_of(PahoLinkTransport(address, resolver=Resolver(never)))
    attempt = asyncio.ensure_future(failure_of(client))
    assert await turns_until(attempt) > 100
    answers.set()
    expected = ConnectFailed("timeout", "looking up 'broker.test' took longer than 0.2 s")
    assert attempt.result() == expected


async def test_the_name_is_looked_up_anew_at_each_connect() -> None:
    async with scripted_broker(lambda _: connack(5)) as broker:
        asked: list[str] = []

        def look_up(host: str, port: int) -> tuple[Resolved, ...]:
            asked.append(host)
            return (Resolved(socket.AF_INET, ("127.0.0.1", broker.port)),)

        address = attrs.evolve(local(1883), host="broker.test")
        client = client_of(PahoLinkTransport(address, resolver=Resolver(look_up)))
        for number in (1, 2, 3):
            client.transport.connect()
            await client.listener.next(ConnectFailed, number=number)
        assert asked == ["broker.test"] * 3


async def test_each_address_of_a_name_is_tried_and_a_dead_one_leaves_time_for_the_next() -> None:
    with black_hole() as swallows:
        async with scripted_broker() as broker:
            found = tuple(
                Resolved(socket.AF_INET, ("127.0.0.1", port))
                for port in (closed_port(), swallows, broker.port)
            )
            address = attrs.evolve(local(1883), host="broker.test", connect_timeout_s=1)
            resolver = Resolver(lambda *_: found)
            client = client_of(PahoLinkTransport(address, resolver=resolver))
            client.transport.connect()
            await client.listener.next(Connected)
            await client.transport.disconnect()


async def test_a_peer_that_does_not_answer_tcp_is_a_timeout(make_client: MakeClient) -> None:
    with black_hole() as port:
        client = make_client(attrs.evolve(local(port), connect_timeout_s=SHORT_S))
        attempt = asyncio.ensure_future(failure_of(client))
        assert await turns_until(attempt) > 100
        assert attempt.result() == ConnectFailed("timeout", f"port {port} of 127.0.0.1: no answer")


@pytest.mark.parametrize("tls", [False, True])
async def test_a_peer_that_accepts_and_says_nothing_is_a_timeout_which_delays_no_turn(
    make_client: MakeClient, certificates: Certificates, tls: bool
) -> None:
    with silent_peer() as port:
        context = certificates.client_context() if tls else None
        address = attrs.evolve(local(port), ssl_context=context, connect_timeout_s=SHORT_S)
        attempt = asyncio.ensure_future(failure_of(make_client(address)))
        assert await turns_until(attempt) > 100
        failure = attempt.result()
        assert failure.cause == "timeout"
        assert ("TLS handshake" if tls else "CONNACK") in failure.detail


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (1, "unacceptable protocol version"),
        (2, "identifier rejected"),
        (3, "server unavailable"),
        (4, "bad user name or password"),
        (5, "not authorized"),
        (6, "unknown reason"),
        (255, "unknown reason"),
    ],
)
async def test_a_refused_connack_is_a_failure_with_its_code_and_text(
    make_client: MakeClient, code: int, text: str
) -> None:
    async with scripted_broker(lambda _: connack(code)) as broker:
        client = make_client(local(broker.port))
        failure = await failure_of(client)
        detail = f"refused with code {code}: {text}"
        assert failure == ConnectFailed("connack", detail, code)
        assert client.listener.heard == [failure]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (ThenClose(), "the broker closed the connection"),
        (ThenClose(b"\x20\x02"), "the broker closed the connection"),
        (b"HTTP/1.1 400 Bad Request\r\n" * 9, "not MQTT 3.1.1"),
        (packet(Kind.CONNACK, b"\0"), "not MQTT 3.1.1"),
        (b"\x20\xff\xff\xff\xff\x7f", "not MQTT 3.1.1"),
        (publish(b"t", b""), "sent a message"),
    ],
    ids=["close", "close mid-packet", "another protocol", "short", "endless length", "message"],
)
async def test_anything_but_a_connack_is_a_connack_failure(
    make_client: MakeClient, answer: bytes | ThenClose, text: str
) -> None:
    async with scripted_broker(lambda _: answer) as broker:
        failure = await failure_of(make_client(local(broker.port)))
        assert (failure.cause, failure.code) == ("connack", None)
        assert text in failure.detail


async def test_a_connack_may_come_byte_by_byte(make_client: MakeClient) -> None:
    async with scripted_broker(byte_by_byte=True) as broker:
        client = make_client(local(broker.port))
        client.transport.connect()
        await client.listener.next(Connected)


async def test_the_connect_packet_says_what_the_address_says(make_client: MakeClient) -> None:
    async with scripted_broker() as broker:
        address = attrs.evolve(local(broker.port), username="me", password="pw", keepalive_s=7)
        client = make_client(address)
        client.transport.connect()
        connect = await broker.seen(Kind.CONNECT)
        level_4_user_password_clean = b"\0\4MQTT\4\xc2"
        strings = b"\0\x08a client\0\2me\0\2pw"
        assert connect.body == level_4_user_password_clean + b"\0\7" + strings


async def test_the_client_id_stays_the_same_over_reconnects(make_client: MakeClient) -> None:
    async with scripted_broker() as broker:
        client = make_client(attrs.evolve(local(broker.port), client_id="mine"))
        for number in (1, 2, 3):
            client.transport.connect()
            await client.listener.next(Connected, number=number)
            await client.transport.disconnect()
        assert [one.client_id for one in broker.all(Kind.CONNECT)] == ["mine"] * 3


async def test_bind_address_and_port_choose_the_local_end(make_client: MakeClient) -> None:
    async with scripted_broker() as broker:
        mine = closed_port()
        client = make_client(
            attrs.evolve(local(broker.port), bind_address="127.0.0.2", bind_port=mine)
        )
        client.transport.connect()
        await client.listener.next(Connected)
        assert broker.peers == [("127.0.0.2", mine)]


async def test_a_bound_port_can_be_used_for_another_broker_at_once(
    make_client: MakeClient,
) -> None:
    mine = closed_port()
    async with scripted_broker() as one, scripted_broker() as other:
        for broker in (one, other):
            client = make_client(attrs.evolve(local(broker.port), bind_port=mine))
            client.transport.connect()
            await client.listener.next(Connected)
            await client.transport.disconnect()


async def test_a_bind_address_of_another_family_is_a_tcp_failure(make_client: MakeClient) -> None:
    async with scripted_broker() as broker:
        client = make_client(attrs.evolve(local(broker.port), bind_address="::1"))
        assert (await failure_of(client)).cause == "tcp"


async def test_small_messages_are_not_held_back_by_the_kernel() -> None:
    with silent_peer() as port:
        deadline = asyncio.get_running_loop().time() + 10
        opened = await open_socket(local(port), deadline, RESOLVER)
        assert isinstance(opened, Success)
        with opened.unwrap() as sock:
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert not sock.getblocking()


async def test_tls_connects_where_the_certificate_fits(
    make_client: MakeClient, certificates: Certificates
) -> None:
    async with scripted_broker(tls=certificates.server_context()) as broker:
        context = certificates.client_context()
        address = attrs.evolve(local(broker.port), host="localhost", ssl_context=context)
        client = make_client(address)
        client.transport.connect()
        await client.listener.next(Connected)


async def test_tls_fails_for_a_certificate_of_an_authority_that_is_not_trusted(
    make_client: MakeClient, certificates: Certificates
) -> None:
    async with scripted_broker(tls=certificates.server_context()) as broker:
        context = Certificates().client_context()
        failure = await failure_of(
            make_client(attrs.evolve(local(broker.port), ssl_context=context))
        )
        assert failure.cause == "tls not trusted"
        assert "unable to get local issuer certificate" in failure.detail


async def test_tls_fails_for_a_certificate_of_another_host(
    make_client: MakeClient, certificates: Certificates
) -> None:
    async with scripted_broker(tls=certificates.server_context("other.test")) as broker:
        context = certificates.client_context()
        address = attrs.evolve(local(broker.port), ssl_context=context)
        failure = await failure_of(make_client(attrs.evolve(address, host="localhost")))
        assert failure.cause == "tls host name"
        assert "certificate is not valid for 'localhost'" in failure.detail
        named = make_client(attrs.evolve(address, server_hostname="other.test"))
        named.transport.connect()
        await named.listener.next(Connected)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400\r\n\r\n", b""])
async def test_tls_fails_with_a_peer_that_speaks_none(
    make_client: MakeClient, certificates: Certificates, answer: bytes
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        context = certificates.client_context()
        failure = await failure_of(make_client(attrs.evolve(local(port), ssl_context=context)))
        assert failure.cause == "tls"


@pytest.mark.broker
@pytest.mark.skipif(mosquitto_program() is None, reason="only mosquitto demands certificates")
async def test_tls_fails_where_a_client_certificate_is_demanded_and_there_is_none(
    make_client: MakeClient, certificates: Certificates, tmp_path: Path
) -> None:
    files = certificates.files(tmp_path, require_client_cert=True)
    with MosquittoBroker(tmp_path, tls=files) as broker:
        address = local(broker.port)
        without = attrs.evolve(address, ssl_context=certificates.client_context())
        failure = await failure_of(make_client(without))
        assert failure == ConnectFailed(
            "tls client certificate", "TLSV13_ALERT_CERTIFICATE_REQUIRED"
        )
        shown = certificates.client_context_with_certificate()
        client = make_client(attrs.evolve(address, ssl_context=shown))
        client.transport.connect()
        await client.listener.next(Connected)


@pytest.mark.parametrize("turns", range(12))
@pytest.mark.parametrize("tls", [False, True])
async def test_an_attempt_can_be_given_up_at_any_moment(
    make_client: MakeClient, certificates: Certificates, tls: bool, turns: int
) -> None:
    context = certificates.server_context() if tls else None
    async with scripted_broker(tls=context) as broker:
        address = local(broker.port)
        if tls:
            address = attrs.evolve(address, ssl_context=certificates.client_context())
        client = make_client(address)
        client.transport.connect()
        for _ in range(turns):
            await asyncio.sleep(0)
        heard = list(client.listener.heard)
        await client.transport.disconnect()
        mqtt_tasks = [t for t in asyncio.all_tasks() if t.get_name().startswith("mqtt")]
        assert mqtt_tasks == []
        await asyncio.sleep(0)
        assert client.listener.heard == heard


@pytest.mark.parametrize("tls", [False, True])
async def test_an_attempt_held_up_by_a_silent_peer_is_given_up_at_once(
    make_client: MakeClient, certificates: Certificates, tls: bool
) -> None:
    with silent_peer() as port:
        context = certificates.client_context() if tls else None
        client = make_client(attrs.evolve(local(port), ssl_context=context, connect_timeout_s=50))
        client.transport.connect()
        for _ in range(20):
            await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await client.transport.disconnect()
        assert client.listener.heard == []


async def test_an_attempt_is_a_task_whose_name_says_where_it_goes(make_client: MakeClient) -> None:
    with silent_peer() as port:
        make_client(local(port)).transport.connect()
        assert f"mqtt connect 127.0.0.1:{port}" in {t.get_name() for t in asyncio.all_tasks()}


async def test_twenty_transports_need_no_thread_of_their_own(make_client: MakeClient) -> None:
    before = {thread.name for thread in threading.enumerate()}
    async with scripted_broker() as broker:
        address = attrs.evolve(local(broker.port), host="localhost")
        clients = [make_client(attrs.evolve(address, client_id=str(n))) for n in range(20)]
        for client in clients:
            client.transport.connect()
        for client in clients:
            await client.listener.next(Connected)
        started = [thread.name for thread in threading.enumerate() if thread.name not in before]
        # The one that looks names up may not have ended yet.
        assert started in ([], ["gwproactor-dns"])
