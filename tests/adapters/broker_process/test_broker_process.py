import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typing_extensions import override

from gwproactor.adapters.broker_process import (
    BrokerKind,
    BrokerStartError,
    ExternalBroker,
    IotcoreBroker,
    MosquittoBroker,
    brokers_of,
    iotcore_broker,
    iotcore_is_installed,
    launcher,
    mosquitto_broker,
)
from gwproactor.adapters.broker_process.launcher import (
    ProcessBroker,
    port_accepts,
    reserved_port,
)
from tests.support.brokers import one_of_each_broker

DEADLINE_S = 10.0


@pytest.fixture(params=one_of_each_broker())
def kind(request: pytest.FixtureRequest) -> BrokerKind:
    found: BrokerKind = request.param
    if found.name not in ("iotcore", "mosquitto"):
        pytest.skip("this broker is not ours to start")
    return found


def until_refused(port: int) -> bool:
    deadline = time.monotonic() + DEADLINE_S
    while port_accepts("127.0.0.1", port):
        if time.monotonic() > deadline:
            return False
    return True


def test_a_started_broker_accepts_connections_until_it_is_stopped(
    kind: BrokerKind, tmp_path: Path
) -> None:
    with kind.make(tmp_path) as broker:
        assert port_accepts(broker.host, broker.port)
        broker.start()
    assert not port_accepts(broker.host, broker.port)
    broker.stop()


def test_the_port_stays_the_same_over_stop_kill_and_restart(
    kind: BrokerKind, tmp_path: Path
) -> None:
    with kind.make(tmp_path) as broker:
        port = broker.port
        for end in (broker.stop, broker.kill, broker.restart):
            with socket.create_connection((broker.host, port)):
                end()
                broker.start()
            assert broker.port == port
            assert port_accepts(broker.host, port)


def test_a_port_that_is_taken_is_said_to_be_in_use(kind: BrokerKind, tmp_path: Path) -> None:
    make = {"iotcore": IotcoreBroker, "mosquitto": MosquittoBroker}[kind.name]
    with kind.make(tmp_path / "first") as first:
        second = make(tmp_path / "second", port=first.port)
        with pytest.raises(BrokerStartError, match=rf"127.0.0.1:{first.port}: .* in use"):
            second.start()


class BadBroker(ProcessBroker):
    """Runs *program* in place of a broker."""

    def __init__(self, folder: Path, program: str) -> None:
        super().__init__("bad", folder, port=0)
        self._program = program

    @override
    def _command(self, port: int) -> list[str]:
        return [sys.executable, "-u", "-c", self._program]


def test_a_broker_that_ends_at_once_is_reported_with_its_log(tmp_path: Path) -> None:
    broker = BadBroker(tmp_path, "import sys; print('no such option'); sys.exit(3)")
    with pytest.raises(BrokerStartError, match="ended with exit code 3; its log:\nno such option"):
        broker.start()


def test_a_broker_that_accepts_nothing_is_ended_and_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(launcher, "START_S", 0.2)
    broker = BadBroker(tmp_path, "import sys; print('waiting'); sys.stdin.read()")
    with pytest.raises(BrokerStartError, match=r"accepted no connection within 0.2 s.*\n"):
        broker.start()
    assert broker.log == "waiting\n"


def test_a_port_that_was_taken_meanwhile_is_replaced_by_another(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    broker = BadBroker(
        tmp_path,
        f"import pathlib, sys; mark = pathlib.Path({str(mark)!r}); tries = mark.exists()\n"
        "mark.touch(); print('Address already in use' if not tries else 'other'); sys.exit(1)",
    )
    with pytest.raises(BrokerStartError, match="its log:\nother"):
        broker.start()


def test_nobody_is_given_a_reserved_port_yet_a_broker_can_listen_on_it() -> None:
    with reserved_port(0) as port:
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
        with socket.create_server(("127.0.0.1", port)):
            assert port_accepts("127.0.0.1", port)


PARENT = """
import sys
from pathlib import Path
from gwproactor.adapters.broker_process import brokers_of
[kind] = brokers_of(sys.argv[1])
broker = kind.make(Path(sys.argv[2]))
broker.start()
print(broker.port, flush=True)
sys.stdin.read()
"""


def test_a_broker_ends_when_its_parent_is_killed(kind: BrokerKind, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, kind.name, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        port = int(parent.stdout.readline())
        assert port_accepts("127.0.0.1", port)
        os.kill(parent.pid, signal.SIGKILL)
    assert until_refused(port)


def test_without_iotcore_the_error_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(iotcore_broker, "iotcore_is_installed", lambda: False)
    with pytest.raises(BrokerStartError, match=r"pip install 'gwproactor\[demo\]'"):
        IotcoreBroker(tmp_path).start()


def test_without_mosquitto_the_error_says_where_it_was_looked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(mosquitto_broker, "mosquitto_program", lambda: None)
    with pytest.raises(BrokerStartError, match="PATH nor in /usr/sbin"):
        MosquittoBroker(tmp_path).start()


def test_mosquitto_is_found_off_the_path_where_debian_puts_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "mosquitto"
    program.touch(0o755)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(mosquitto_broker, "SBIN_FOLDERS", (str(tmp_path),))
    assert mosquitto_broker.mosquitto_program() == str(program)


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        ("mosquitto", ["mosquitto"]),
        (" iotcore ", ["iotcore"]),
        ("broker.test:1884", ["broker.test:1884"]),
        ("[::1]:1884", ["::1:1884"]),
    ],
)
def test_the_setting_names_the_brokers(setting: str, names: list[str]) -> None:
    assert [kind.name for kind in brokers_of(setting)] == names


@pytest.mark.parametrize("setting", ["nats", "broker.test", ":1883", "broker.test:mqtt"])
def test_a_setting_of_another_form_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="GWP_TEST_BROKER must be auto, mosquitto, iotcore or"):
        brokers_of(setting)


def test_auto_is_every_broker_that_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {kind.name for kind in brokers_of("auto")}
    assert ("iotcore" in names) == iotcore_is_installed()
    assert ("mosquitto" in names) == (mosquitto_broker.mosquitto_program() is not None)


def test_a_broker_of_somebody_else_is_never_ended_but_must_be_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        broker = ExternalBroker("127.0.0.1", server.getsockname()[1])
        with broker:
            broker.kill()
            broker.restart()
        assert port_accepts(broker.host, broker.port)
    with pytest.raises(BrokerStartError, match="nothing accepts connections"):
        broker.start()
