"""TLS as it is configured, by files, against a real mosquitto and real authorities."""

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import attrs
import pytest

from gwproactor.adapters.broker_process import MosquittoBroker, mosquitto_program
from gwproactor.adapters.mqtt import BrokerAddress, Login, PahoLinkTransport, TLSFiles
from gwproactor.domain.outage import FAILURES
from gwproactor.ports.link_transport import ConnectFailed
from gwproactor.testing.recording_listener import Connected
from tests.support.mqtt_clients import Client, client_of
from tests.support.tls_authority import DAY, Authority
from tests.support.tls_broker import TLSPlace

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(mosquitto_program() is None, reason="these certificates need mosquitto"),
]

SHORT_S = 0.2


class Connect(Protocol):
    """Begins an attempt at *broker*."""

    def __call__(
        self, broker: MosquittoBroker, login: TLSFiles | Login, *, server_hostname: str = ""
    ) -> Client: ...


@pytest.fixture
def place(tmp_path: Path) -> TLSPlace:
    return TLSPlace.below(tmp_path)


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    made: list[Client] = []

    def connect(
        broker: MosquittoBroker, login: TLSFiles | Login, *, server_hostname: str = ""
    ) -> Client:
        address = BrokerAddress(
            host="localhost",
            port=broker.port,
            client_id="a client",
            server_hostname=server_hostname or None,
        )
        login = Login(tls=login) if isinstance(login, TLSFiles) else login
        made.append(client_of(PahoLinkTransport(address, login=login)))
        made[-1].transport.connect()
        return made[-1]

    yield connect
    for client in made:
        await client.transport.disconnect()


async def failure_of(client: Client) -> ConnectFailed:
    failure = await client.listener.next(ConnectFailed)
    assert failure.cause in FAILURES
    return failure


async def test_a_broker_of_the_trusted_authority_is_connected_to(
    place: TLSPlace, connect: Connect
) -> None:
    with place.broker() as broker:
        await connect(broker, place.files()).listener.next(Connected)


async def test_a_broker_of_another_authority_is_not_trusted(
    place: TLSPlace, connect: Connect
) -> None:
    other = Authority(place.folder, "other")
    with place.broker(other.issue("stranger")) as broker:
        failure = await failure_of(connect(broker, place.files()))
        assert failure == ConnectFailed(
            "tls not trusted",
            "unable to get local issuer certificate (CERTIFICATE_VERIFY_FAILED)",
        )


async def test_a_broker_of_no_public_authority_is_not_trusted_by_default(
    place: TLSPlace, connect: Connect
) -> None:
    default = attrs.evolve(place.files(), ca_cert_path=place.folder / "absent", needs_ca_cert=False)
    with place.broker() as broker:
        assert (await failure_of(connect(broker, default))).cause == "tls not trusted"


async def test_whoever_is_not_verified_may_be_anybody(place: TLSPlace, connect: Connect) -> None:
    other = Authority(place.folder, "other").issue("stranger", hosts=("other.test",))
    with place.broker(other) as broker:
        files = attrs.evolve(place.files(), verify_mode=ssl.CERT_NONE)
        await connect(broker, files).listener.next(Connected)


async def test_an_expired_broker_is_refused(place: TLSPlace, connect: Connect) -> None:
    with place.broker(place.authority.issue("broker", since=-2 * DAY, until=-DAY)) as broker:
        failure = await failure_of(connect(broker, place.files()))
        assert failure == ConnectFailed(
            "tls expired", "certificate has expired (CERTIFICATE_VERIFY_FAILED)"
        )


async def test_a_broker_that_is_not_valid_yet_is_refused(place: TLSPlace, connect: Connect) -> None:
    with place.broker(place.authority.issue("broker", since=DAY, until=2 * DAY)) as broker:
        failure = await failure_of(connect(broker, place.files()))
        assert failure.cause == "tls not yet valid"


async def test_a_broker_must_be_named_in_its_certificate_as_it_is_reached_or_as_is_configured(
    place: TLSPlace, connect: Connect
) -> None:
    with place.broker(place.authority.issue("broker", hosts=("other.test",))) as broker:
        failure = await failure_of(connect(broker, place.files()))
        assert failure.cause == "tls host name"
        assert "certificate is not valid for 'localhost'" in failure.detail
        named = connect(broker, place.files(), server_hostname="other.test")
        await named.listener.next(Connected)


async def test_a_client_certificate_is_shown_to_who_demands_one(
    place: TLSPlace, connect: Connect
) -> None:
    with place.broker(require_client_cert=True) as broker:
        failure = await failure_of(connect(broker, place.files()))
        assert failure == ConnectFailed(
            "tls client certificate", "TLSV13_ALERT_CERTIFICATE_REQUIRED"
        )
        shown = place.files(place.authority.issue("node"))
        await connect(broker, shown).listener.next(Connected)


