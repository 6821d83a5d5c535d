"""Which files of which brokers are looked at, and where their faults are said to be."""

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from gwproactor.adapters.mqtt.tls_files import tls_context
from gwproactor.app.config.fault import Fault
from gwproactor.app.config.tls_check import tls_faults
from gwproactor.app.link_transports import tls_files
from gwproactor.app.settings import (
    LinkSettings,
    MQTTClient,
    Paths,
    ProactorSettings,
    TLSInfo,
    TLSPaths,
)
from tests.support.issuing import Issuing

ISSUING: Final = Issuing(datetime(2030, 6, 15, 12, 0, tzinfo=UTC))
CA: Final = ISSUING.certificate("CA", is_authority=True)
NODE: Final = ISSUING.certificate("node", by=CA)
BY_DEFAULT: Final = {"ca.crt": CA.pem, "b.crt": NODE.pem, "private/b.pem": NODE.key_pem()}
NOBODY: Final = 65_534
SECRET: Final = "correct horse"


class TwoBrokers(ProactorSettings):
    """One of them in a field of its own."""

    field_mqtt: MQTTClient = MQTTClient()


def link_to(broker: str) -> LinkSettings:
    return LinkSettings(broker=broker, peer_long_name=f"{broker}.peer", peer_short_name=broker)


def told_of(settings: ProactorSettings) -> tuple[Fault, ...]:
    return tls_faults(settings, lambda *path: ".".join(path), ISSUING.now)


def node(broker: MQTTClient, certs_dir: Path = Path("/nowhere")) -> ProactorSettings:
    return ProactorSettings(
        long_name="node",
        short_name="n",
        paths=Paths(certs_dir=certs_dir),
        brokers={"b": broker},
        links={"up": link_to("b")},
    )


@contextlib.contextmanager
def nobody_special() -> Iterator[None]:
    """Root may read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize(
    ("present", "told"),
    [
        ((), []),
        (("ca.crt", "b.crt", "private/b.pem"), []),
        (
            ("b.crt",),
            [("private_key_path", "$/b.crt is there, but $/private/b.pem does not exist")],
        ),
        (
            ("private/b.pem",),
            [("cert_path", "$/private/b.pem is there, but $/b.crt does not exist")],
        ),
    ],
)
def test_files_that_are_not_configured_may_be_absent(
    present: tuple[str, ...], told: list[tuple[str, str]], tmp_path: Path
) -> None:
    folder = tmp_path / "b"
    (folder / "private").mkdir(parents=True)
    for name in present:
        (folder / name).write_bytes(BY_DEFAULT[name])

    assert told_of(node(MQTTClient(), tmp_path)) == tuple(
        Fault(f"brokers.b.tls.paths.{setting}", text.replace("$", str(folder)))
        for setting, text in told
    )


def test_a_file_that_is_not_configured_is_looked_at_if_it_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    (folder / "ca.crt").write_bytes(NODE.key_pem())

    assert told_of(node(MQTTClient(), tmp_path)) == (
        Fault(
            "brokers.b.tls.paths.ca_cert_path",
            f"{folder}/ca.crt holds no certificate, but: PRIVATE KEY",
        ),
    )


def test_a_file_that_the_node_may_not_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ca.crt"
    path.write_bytes(CA.pem)
    path.chmod(0)
    tls = TLSInfo(paths=TLSPaths(ca_cert_path=path))

    with nobody_special():
        found = told_of(node(MQTTClient(tls=tls)))

    text = f"{path} cannot be read: Permission denied"
    assert found == (Fault("brokers.b.tls.paths.ca_cert_path", text),)


def test_a_folder_that_the_node_may_not_look_into_is_no_absent_file(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    tmp_path.chmod(0)

    with nobody_special():
        found = told_of(node(MQTTClient(), tmp_path))

    assert [fault.place.rpartition(".")[2] for fault in found] == [
        "ca_cert_path",
        "cert_path",
        "private_key_path",
    ]
    assert {fault.text.partition(" ")[2] for fault in found} == {
        "cannot be read: Permission denied"
    }


def test_every_broker_with_a_link_is_looked_at_and_no_other(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    broken = MQTTClient(tls=TLSInfo(paths=TLSPaths(ca_cert_path=missing)))
    settings = TwoBrokers(
        long_name="node",
        short_name="n",
        field_mqtt=broken,
        brokers={"listed": broken, "unused": broken},
        links={"one": link_to("listed"), "two": link_to("field_mqtt")},
    )

    text = f"{missing} does not exist"
    assert told_of(settings) == (
        Fault("brokers.listed.tls.paths.ca_cert_path", text),
        Fault("field_mqtt.tls.paths.ca_cert_path", text),
    )


def test_files_whose_names_begin_alike_are_told_apart(tmp_path: Path) -> None:
    short = ISSUING.certificate("node", by=CA, key=rsa.generate_private_key(65_537, 1_024))
    certificate, key = short.files(tmp_path, "node")
    authority = tmp_path / "node"
    authority.write_bytes(CA.pem)
    paths = TLSPaths(ca_cert_path=authority, cert_path=certificate, private_key_path=key)

    (found,) = told_of(node(MQTTClient(tls=TLSInfo(paths=paths))))

    text = f"OpenSSL refuses {certificate} with {key}: the key is too short"
    assert found == Fault("brokers.b.tls.paths.cert_path", text)


def test_check_and_connect_use_the_same_words(tmp_path: Path) -> None:
    certificate, key = NODE.files(tmp_path, "node")
    key.write_bytes(CA.key_pem())
    paths = TLSPaths(cert_path=certificate, private_key_path=key)
    settings = node(MQTTClient(tls=TLSInfo(paths=paths)))

    (found,) = told_of(settings)

    assert found.text == tls_context(tls_files(settings, "b")).failure().text


def test_no_fault_shows_a_secret(tmp_path: Path) -> None:
    word = tmp_path / "word"
    word.write_bytes(SECRET.encode() + b"\xff\n")
    files = NODE.files(tmp_path, "node", password="another")
    paths = TLSPaths(cert_path=files[0], private_key_path=files[1])
    broker = MQTTClient(
        username="n",
        password_file=word,
        tls=TLSInfo(paths=paths, keyfile_password=SECRET),
    )

    found = told_of(node(broker))

    assert [fault.place.rpartition(".")[2] for fault in found] == [
        "password_file",
        "keyfile_password",
    ]
    assert SECRET not in repr(found)
