"""A broker that speaks nothing newer than TLS 1.2, which tells its refusals in the handshake."""

import asyncio
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from gwproactor.adapters.mqtt import BrokerAddress, Login, PahoLinkTransport, TLSFiles
from gwproactor.adapters.mqtt.tls_failure import tls_failure
from gwproactor.ports.link_transport import ConnectFailed
from gwproactor.testing.recording_listener import Connected
from tests.support.handshake import handshake_error
from tests.support.issuing import Issuing
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


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (18, "tls not trusted"),
        (20, "tls not trusted"),
        (44, "tls revocation list"),  # a list of another scope
        (35, "tls revocation list"),  # an authority that may not sign lists
        (66, "tls certificate too weak"),
        (68, "tls certificate too weak"),
        (26, "tls certificate not fit"),  # purpose
        (47, "tls certificate not fit"),  # name constraints
        (25, "tls certificate not fit"),  # length of the chain
    ],
)
def test_what_is_wrong_with_a_certificate_is_told_by_its_kind(code: int, cause: str) -> None:
    """What has nothing to do with the trusted authorities does not send anybody to them."""
    error = ssl.SSLCertVerificationError()
    error.verify_code, error.verify_message, error.reason = code, "words", "REASON"
    assert tls_failure(error).cause == cause


def test_an_authority_with_a_weak_key_is_not_said_to_be_unknown(tmp_path: Path) -> None:
    issuing = Issuing(datetime.now(UTC))
    key = rsa.generate_private_key(65_537, 1_024)
    weak = issuing.certificate("weak", is_authority=True, key=key)
    broker = issuing.certificate("broker", by=weak, hosts=["localhost"])
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*broker.files(tmp_path, "broker"))
    client = ssl.create_default_context(cadata=weak.pem.decode())

    error = handshake_error(client, server, "localhost")

    assert error is not None
    assert tls_failure(error).cause == "tls certificate too weak"
