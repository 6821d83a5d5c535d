"""The private parts of paho-mqtt that `PahoClient` builds on. Red: do not take the new version."""

import inspect
import re
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from importlib import metadata

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from gwproactor.adapters.mqtt.paho_client import QUICK_ACK, PahoClient
from tests.support.certificates import Certificates
from tests.support.connected_client import ConnectedClient, connected_client
from tests.support.scripted_broker import connack, publish

OVERRIDDEN = (
    "_create_socket",
    "_sock_recv",
    "_sock_send",
    "_packet_queue",
    "_packet_write",
    "_handle_connack",
)
CALLED = ("_packet_read", "_loop_rc_handle", "_sock_close", "_easy_log")
ATTRIBUTES = ("_sock", "_in_packet", "_out_packet", "_last_bytes_received")


def parameters(method: Callable[..., object]) -> list[tuple[str, object, object]]:
    found = inspect.signature(method).parameters.values()
    return [(parameter.name, parameter.kind, parameter.default) for parameter in found]


def test_paho_is_of_the_series_that_was_read() -> None:
    assert metadata.version("paho-mqtt").startswith("2.2.")


@pytest.mark.parametrize("name", OVERRIDDEN)
def test_an_overridden_method_has_the_signature_of_pahos(name: str) -> None:
    assert parameters(getattr(PahoClient, name)) == parameters(getattr(Client, name))


@pytest.mark.parametrize("name", CALLED)
def test_a_private_method_that_is_called_exists(name: str) -> None:
    assert callable(getattr(Client, name))


def test_private_attributes_that_are_used_exist_and_none_of_ours_hides_one_of_pahos() -> None:
    pahos = Client(CallbackAPIVersion.VERSION2)
    assert set(ATTRIBUTES) <= set(vars(pahos))
    with socket.socket() as ready:
        set_by_both = set(vars(pahos))
        ours = set(vars(PahoClient("a", ready, lambda *_: None))) - set_by_both
    new = {name for name in vars(PahoClient) if not name.startswith("__")} - set(OVERRIDDEN)
    assert not (ours | new) & set(dir(pahos))
    # Each is set once: by paho's constructor or by ours.
    assigned = set(
        re.findall(r"self\.(\w+)(?:: [^=]+)? = ", inspect.getsource(PahoClient.__init__))
    )
    assert not assigned & set_by_both


@pytest.fixture
def connected() -> Iterator[ConnectedClient]:
    with connected_client() as made:
        yield made


def test_a_ready_socket_is_used_and_nothing_is_written_before_the_loop_does(
    connected: ConnectedClient,
) -> None:
    assert (connected.client.unsent_packets, connected.client.unsent_bytes) == (1, 15)
    connected.far.setblocking(False)
    with pytest.raises(BlockingIOError):
        connected.far.recv(1)
    connected.client.loop_write()
    assert connected.far.recv(100)[:1] == b"\x10"
    assert (connected.client.unsent_packets, connected.client.unsent_bytes) == (0, 0)


def test_a_packet_in_pahos_queue_is_what_is_made_for_joined_ones(
    connected: ConnectedClient,
) -> None:
    (pahos,) = connected.client._out_packet
    connected.client.publish_once("t", b"", retain=False)
    connected.client.publish_once("t", b"", retain=False)
    connected.client._join_packets()
    (joined,) = connected.client._out_packet
    assert {**joined, "command": 0, "packet": b""} == {
        **pahos,
        "command": 0,
        "packet": b"",
        "to_process": len(joined["packet"]),
    }


def test_one_read_takes_one_packet_and_keeps_the_rest_of_what_it_took_off_the_wire(
    connected: ConnectedClient,
) -> None:
    heard = connected.heard
    connected.far.sendall(connack(0) + publish(b"t", b"1") + publish(b"t", b"2"))
    for expected in ([], [b"1"], [b"1", b"2"]):
        assert connected.client.read_packet() == MQTTErrorCode.MQTT_ERR_SUCCESS
        assert [payload for _, payload, _ in heard] == expected
        assert connected.client.has_input == (len(expected) < 2)


def test_the_alert_behind_a_failing_write_is_found(certificates: Certificates) -> None:
    near, far = socket.socketpair()
    demanding = certificates.server_context()
    demanding.verify_mode = ssl.CERT_REQUIRED

    def refuse() -> None:
        with pytest.raises(ssl.SSLError, match="PEER_DID_NOT_RETURN_A_CERTIFICATE"):
            demanding.wrap_socket(far, server_side=True)

    refusing = threading.Thread(target=refuse)
    refusing.start()
    secured = certificates.client_context().wrap_socket(near, server_hostname="localhost")
    refusing.join()
    client = PahoClient("a", secured, lambda *_: None)
    client.on_socket_register_write = lambda *_: None
    client.connect("broker.test", 1883, 60)
    while client.socket() is not None:
        client.publish("t")
        client.loop_write()
    assert isinstance(client.fault, ssl.SSLError)
    assert client.fault.reason == "TLSV13_ALERT_CERTIFICATE_REQUIRED"


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5, 99])
def test_the_code_of_a_refused_connack_is_kept_and_closes_the_socket(
    connected: ConnectedClient, code: int
) -> None:
    connected.far.sendall(connack(code))
    assert connected.client.read_packet() != MQTTErrorCode.MQTT_ERR_SUCCESS
    assert connected.client.connack_code == code
    assert connected.client.socket() is None


@pytest.mark.skipif(QUICK_ACK is None, reason="only Linux lets a program ask for quick TCP ACKs")
def test_what_was_read_is_acknowledged_to_the_kernel_of_the_peer_at_once() -> None:
    assert QUICK_ACK is not None
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = socket.create_connection(server.getsockname())
        far, _ = server.accept()
    near.setsockopt(socket.IPPROTO_TCP, QUICK_ACK, 0)  # as Linux has it once both sides talk
    client = PahoClient("a", near, lambda *_: None)
    client.on_socket_register_write = lambda *_: None
    client.connect("broker.test", 1883, 60)
    far.sendall(connack(0))
    select.select([near], [], [])
    assert client.read_packet() == MQTTErrorCode.MQTT_ERR_SUCCESS
    assert near.getsockopt(socket.IPPROTO_TCP, QUICK_ACK)
    client.shut()
    far.close()
