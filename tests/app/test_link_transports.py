"""How what a node is configured with reaches its brokers."""

import asyncio
import shutil
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gwproactor.adapters.broker_process import MosquittoBroker, mosquitto_program
from gwproactor.adapters.memory import MemoryInstanceId
from gwproactor.adapters.mqtt import TLSFiles
from gwproactor.app.assembly import assemble
from gwproactor.app.link_transports import make_link_transports, tls_files
from gwproactor.app.settings import NO_TLS, LinkSettings, Paths, ProactorSettings
from gwproactor.ports.link_transport import ConnectFailed, LinkTransport
from gwproactor.testing.recording_listener import Connected, RecordingListener
from tests.support.certificates import Certificates
from tests.support.scripted_broker import Kind, scripted_broker
from tests.support.tls_authority import Authority
from tests.support.tls_broker import TLSPlace

live = pytest.mark.skipif(mosquitto_program() is None, reason="this needs mosquitto")
INSTANCE = "1d5ee0de-0000-4000-8000-000000000001"


def settings_of(folder: Path, **broker: Any) -> ProactorSettings:
    """A node with one link over the broker `local`."""
    return ProactorSettings.model_validate(
        {
            "long_name": "d1.house.scada",
            "short_name": "s",
            "paths": Paths(config_dir=folder / "config", data_dir=folder / "data"),
            "brokers": {"local": {"host": "127.0.0.1", **broker}},
            "links": {"parent": LinkSettings(peer_long_name="d1", peer_short_name="a")},
        }
    )


def listened(
    settings: ProactorSettings, contexts: Mapping[str, ssl.SSLContext] | None = None
) -> tuple[LinkTransport, RecordingListener]:
    """The transport of the broker `local`, connecting."""
    instance_id = MemoryInstanceId(INSTANCE)
    (transport,) = make_link_transports(settings, contexts or {}, instance_id).values()
    listener = RecordingListener()
    transport.listen(listener)
    transport.connect()
    return transport, listener


async def connects(
    settings: ProactorSettings, contexts: Mapping[str, ssl.SSLContext] | None = None
) -> None:
    transport, listener = listened(settings, contexts)
    await listener.next(Connected)
    await transport.disconnect()


async def failure_of(settings: ProactorSettings) -> ConnectFailed:
    transport, listener = listened(settings)
    failure = await listener.next(ConnectFailed)
    await transport.disconnect()
    return failure


async def test_keepalive_and_bind_settings_take_effect(tmp_path: Path) -> None:
    """Hazard 29."""
    with socket.create_server(("127.0.0.2", 0)) as free:
        bind_port: int = free.getsockname()[1]
    async with scripted_broker() as broker:
        await connects(
            settings_of(
                tmp_path,
                port=broker.port,
                tls=NO_TLS,
                keepalive=77,
                bind_address="127.0.0.2",
                bind_port=bind_port,
            )
        )
        connect = await broker.seen(Kind.CONNECT)
        assert int.from_bytes(connect.body[8:10]) == 77
        assert broker.peers == [("127.0.0.2", bind_port)]


async def test_the_default_client_id_names_node_broker_and_installation(tmp_path: Path) -> None:
    async with scripted_broker() as broker:
        await connects(settings_of(tmp_path, port=broker.port, tls=NO_TLS))
        assert (await broker.seen(Kind.CONNECT)).client_id == "d1.house.scada-local-1d5ee0de"


async def test_a_configured_client_id_is_sent_as_it_is(tmp_path: Path) -> None:
    async with scripted_broker() as broker:
        await connects(settings_of(tmp_path, port=broker.port, tls=NO_TLS, client_id="mine"))
        assert (await broker.seen(Kind.CONNECT)).client_id == "mine"


async def test_the_client_id_is_the_same_after_a_restart(tmp_path: Path) -> None:
    async with scripted_broker() as broker:
        settings = settings_of(tmp_path, port=broker.port, tls=NO_TLS)
        for _ in range(2):
            (transport,) = assemble(settings).link_transports().values()
            transport.listen(listener := RecordingListener())
            transport.connect()
            await listener.next(Connected)
            await transport.disconnect()
        first, second = (packet.client_id for packet in broker.all(Kind.CONNECT))
        instance_id = settings.paths.instance_id.read_text()
        assert first == second == f"d1.house.scada-local-{instance_id[:8]}"


async def test_the_status_shows_the_instance_id_once_it_is_known(tmp_path: Path) -> None:
    container = assemble(settings_of(tmp_path))
    source = container.node_status()
    assert source.status().instance_id == ""
    instance_id = container.instance_id().read()
    assert source.status().instance_id == instance_id != ""


