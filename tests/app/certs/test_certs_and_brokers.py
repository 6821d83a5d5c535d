"""What `gwproactor certs` makes is taken by real brokers, and by a node with default settings."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

import pytest
from typing_extensions import override

from gwproactor.adapters.broker_process import (
    BrokerKind,
    BrokerLauncher,
    BrokerTls,
    IotcoreBroker,
    MosquittoBroker,
    mosquitto_program,
)
from gwproactor.adapters.mqtt import BrokerAddress, Login, PahoLinkTransport
from gwproactor.app.certs.layout import broker_files
from gwproactor.app.certs.making import Order, make_files
from gwproactor.app.link_transports import tls_files
from gwproactor.app.settings import MQTTClient, Paths, ProactorSettings
from gwproactor.ports.link_transport import ConnectFailed
from gwproactor.testing.recording_listener import Connected
from tests.support.brokers import one_of_each_broker
from tests.support.mqtt_clients import Client, client_of

Make: TypeAlias = type[IotcoreBroker] | type[MosquittoBroker]
PAGE: Final = Path(__file__).parents[3] / "docs" / "tls.md"
BROKERS: Final[Mapping[str, Make]] = {"iotcore": IotcoreBroker, "mosquitto": MosquittoBroker}


def order(folder: Path) -> None:
    names = ("local", "child/local")
    assert make_files(Order(folder=folder, names=names), now=datetime.now(UTC), as_json=True) == 0


def broker_with(folder: Path, make: Make, *, demanding: bool = False) -> BrokerLauncher:
    files = broker_files(folder)
    tls = BrokerTls(files.certificate, files.key, files.authority, require_client_cert=demanding)
    return make(folder, tls=tls)


@pytest.fixture
async def clients() -> AsyncIterator[list[Client]]:
    made: list[Client] = []
    yield made
    for client in made:
        await client.transport.disconnect()


def connecting(port: int, certs_dir: Path, clients: list[Client]) -> Client:
    settings = ProactorSettings(
        long_name="node",
        short_name="n",
        paths=Paths(certs_dir=certs_dir),
        brokers={"local": MQTTClient()},
    )
    address = BrokerAddress(host="localhost", port=port, client_id="node")
    login = Login(tls=tls_files(settings, "local"))
    client = client_of(PahoLinkTransport(address, login=login))
    clients.append(client)
    client.transport.connect()
    return client


@pytest.mark.parametrize("certs_dir", ["", "child"])
@pytest.mark.parametrize("kind", one_of_each_broker())
async def test_a_node_reaches_the_broker(
    kind: BrokerKind, certs_dir: str, tmp_path: Path, clients: list[Client]
) -> None:
    if kind.name not in BROKERS:
        pytest.skip("this broker is not ours to start")
    order(tmp_path)
    with broker_with(tmp_path, BROKERS[kind.name]) as broker:
        client = connecting(broker.port, tmp_path / certs_dir, clients)
        await client.listener.next(Connected)


@pytest.mark.broker
@pytest.mark.skipif(mosquitto_program() is None, reason="other brokers demand no certificate")
async def test_a_broker_that_demands_certificates_takes_these_and_no_others(
    tmp_path: Path, clients: list[Client]
) -> None:
    for folder in ("own", "other"):
        order(tmp_path / folder)
    own, other = tmp_path / "own", tmp_path / "other" / "child"
    (other / "local" / "ca.crt").write_bytes((own / "local" / "ca.crt").read_bytes())
    with broker_with(own, MosquittoBroker, demanding=True) as broker:
        await connecting(broker.port, own / "child", clients).listener.next(Connected)
        await connecting(broker.port, other, clients).listener.next(ConnectFailed)


class AsDocumented(MosquittoBroker):
    """With nothing but the lines of docs/tls.md; the port is another."""

    @override
    def _config(self, port: int) -> list[str]:
        text = documented("\nlistener 8883\n", self._folder)
        return text.replace("listener 8883", f"listener {port}").splitlines()


def documented(mark: str, folder: Path) -> str:
    """The block of the page that holds *mark*."""
    (block,) = (part for part in PAGE.read_text().split("```") if mark in part)
    return block.partition("\n")[2].replace("DIR", str(folder))


@pytest.mark.broker
@pytest.mark.skipif(mosquitto_program() is None, reason="it is about mosquitto")
async def test_mosquitto_takes_them_as_documented(clients: list[Client]) -> None:
    with tempfile.TemporaryDirectory() as place:  # pytest's own are closed to other users
        folder = Path(place)
        prepare_as_documented(folder)
        with AsDocumented(folder) as broker:
            await connecting(broker.port, folder / "child", clients).listener.next(Connected)
            await connecting(broker.port, folder / "bare", clients).listener.next(ConnectFailed)


def prepare_as_documented(folder: Path) -> None:
    """There is also `bare`, which trusts the broker and has nothing to show."""
    folder.chmod(0o755)
    order(folder)
    (folder / "bare" / "local").mkdir(parents=True)
    shutil.copy(folder / "ca" / "ca.crt", folder / "bare" / "local")
    if os.geteuid() == 0:
        subprocess.run(documented("chown", folder).split(), check=True)
