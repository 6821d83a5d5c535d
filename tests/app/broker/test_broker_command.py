"""`gwproactor broker`, mostly as a process."""

import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from gwproactor.adapters.broker_process import BrokerKind
from gwproactor.adapters.broker_process.launcher import port_accepts
from gwproactor.app.broker import serve
from gwproactor.app.commands import app
from tests.support.brokers import one_of_each_broker
from tests.support.command_line import ended, gwproactor, line_of, running


@pytest.fixture(params=one_of_each_broker())
def kind(request: pytest.FixtureRequest) -> str:
    found: BrokerKind = request.param
    if found.name not in ("iotcore", "mosquitto"):
        pytest.skip("this broker is not ours to start")
    return found.name


@pytest.mark.parametrize("given", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_broker_runs_until_a_signal_comes(
    kind: str, host: str, given: signal.Signals, tmp_path: Path
) -> None:
    options = ("--kind", kind, "--host", host, "--port", 0)
    with running("broker", *options, folder=tmp_path, more={"TMPDIR": str(tmp_path)}) as process:
        url = urlsplit(line_of(process))
        port = url.port or 0
        assert (url.scheme, url.hostname) == ("mqtt", host)
        assert port_accepts(host, port)

        process.send_signal(given)

        assert ended(process) == (128 + given, "", f"{kind} runs; Ctrl-C ends it\n")
    assert not port_accepts(host, port)
    assert list(tmp_path.iterdir()) == []


def test_a_broker_that_everybody_can_reach_says_so(kind: str, tmp_path: Path) -> None:
    options = ("--kind", kind, "--host", "0.0.0.0", "--port", 0)
    with running("broker", *options, folder=tmp_path) as process:
        assert line_of(process).startswith("mqtt://0.0.0.0:")
        process.terminate()
        assert "open to everybody who can reach this machine" in ended(process)[2]


def test_a_port_that_is_taken_is_explained(kind: str, tmp_path: Path) -> None:
    with running("broker", "--port", 0, folder=tmp_path) as first:
        port = urlsplit(line_of(first)).port
        second = gwproactor("broker", "--kind", kind, "--port", port, folder=tmp_path)

    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == (
        f"{kind} cannot use 127.0.0.1:{port}: [Errno 98] Address already in use\n"
        "does one run there already? --port 0 takes a free port\n"
    )


def test_an_address_of_another_machine_is_explained(kind: str, tmp_path: Path) -> None:
    there = gwproactor("broker", "--kind", kind, "--host", "192.0.2.1", folder=tmp_path)

    assert (there.returncode, there.stdout) == (1, "")
    assert there.stderr == (
        f"{kind} cannot use 192.0.2.1:1883: [Errno 99] Cannot assign requested address\n"
    )


def test_the_end_of_the_broker_itself_is_told(kind: str, tmp_path: Path) -> None:
    with running("broker", "--kind", kind, "--port", 0, folder=tmp_path) as process:
        line_of(process)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()

        os.kill(int(children.split()[0]), signal.SIGKILL)

        code, _, said = ended(process)
    assert code == 1
    assert f"{kind} ended by itself, with exit code -9" in said


@pytest.mark.parametrize(
    ("wanted", "says"),
    [("auto", ("apt install mosquitto or", "pip install")), ("iotcore", ("pip install",))],
)
def test_without_a_broker_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch, wanted: str, says: tuple[str, ...]
) -> None:
    monkeypatch.setattr(serve, "mosquitto_program", lambda: None)
    monkeypatch.setattr(serve, "iotcore_is_installed", lambda: False)

    result = CliRunner().invoke(app, ["broker", "--kind", wanted])

    assert (result.exit_code, result.stdout) == (3, "")
    assert all(words in result.stderr for words in says)


def test_a_name_is_no_address() -> None:
    result = CliRunner().invoke(app, ["broker", "--host", "broker.local"])

    assert result.exit_code == 2
    assert "'broker.local' is no address of this machine" in result.output


def test_a_broker_takes_tls_connections_with_the_files_of_certs(kind: str, tmp_path: Path) -> None:
    made = gwproactor("certs", "certs", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    options = ("--tls", "certs", "--kind", kind, "--port", 0)
    with running("broker", *options, folder=tmp_path) as process:
        url = urlsplit(line_of(process))
        node = tmp_path / "node.toml"
        node.write_text(
            'long_name = "d1.house"\nshort_name = "h"\n[paths]\ncerts_dir = "certs"\n'
            f'[links.parent]\npeer_long_name = "d1"\npeer_short_name = "p"\nupstream = true\n'
            f"[brokers.local.tls]\nport = {url.port}\n"
        )

        trusting = gwproactor("check", node, "--connect", folder=tmp_path)
        other = gwproactor("certs", "others", folder=tmp_path)
        wary = gwproactor(
            "check", node, "--connect", "--set", "paths.certs_dir=others", folder=tmp_path
        )

    assert url.scheme == "mqtts"
    assert (trusting.returncode, trusting.stderr) == (0, "")
    assert f"broker 'local' at mqtts://localhost:{url.port}: accepted" in trusting.stdout
    assert other.returncode == 0
    assert wary.returncode == 1
    assert "(tls not trusted)" in wary.stdout


def test_the_usual_port_for_tls_is_another() -> None:
    plain = serve.BrokerOptions(host="127.0.0.1", port=None, kind="auto")
    secured = serve.BrokerOptions(host="127.0.0.1", port=None, kind="auto", tls=Path("certs"))
    assert (plain.effective_port, secured.effective_port) == (1883, 8883)


def test_a_folder_without_certificates_is_explained(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["broker", "--tls", str(tmp_path)], env={"COLUMNS": "400", "TERM": "dumb"}
    )

    assert result.exit_code == 2
    assert f"there is no {tmp_path}/broker/broker.crt; make it by: gwproactor" in result.output
