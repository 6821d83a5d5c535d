"""`gwproactor check --connect`: what came of connecting to the node's brokers."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gwproactor.adapters.broker_process import (
    BrokerKind,
    MosquittoBroker,
    mosquitto_program,
)
from gwproactor.adapters.broker_process.launcher import reserved_port
from gwproactor.app.commands import app
from tests.support.brokers import one_of_each_broker
from tests.support.command_line import ended, line_of, running
from tests.support.node_files import HOUSE, new_module, node_file


@pytest.fixture(params=one_of_each_broker())
def kind(request: pytest.FixtureRequest) -> BrokerKind:
    found: BrokerKind = request.param
    return found


def connect(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", str(path), "--connect", *arguments])


def test_a_broker_that_accepts_is_told_and_nothing_is_written(
    kind: BrokerKind, tmp_path: Path
) -> None:
    with kind.make(tmp_path / "broker") as broker:
        (tmp_path / "node").mkdir()
        path = node_file(tmp_path / "node", port=broker.port)

        result = connect(path)

    first, last = result.stdout.splitlines()
    assert first.startswith(
        f"broker 'local' at mqtt://127.0.0.1:{broker.port}: accepted, as 'd1.house.scada-check-"
    )
    assert last == f"{path}: nothing is wrong with d1.house.scada: 1 link, 1 broker"
    assert (result.exit_code, result.stderr) == (0, "")
    assert list(path.parent.iterdir()) == [path]


def test_the_node_itself_keeps_its_connection_meanwhile(kind: BrokerKind, tmp_path: Path) -> None:
    listening = HOUSE + (
        "\n\nclass Listening(Heater):\n    def link_changed(self, transition):\n"
        "        print(transition.transition_name.value, flush=True)\n"
        "class Heard(ProactorContainer):\n    heater = providers.Singleton(Listening, 'heater')\n"
    )
    module = new_module(tmp_path, listening)
    with kind.make(tmp_path / "broker") as broker:
        path = node_file(tmp_path, container=f"{module}:Heard", port=broker.port)
        with reserved_port(0) as free:
            bound = f"brokers.local.bind_port={free}"
        own = ["--set", "brokers.local.client_id=house", "--set", bound]
        with running("run", path, *own, folder=tmp_path) as process:
            while (line := line_of(process)) != "mqtt_connected":
                assert line, process.stderr

            result = connect(path, *own)

            process.terminate()
            _, heard, _ = ended(process)
    assert result.exit_code == 0
    assert "accepted, as 'house-check-" in result.stdout
    assert "mqtt_disconnected" not in heard


def test_a_broker_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = node_file(tmp_path, port=1)

    result = connect(path)

    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout == (
        "broker 'local' at mqtt://127.0.0.1:1: it takes no connection (tcp): port 1 of 127.0.0.1: "
        "Connection refused\n"
    )


@pytest.mark.broker
@pytest.mark.skipif(not mosquitto_program(), reason="needs mosquitto, for its passwords")
def test_a_broker_that_refuses_the_password_is_told_without_it(tmp_path: Path) -> None:
    with MosquittoBroker(tmp_path / "broker", users={"scada": "right"}) as broker:
        path = node_file(tmp_path, port=broker.port)
        login = ["--set", "brokers.local.username=scada", "--set", "brokers.local.password=wr0ng"]
        result = connect(path, *login, "--json")

    found = json.loads(result.stdout)
    (tried,) = found["brokers"]
    assert (result.exit_code, found["is_fine"], found["may_run"]) == (1, False, True)
    assert (tried["broker"], tried["accepted"], tried["cause"]) == ("local", False, "connack")
    assert "not authorized" in tried["detail"]
    assert "wr0ng" not in result.output


def test_every_broker_that_is_used_is_tried_and_no_other(tmp_path: Path) -> None:
    more = "".join(
        f'[brokers.{name}]\nhost = "127.0.0.1"\nport = 2\ntls.use_tls = false\n'
        for name in ("far", "unused")
    )
    link = '[links.admin]\nbroker = "far"\npeer_long_name = "admin"\npeer_short_name = "x"\n'
    path = node_file(tmp_path, more=more + link, port=1)

    result = connect(path)

    tried = [line.partition(" at ")[0] for line in result.stdout.splitlines()]
    assert tried == ["broker 'local'", "broker 'far'"]


def test_a_refused_node_does_not_connect(tmp_path: Path) -> None:
    path = node_file(tmp_path, more='handler = "nobody"\n')
    result = connect(path)
    assert (result.exit_code, result.stdout) == (1, "")


def test_a_broker_that_is_a_field_of_its_own_is_tried_too(tmp_path: Path) -> None:
    module = new_module(
        tmp_path,
        f"{HOUSE}\n\nfrom gwproactor import MQTTClient, ProactorSettings\n"
        "class HouseSettings(ProactorSettings):\n    far: MQTTClient\n"
        "class Own(House):\n    settings_class = HouseSettings\n",
    )
    link = '[links.admin]\nbroker = "far"\npeer_long_name = "admin"\npeer_short_name = "x"\n'
    far = '[far]\nhost = "127.0.0.1"\nport = 2\nclient_id = "mine"\ntls.use_tls = false\n'
    path = node_file(tmp_path, container=f"{module}:Own", more=link + far, port=1)

    found = json.loads(connect(path, "--json").stdout)

    assert [(each["broker"], each["address"]) for each in found["brokers"]] == [
        ("local", "mqtt://127.0.0.1:1"),
        ("far", "mqtt://127.0.0.1:2"),
    ]
    assert found["brokers"][1]["client_id"].startswith("mine-check-")
