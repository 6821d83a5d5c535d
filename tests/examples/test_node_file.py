"""examples/ported/node.toml: what its README says, with processes, a broker and a hub."""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest

from gwproactor.adapters.broker_process import BrokerKind
from tests.newcomer.terminal import seen
from tests.support.brokers import one_of_each_broker
from tests.support.command_line import ended, gwproactor, running

PORTED = Path(__file__).parents[2] / "examples" / "ported"
NODE = PORTED / "node.toml"
HUB_PORT = '"Port": 8081'
LISTENS = re.compile(r"listens on (http://\S+)/")


@pytest.fixture(params=one_of_each_broker())
def kind(request: pytest.FixtureRequest) -> BrokerKind:
    found: BrokerKind = request.param
    return found


@contextmanager
def hub() -> Iterator[int]:
    """The port of the hub while it runs."""
    server = [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "0"]
    with subprocess.Popen(
        [*server, "--directory", PORTED / "hub"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"port (\d+)", process.stdout.readline())
            assert found is not None
            yield int(found[1])
        finally:
            process.kill()


@attrs.frozen
class Site:
    """The node's web server."""

    url: str

    def post_microvolts(self) -> None:
        body = {
            "HwUid": "sim-buffer-pico",
            "AboutNodeNameList": ["buffer-depth1"],
            "MicroVoltsList": [2_108_626],
        }
        headers = {"Authorization": "Bearer of-the-example"}
        url = f"{self.url}/buffer/microvolts"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=10):
            pass

    def scada(self) -> dict[str, object]:
        with urllib.request.urlopen(f"{self.url}/scada", timeout=10) as answer:
            known: dict[str, object] = json.load(answer)
        return known


def test_nothing_is_wrong_with_the_node_file(tmp_path: Path) -> None:
    said = gwproactor("check", NODE, folder=tmp_path)

    assert (said.returncode, said.stderr) == (0, "")
    assert "nothing is wrong with d1.site.scada" in said.stdout


def test_one_node_runs_an_actor_of_each_kind(kind: BrokerKind, tmp_path: Path) -> None:
    layout, log = tmp_path / "hardware-layout.json", tmp_path / "log" / "proactor.log"
    with kind.make(tmp_path / "broker") as broker, hub() as hub_port:
        text = (PORTED / layout.name).read_text(encoding="utf-8")
        assert HUB_PORT in text
        layout.write_text(text.replace(HUB_PORT, f'"Port": {hub_port}'), encoding="utf-8")
        changes = {
            "brokers.local.port": broker.port,
            "web_servers.default.port": 0,
            "paths.hardware_layout": layout,
            "paths.data_dir": tmp_path / "data",
            "paths.log_dir": log.parent,
        }
        options = [part for name, to in changes.items() for part in ("--set", f"{name}={to}")]
        with running("run", NODE, *options, folder=tmp_path) as process:
            seen(lambda: (log.exists() and "awaiting_peer" in log.read_text()) or None, "its start")
            url = LISTENS.search(log.read_text())
            assert url is not None
            site = Site(url[1])
            site.post_microvolts()
            expected = {
                "power_w": 100,
                "readings": {
                    "hp-odu-pwr": 100,
                    "zone1-main-temp": 70_250,
                    "zone1-main-set": 68_000,
                    "zone1-main-state": 2,
                    "buffer-depth1-micro-v": 2_108_626,
                    "buffer-depth1-device": 25_000,
                },
                "states": {"auto.pico-cycler.relay1": "RelayClosed"},
            }
            seen(lambda: site.scada() == expected or None, f"all of {expected}")
            process.terminate()
            code, _, said = ended(process)

    assert (code, "Traceback" in said) == (143, False)