@pytest.mark.parametrize("kind", ["of another authority", "expired", "revoked"])
async def test_a_client_certificate_that_the_broker_refuses_is_told_as_such(
    place: TLSPlace, connect: Connect, kind: str
) -> None:
    revoked = place.authority.issue("revoked")
    shown = {
        "of another authority": Authority(place.folder, "other").issue("node"),
        "expired": place.authority.issue("expired", since=-2 * DAY, until=-DAY),
        "revoked": revoked,
    }
    crl = place.authority.revoke(revoked)
    with place.broker(require_client_cert=True, revoked=crl) as broker:
        valid = place.files(place.authority.issue("valid"))
        await connect(broker, valid).listener.next(Connected)
        failure = await failure_of(connect(broker, place.files(shown[kind])))
        assert failure.cause == "tls client certificate", failure


async def test_a_revoked_broker_is_refused_by_who_has_the_list(
    place: TLSPlace, connect: Connect
) -> None:
    shown = place.authority.issue("broker")
    with place.broker(shown) as broker:
        crl = place.authority.revoke(place.authority.issue("another broker"))
        await connect(broker, place.files(crl_path=crl)).listener.next(Connected)
        crl = place.authority.revoke(shown)
        failure = await failure_of(connect(broker, place.files(crl_path=crl)))
        assert failure == ConnectFailed(
            "tls revoked", "certificate revoked (CERTIFICATE_VERIFY_FAILED)"
        )
        await connect(broker, place.files()).listener.next(Connected)


async def test_a_list_that_is_out_of_date_or_of_another_authority_revokes_all(
    place: TLSPlace, connect: Connect
) -> None:
    old = place.authority.revoke(name="old", until=-DAY)
    foreign = Authority(place.folder, "other").revoke(name="foreign")
    with place.broker() as broker:
        for crl in (old, foreign):
            failure = await failure_of(connect(broker, place.files(crl_path=crl)))
            assert failure.cause == "tls revocation list", failure


async def test_the_key_may_need_a_password(place: TLSPlace, connect: Connect) -> None:
    shown = place.authority.issue("node", password="correct horse")
    files = place.files(shown)
    with place.broker(require_client_cert=True) as broker:
        failure = await failure_of(connect(broker, attrs.evolve(files, key_password="hors")))
        assert failure == ConnectFailed("tls files", f"the password of {shown.key_path} is another")
        right = attrs.evolve(files, key_password="correct horse")
        await connect(broker, right).listener.next(Connected)


async def test_replaced_files_are_used_at_the_next_connect(
    place: TLSPlace, connect: Connect
) -> None:
    expired = place.authority.issue("node", since=-2 * DAY, until=-DAY)
    password = place.folder / "password"
    password.write_text("an old one")
    files = attrs.evolve(place.files(expired), key_password=password)
    with place.broker(require_client_cert=True) as broker:
        client = connect(broker, files)
        assert (await failure_of(client)).cause == "tls client certificate"
        place.authority.issue("node", password="a new one")
        password.write_text("a new one")
        client.transport.connect()
        await client.listener.next(Connected)


@pytest.mark.parametrize("what", ["authority", "list"])
async def test_a_replaced_authority_or_list_is_used_at_the_next_connect(
    place: TLSPlace, connect: Connect, what: str
) -> None:
    shown = place.authority.issue("broker")
    crl = place.authority.revoke() if what == "list" else None
    with place.broker(shown) as broker:
        client = connect(broker, place.files(crl_path=crl))
        await client.listener.next(Connected)
        await client.transport.disconnect()
        if what == "list":
            place.authority.revoke(shown)
        else:
            Authority(place.folder)
        client.transport.connect()
        expected = "tls revoked" if what == "list" else "tls not trusted"
        assert (await failure_of(client)).cause == expected


class HangingFile:
    """What a login reads, until it is told to go on."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.goes_on = threading.Event()

    def read(self) -> str:
        self.begun.set()
        assert self.goes_on.wait(10)
        return "a client"


async def test_a_file_that_hangs_holds_up_neither_the_loop_nor_other_brokers(
    place: TLSPlace, connect: Connect
) -> None:
    file = HangingFile()
    with place.broker() as broker:
        hanging = connect(broker, Login(client_id=file.read, tls=place.files()))
        await asyncio.to_thread(file.begun.wait, 10)
        await connect(broker, place.files()).listener.next(Connected)
        assert hanging.listener.heard == []
        file.goes_on.set()
        await hanging.listener.next(Connected)


async def test_files_must_be_read_within_the_time_for_the_whole_attempt() -> None:
    file = HangingFile()
    address = BrokerAddress(host="localhost", port=1, client_id="a", connect_timeout_s=SHORT_S)
    client = client_of(PahoLinkTransport(address, login=Login(client_id=file.read)))
    client.transport.connect()
    assert await failure_of(client) == ConnectFailed("files", "reading them took longer than 0.2 s")
    file.goes_on.set()


async def test_an_attempt_is_given_up_at_once_while_its_files_are_read() -> None:
    file = HangingFile()
    address = BrokerAddress(host="localhost", port=1, client_id="a")
    client = client_of(PahoLinkTransport(address, login=Login(client_id=file.read)))
    client.transport.connect()
    await asyncio.to_thread(file.begun.wait, 10)
    await client.transport.disconnect()
    assert not file.goes_on.is_set()
    file.goes_on.set()
    await asyncio.sleep(0)
    assert client.listener.heard == []
