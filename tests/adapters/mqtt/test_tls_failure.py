"""A broker that speaks nothing newer than TLS 1.2, which tells its refusals in the handshake."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from gwproactor.adapters.mqtt import BrokerAddress, Login, PahoLinkTransport, TLSFiles
from gwproactor.ports.link_transport import ConnectFailed
from gwproactor.testing.recording_listener import Connected
from tests.support.mqtt_clients import Client, client_of
from tests.support.scripted_broker import scripted_broker
from tests.support.tls_authority import Authority
from tests.support.tls_broker import TLSPlace


@pytest.fixture
def place(tmp_path: Path) -> TLSPlace:
    return TLSPlace.below(tmp_path)


def old_broker(place: TLSPlace) -> ssl.SSLContext:
    """Demands a certificate."""
    shown = place.authority.issue("broker")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown.path, shown.key_path)
    context.load_verify_locations(place.authority.path)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def connecting(port: int, files: TLSFiles) -> Client:
    address = BrokerAddress(host="localhost", port=port, client_id="a client")
    client = client_of(PahoLinkTransport(address, login=Login(tls=files)))
    client.transport.connect()
    return client


async def test_tls_1_2_is_spoken(place: TLSPlace) -> None:
    async with scripted_broker(tls=old_broker(place)) as broker:
        client = connecting(broker.port, place.files(place.authority.issue("node")))
        await client.listener.next(Connected)
        await client.transport.disconnect()


async def refusal_of(place: TLSPlace, files: TLSFiles) -> ConnectFailed:
    """By a thread of its own: asyncio's TLS closes before its last words are sent."""
    context = old_broker(place)
    with socket.create_server(("localhost", 0)) as server:
        client = connecting(server.getsockname()[1], files)
        refusing = asyncio.to_thread(refuse_one, server, context)
        _, failure = await asyncio.gather(refusing, client.listener.next(ConnectFailed))
    return failure


def refuse_one(server: socket.socket, context: ssl.SSLContext) -> None:
    server.settimeout(10)
    accepted, _ = server.accept()
    with accepted, pytest.raises(ssl.SSLError):
        context.wrap_socket(accepted, server_side=True)


async def test_tls_1_2_says_of_a_missing_certificate_only_that_it_fails(place: TLSPlace) -> None:
    failure = await refusal_of(place, place.files())
    assert failure == ConnectFailed("tls", "SSLV3_ALERT_HANDSHAKE_FAILURE")


async def test_tls_1_2_refuses_a_certificate_in_the_handshake(place: TLSPlace) -> None:
    stranger = Authority(place.folder, "other").issue("stranger")
    failure = await refusal_of(place, place.files(stranger))
    assert failure == ConnectFailed("tls client certificate", "TLSV1_ALERT_UNKNOWN_CA")
