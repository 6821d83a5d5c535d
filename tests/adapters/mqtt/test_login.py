"""User names and passwords from files, against a real mosquitto; what is read, and how it fails."""

import os
from pathlib import Path

import pytest

from gwproactor.adapters.broker_process import MosquittoBroker, mosquitto_program
from gwproactor.adapters.mqtt import BrokerAddress, Login, PahoLinkTransport
from gwproactor.domain.outcome import Failure
from gwproactor.ports.link_transport import ConnectFailed
from gwproactor.testing.recording_listener import Connected
from tests.support.mqtt_clients import client_of, local

ADDRESS = local(1883)


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        (b"secret-7", "secret-7"),
        (b"secret-7\n", "secret-7"),
        (b"secret-7\r\nsecond line\r\n", "secret-7"),
        (b" secret 7 \n", " secret 7 "),
        ("\ufeffschlüssel\n".encode(), "schlüssel"),
    ],
)
def test_user_name_and_password_are_the_first_lines_of_their_files(
    tmp_path: Path, content: bytes, secret: str
) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    completed = Login(username=path, password=path).complete(ADDRESS).unwrap()
    assert (completed.username, completed.password) == (secret, secret)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "does not exist"),
        (b"", "is empty on its first line"),
        (b"\nsecret-7", "is empty on its first line"),
        (b"x" * 65_536, "is longer than 65,535 bytes on its first line"),
        (b"x\n" * 600_000, "is larger than 1,048,576 bytes"),
        (b"secret-7\xff\n", "is not UTF-8 on its first line"),
    ],
)
def test_a_file_without_a_secret_is_a_failure_that_shows_nothing_of_it(
    tmp_path: Path, content: bytes | None, fault: str
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    for login in (Login(username=path), Login(username="me", password=path)):
        expected = ConnectFailed("credentials", f"{path} {fault}")
        assert login.complete(ADDRESS) == Failure(expected)


def test_a_pipe_in_place_of_a_file_holds_nobody(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    os.mkfifo(path)
    expected = ConnectFailed("credentials", f"{path} is no regular file")
    assert Login(username=path).complete(ADDRESS) == Failure(expected)


def test_a_password_that_mqtt_cannot_carry_is_a_failure_without_it() -> None:
    outcome = Login(username="me", password="secret-7" * 10_000).complete(ADDRESS)
    expected = ConnectFailed("credentials", "password is longer than 65535 bytes")
    assert outcome == Failure(expected)


def test_a_password_is_in_no_text() -> None:
    login = Login(username="me", password="secret-7")
    assert "secret-7" not in f"{login} {login.complete(ADDRESS)}"


def test_what_is_not_given_stays_as_the_address_has_it() -> None:
    assert Login().complete(ADDRESS).unwrap() == ADDRESS


@pytest.mark.broker
@pytest.mark.skipif(mosquitto_program() is None, reason="passwords need mosquitto")
async def test_a_replaced_password_is_sent_at_the_next_connect(tmp_path: Path) -> None:
    username, password = tmp_path / "username", tmp_path / "password"
    username.write_text("child\n")
    password.write_text("secret-6\n")
    with MosquittoBroker(tmp_path, users={"child": "secret-7"}) as broker:
        address = BrokerAddress(host=broker.host, port=broker.port, client_id="a client")
        login = Login(username=username, password=password)
        client = client_of(PahoLinkTransport(address, login=login))
        client.transport.connect()
        failure = await client.listener.next(ConnectFailed)
        assert failure.cause == "connack"
        assert "secret-6" not in str(failure)
        password.write_text("secret-7\n")
        client.transport.connect()
        await client.listener.next(Connected)
        await client.transport.disconnect()