def test_building_a_node_makes_no_instance_id(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assemble(settings).link_transports()
    assert not settings.paths.instance_id.exists()


def test_configured_tls_paths_are_kept_and_the_rest_is_default(tmp_path: Path) -> None:
    """Hazard 29."""
    mine = tmp_path / "mine.pem"
    certs = tmp_path / "config" / "certs" / "local"
    assert tls_files(settings_of(tmp_path, tls={"paths": {"ca_cert_path": mine}}), "local") == (
        TLSFiles(
            ca_cert_path=mine,
            cert_path=certs / "local.crt",
            private_key_path=certs / "private" / "local.pem",
            needs_ca_cert=True,
            needs_cert=False,
        )
    )
    shown = settings_of(tmp_path, tls={"paths": {"cert_path": mine, "private_key_path": mine}})
    assert tls_files(shown, "local") == TLSFiles(
        ca_cert_path=certs / "ca.crt",
        cert_path=mine,
        private_key_path=mine,
        needs_ca_cert=False,
        needs_cert=True,
    )


def test_every_other_tls_setting_takes_effect(tmp_path: Path) -> None:
    tls = {
        "cert_reqs": "none",
        "ciphers": "AES256-SHA",
        "crl_path": tmp_path / "a.crl",
        "keyfile_password": "secret-7",
    }
    files = tls_files(settings_of(tmp_path, tls=tls), "local")
    assert files.verify_mode is ssl.CERT_NONE
    assert files.ciphers == "AES256-SHA"
    assert files.crl_path == tmp_path / "a.crl"
    assert files.key_password == "secret-7"
    in_file = settings_of(tmp_path, tls={"keyfile_password_file": tmp_path / "password"})
    assert tls_files(in_file, "local").key_password == tmp_path / "password"


async def test_a_given_context_is_used_instead_of_the_files(tmp_path: Path) -> None:
    ours = Certificates()
    async with scripted_broker(tls=ours.server_context()) as broker:
        tls = {"port": broker.port, "paths": {"ca_cert_path": tmp_path / "absent"}}
        settings = settings_of(tmp_path, tls=tls)
        await connects(settings, {"local": ours.client_context()})
        assert (await failure_of(settings)).cause == "tls files"


async def test_a_node_speaks_tls_unless_told_otherwise(tmp_path: Path) -> None:
    first = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first.set_result(await reader.readexactly(2))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert (await failure_of(settings_of(tmp_path, tls={"port": port}))).cause == "tls"
    handshake_of_tls = b"\x16\x03"
    assert await first == handshake_of_tls


@live
async def test_the_default_files_of_a_broker_are_used_where_they_are(tmp_path: Path) -> None:
    """As the original's: a folder for each broker below that of the certificates."""
    place = TLSPlace.below(tmp_path)
    with place.broker(require_client_cert=True) as broker:
        settings = settings_of(tmp_path, host="localhost", tls={"port": broker.port})
        assert (await failure_of(settings)).cause == "tls not trusted"
        folder = settings.paths.certs_dir / "local"
        (folder / "private").mkdir(parents=True)
        shutil.copy(place.authority.path, folder / "ca.crt")
        assert (await failure_of(settings)).cause == "tls client certificate"
        node = place.authority.issue("node")
        shutil.copy(node.path, folder / "local.crt")
        shutil.copy(node.key_path, folder / "private" / "local.pem")
        await connects(settings)


@live
async def test_configured_files_are_used_though_there_are_default_ones(tmp_path: Path) -> None:
    """Hazard 29."""
    place = TLSPlace.below(tmp_path)
    with place.broker() as broker:
        paths = {"ca_cert_path": place.authority.path}
        settings = settings_of(
            tmp_path, host="localhost", tls={"port": broker.port, "paths": paths}
        )
        folder = settings.paths.certs_dir / "local"
        folder.mkdir(parents=True)
        shutil.copy(Authority(tmp_path, "other").path, folder / "ca.crt")
        await connects(settings)


@live
async def test_the_name_in_the_certificate_may_be_configured(tmp_path: Path) -> None:
    place = TLSPlace.below(tmp_path)
    with place.broker(place.authority.issue("broker", hosts=("other.test",))) as broker:
        tls = {"port": broker.port, "paths": {"ca_cert_path": place.authority.path}}
        assert (await failure_of(settings_of(tmp_path, tls=tls))).cause == "tls host name"
        await connects(settings_of(tmp_path, tls=tls | {"server_hostname": "other.test"}))


@live
@pytest.mark.parametrize("where", ["settings", "files"])
async def test_user_name_and_password_are_of_the_settings_or_of_files(
    tmp_path: Path, where: str
) -> None:
    login: dict[str, object] = {"username": "child", "password": "secret-7"}
    if where == "files":
        for name, text in login.items():
            (tmp_path / name).write_text(f"{text}\n")
        login = {f"{name}_file": tmp_path / name for name in login}
    with MosquittoBroker(tmp_path, users={"child": "secret-7"}) as broker:
        await connects(settings_of(tmp_path, port=broker.port, tls=NO_TLS, **login))
