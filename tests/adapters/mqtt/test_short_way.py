"""How `PahoClient` sends many packets at once, and messages of QoS 0 past paho's own way."""

import socket
import threading
from collections.abc import Iterator

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from gwproactor.adapters.mqtt.paho_client import JOINED_BYTES_MAX, PahoClient
from gwproactor.adapters.mqtt.publish_packet import publish_packet
from tests.support.certificates import Certificates
from tests.support.connected_client import ConnectedClient, connected_client
from tests.support.scripted_broker import Kind, connack, packet, publish

NO_CONNECTION = MQTTErrorCode.MQTT_ERR_NO_CONN


@pytest.fixture
def connected() -> Iterator[ConnectedClient]:
    """Its CONNECT is written and read."""
    with connected_client() as made:
        made.client.loop_write()
        assert made.sent()[0] == 0x10
        yield made


def kinds(data: bytes) -> list[tuple[Kind, int]]:
    """Kind and flags of each packet; all are shorter than 128 bytes."""
    found = []
    while data:
        found.append((Kind(data[0] >> 4), data[0] & 15))
        data = data[2 + data[1] :]
    return found


@pytest.mark.parametrize("retain", [False, True])
@pytest.mark.parametrize("payload", [b"", b"x", bytes(200), bytes(20_000)])
def test_the_bytes_are_those_that_paho_sends(
    connected: ConnectedClient, payload: bytes, retain: bool
) -> None:
    connected.client.publish("a/\u00fc", payload, 0, retain)
    connected.client.loop_write()
    pahos = connected.sent()
    connected.client.publish_once("a/\u00fc", payload, retain=retain)
    connected.client.loop_write()
    assert connected.sent() == pahos


def test_packets_of_every_kind_leave_in_their_order(connected: ConnectedClient) -> None:
    client = connected.client
    client.publish_once("t", b"1", retain=False)
    client.subscribe("a")
    client.publish("t", b"2", 1)
    client.publish_once("t", b"3", retain=True)
    client._send_pingreq()
    client.unsubscribe("a")
    client.publish_once("t", b"4", retain=False)
    client.loop_write()
    assert kinds(connected.sent()) == [
        (Kind.PUBLISH, 0),
        (Kind.SUBSCRIBE, 2),
        (Kind.PUBLISH, 2),
        (Kind.PUBLISH, 1),
        (Kind.PINGREQ, 0),
        (Kind.UNSUBSCRIBE, 2),
        (Kind.PUBLISH, 0),
    ]
    assert (client.unsent_packets, client.unsent_bytes) == (0, 0)


def test_what_is_queued_leaves_in_one_call_but_for_disconnect() -> None:
    with connected_client(socket.SOCK_SEQPACKET) as made:
        for _ in range(5):
            made.client.publish_once("t", b"1", retain=False)
        made.client.disconnect()
        made.client.publish_once("t", b"too late", retain=False)
        made.client.loop_write()
        sent = [kinds(made.far.recv(10_000)) for _ in range(2)]
        assert sent == [[(Kind.CONNECT, 0), *[(Kind.PUBLISH, 0)] * 5], [(Kind.DISCONNECT, 0)]]
        assert made.client.socket() is None
        assert made.far.recv(10_000) == b""


def test_no_more_is_joined_than_it_pays_for() -> None:
    with connected_client(socket.SOCK_SEQPACKET) as made:
        third = bytes(JOINED_BYTES_MAX // 3)
        for payload in (third, third, third, bytes(JOINED_BYTES_MAX), b"1", b"2"):
            made.client.publish_once("t", payload, retain=False)
        made.client.loop_write()
        sizes = [len(made.far.recv(1_000_000)) for _ in range(4)]
        assert max(sizes[0], sizes[1]) <= JOINED_BYTES_MAX < sizes[2]
        assert sizes[3] == 12
        with pytest.raises(BlockingIOError):
            made.far.recv(1)


def test_what_goes_in_parts_arrives_whole_and_in_order_while_more_is_queued(
    connected: ConnectedClient,
) -> None:
    client = connected.client
    connected.near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 5_000)
    expected, got, stopped = bytearray(), bytearray(), 0
    for number in range(300):
        payload = number.to_bytes(2) * (1 + number * 7 % 900)
        client.publish_once("t", payload, retain=False)
        expected += publish_packet(b"t", payload, retain=False)
        client.loop_write()
        stopped += client.want_write()
        if number % 7 == 0:
            got += connected.sent()
            assert client.unsent_bytes == len(expected) - len(got)
    while client.want_write():
        client.loop_write()
        got += connected.sent()
    assert stopped > 10
    assert got + connected.sent() == expected
    assert (client.unsent_packets, client.unsent_bytes) == (0, 0)


def test_tls_gets_the_same_bytes_again_when_it_could_not_take_them(
    certificates: Certificates,
) -> None:
    near, far = socket.socketpair()
    near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 5_000)
    opened = threading.Event()
    received = bytearray()

    def read_late() -> None:
        with certificates.server_context().wrap_socket(far, server_side=True) as secured:
            opened.wait(10)
            while data := secured.recv(65_536):
                received.extend(data)

    reading = threading.Thread(target=read_late)
    reading.start()
    secured = certificates.client_context().wrap_socket(near, server_hostname="localhost")
    secured.setblocking(False)
    client = PahoClient("a", secured, lambda *_: None)
    client.on_socket_register_write = lambda *_: None
    client.connect("broker.test", 1883, 60)
    expected = bytearray()
    for number in range(200):
        payload = number.to_bytes(2) * 300
        client.publish_once("t", payload, retain=False)
        expected += publish_packet(b"t", payload, retain=False)
        client.loop_write()
    assert client.want_write()
    opened.set()
    while client.want_write():
        client.loop_write()
    assert client.fault is None
    client.disconnect()
    client.loop_write()
    while client.want_write():  # The disconnect, too, may find no room.
        client.loop_write()
    reading.join(10)
    assert received[15:-2] == expected


def test_a_connection_that_is_lost_while_sending_ends_with_its_fault(
    connected: ConnectedClient,
) -> None:
    client = connected.client
    connected.near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 5_000)
    for _ in range(100):
        client.publish_once("t", bytes(1_000), retain=False)
    assert client.loop_write() == MQTTErrorCode.MQTT_ERR_SUCCESS
    assert client.want_write()
    connected.far.close()
    client.publish_once("t", b"", retain=False)
    assert client.loop_write() == MQTTErrorCode.MQTT_ERR_CONN_LOST
    assert isinstance(client.fault, BrokenPipeError)
    assert client.socket() is None
    assert client.publish_once("t", b"", retain=False) == NO_CONNECTION


def test_a_message_in_one_piece_goes_past_paho_and_others_through_it(
    connected: ConnectedClient,
) -> None:
    pahos: list[bytes] = []
    connected.client.on_message = lambda _, __, message: pahos.append(bytes(message.payload))
    data = publish(b"t", b"whole", retain=True) + publish(b"u", b"in parts")
    connected.far.sendall(connack(0) + data[:-3])
    connected.client.read_packet()
    while connected.client.has_input:
        connected.client.read_packet()
    connected.far.sendall(data[-3:] + packet(Kind.PUBLISH, b"\0\1t\0\1one", 2) + publish(b"v", b""))
    connected.client.read_packet()
    while connected.client.has_input:
        connected.client.read_packet()
    assert connected.heard == [("t", b"whole", True), ("v", b"", False)]
    assert pahos == [b"in parts", b"one"]


def test_a_message_within_a_message_is_none(connected: ConnectedClient) -> None:
    pahos: list[bytes] = []
    connected.client.on_message = lambda _, __, message: pahos.append(bytes(message.payload))
    inner = publish(b"t", b"inner")
    connected.far.sendall(publish(b"t", inner)[: -len(inner)])
    connected.client.read_packet()
    connected.far.sendall(inner)
    connected.client.read_packet()
    assert (connected.heard, pahos) == ([], [inner])


def test_a_message_counts_as_a_sign_of_life(connected: ConnectedClient) -> None:
    connected.client._last_bytes_received = 0.0
    connected.far.sendall(publish(b"t", b""))
    connected.client.read_packet()
    assert connected.client._last_bytes_received > 0.0


def test_nothing_to_read_is_no_error_and_an_end_is_one(connected: ConnectedClient) -> None:
    assert connected.client.read_packet() == MQTTErrorCode.MQTT_ERR_SUCCESS
    assert connected.client.socket() is not None
    connected.far.close()
    assert connected.client.read_packet() == MQTTErrorCode.MQTT_ERR_CONN_LOST
    assert connected.client.socket() is None


def test_paho_itself_still_sends_each_packet_alone() -> None:
    # Else the joining could go.
    near, far = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with near, far:
        client = Client(CallbackAPIVersion.VERSION2)
        client._sock = near
        client.on_socket_register_write = lambda *_: None
        client.publish("t", b"1")
        client.publish("t", b"2")
        client.loop_write()
        assert [len(far.recv(100)) for _ in range(2)] == [6, 6]
        client._sock = None
