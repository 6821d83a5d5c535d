"""`gwproactor run` as a process: a node from one file, or what is wrong with it."""

import json
import os
import signal
import socket
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from gwproactor.adapters.broker_process import BrokerKind
from tests.support.brokers import one_of_each_broker
from tests.support.command_line import ended, gwproactor, line_of, running
from tests.support.node_files import HOUSE, new_module, node_file
from tests.support.tls_authority import Authority

TELLING = """

class Telling(Heater):
    async def run(self) -> None:
        print("runs", flush=True)
        await self.sleep(3_600.0)


class Told(ProactorContainer):
    heater = providers.Singleton(Telling, "heater")
"""
FAILING = """

class Failing(Heater):
    {what}


class Failed(ProactorContainer):
    heater = providers.Singleton(Failing, "heater")
"""
RAISING_RUN = "async def run(self):\n        raise LookupError('no heater')"
RAISING_INIT = "def init(self):\n        raise LookupError('no heater')"


@pytest.fixture(params=one_of_each_broker())
def kind(request: pytest.FixtureRequest) -> BrokerKind:
    found: BrokerKind = request.param
    return found


def test_a_node_runs_against_a_broker_until_a_signal_comes(
    kind: BrokerKind, tmp_path: Path
) -> None:
    module = new_module(tmp_path, HOUSE + TELLING)
    with kind.make(tmp_path / "broker") as broker:
        node_file(tmp_path, container=f"{module}:Told", port=broker.port)
        with running("run", "node.toml", "-v", folder=tmp_path) as process:
            assert [line_of(process) for _ in range(2)] == ["init of the heater", "runs"]

            process.terminate()

            code, _, log = ended(process)
    assert code == 143
    assert "parent: not_started -> connecting by start_called" in log
    assert "node d1.house.scada stops: signal SIGTERM" in log
    with closing(sqlite3.connect(tmp_path / "data" / "events.sqlite")) as store:
        assert store.execute("SELECT count(*) FROM event").fetchone()[0] > 0


def test_a_refused_node_says_all_that_is_wrong_and_opens_nothing(tmp_path: Path) -> None:
    module = new_module(tmp_path)
    node_file(
        tmp_path,
        container=f"{module}:House",
        more='handler = "nobody"\n[failure_policies]\nboiler = "report"\n',
    )

    said = gwproactor("run", "node.toml", folder=tmp_path)

    there = "watchdog_manager, io_loop_manager, heater"
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == (
        "node.toml: links.parent.handler: link 'parent' names the handler 'nobody', which is no "
        f"communicator of this node; there are: {there}\n"
        "node.toml: failure_policies.boiler: there is no communicator 'boiler' in this node; "
        f"there are: {there}\n"
    )
    assert not (tmp_path / "data").exists()


def test_what_is_wrong_with_files_and_with_the_container_is_said_at_once(tmp_path: Path) -> None:
    module = new_module(tmp_path)
    path = node_file(tmp_path, container=f"{module}:House", more='handler = "nobody"\n')
    text = path.read_text()
    path.write_text(text.replace("use_tls = false", 'paths.ca_cert_path = "ca.crt"'))

    said = gwproactor("run", "node.toml", folder=tmp_path)

    assert said.returncode == 1
    assert [line.split(": ")[1] for line in said.stderr.splitlines()] == [
        "brokers.local.tls.paths.ca_cert_path",
        "links.parent.handler",
    ]


def test_a_node_whose_files_are_refused_does_not_start(tmp_path: Path) -> None:
    path = node_file(tmp_path)
    text = path.read_text()
    path.write_text(text.replace("use_tls = false", 'paths.ca_cert_path = "ca.crt"'))

    said = gwproactor("run", "node.toml", folder=tmp_path)

    place = "node.toml: brokers.local.tls.paths.ca_cert_path"
    assert said.returncode == 1
    assert said.stderr == f"{place}: {tmp_path / 'ca.crt'} does not exist\n"
    assert list(tmp_path.iterdir()) == [path]


def test_an_init_that_raises_is_one_line_and_a_traceback_for_who_wants_more(
    tmp_path: Path,
) -> None:
    module = new_module(tmp_path, HOUSE + FAILING.format(what=RAISING_INIT))
    node_file(tmp_path, container=f"{module}:Failed")

    short = gwproactor("run", "node.toml", folder=tmp_path)
    long = gwproactor("run", "node.toml", "--verbose", folder=tmp_path)

    fault = (
        f"{module}:Failed: cannot be built: in init of actor 'heater': LookupError: no heater "
        f"({module}.py line 19)\n"
    )
    assert (short.returncode, short.stderr) == (1, fault)
    assert long.returncode == 1
    assert long.stderr.endswith(fault)
    assert "Traceback" in long.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("what", ["init(self)", "__init__(self, name)"])
def test_an_actor_that_exits_is_refused_and_ends_the_command_with_1(
    what: str, tmp_path: Path
) -> None:
    source = FAILING.format(what=f"def {what}:\n        raise SystemExit")
    module = new_module(tmp_path, HOUSE + source)
    node_file(tmp_path, container=f"{module}:Failed")

    said = gwproactor("run", "node.toml", folder=tmp_path)

    assert said.returncode == 1
    assert said.stderr.endswith(f"SystemExit ({module}.py line 19)\n")
    assert said.stderr.startswith(f"{module}:Failed")


def test_a_node_that_cannot_start_says_why(tmp_path: Path) -> None:
    node_file(tmp_path)
    (tmp_path / "data").write_text("a file in the place of the folder")

    said = gwproactor("run", "node.toml", folder=tmp_path)

    assert said.returncode == 1
    assert "the node cannot start: " in said.stderr
    assert "Traceback" not in said.stderr


def test_a_policy_of_the_command_line_ends_a_node_with_70(tmp_path: Path) -> None:
    module = new_module(tmp_path, HOUSE + FAILING.format(what=RAISING_RUN))
    node_file(tmp_path, container=f"{module}:Failed")

    policy = "failure_policies.heater=stop-node"
    said = gwproactor("run", "node.toml", "--set", policy, folder=tmp_path)

    assert said.returncode == 70
    assert "the node stops: 'heater' failed 1 times" in said.stderr


def test_a_certificate_that_expired_refuses_in_check_and_is_logged_by_run(tmp_path: Path) -> None:
    module = new_module(tmp_path, HOUSE + TELLING)
    authority = Authority(tmp_path, "ca")
    issued = authority.issue("node", since=timedelta(days=-2), until=timedelta(days=-1))
    path = node_file(tmp_path, container=f"{module}:Told")
    files = {"ca_cert_path": authority.path, "cert_path": issued.path}
    files["private_key_path"] = issued.key_path
    issued.key_path.chmod(0o600)
    lines = [f'tls.paths.{name} = "{file}"' for name, file in files.items()]
    path.write_text(path.read_text().replace("tls.use_tls = false", "\n".join(lines)))

    checked = gwproactor("check", "node.toml", "--json", folder=tmp_path)
    planned = gwproactor("run", "node.toml", "--dry-run", folder=tmp_path)
    with running("run", "node.toml", folder=tmp_path) as process:
        assert [line_of(process) for _ in range(2)] == ["init of the heater", "runs"]
        process.terminate()
        code, _, log = ended(process)

    found = json.loads(checked.stdout)
    assert (checked.returncode, planned.returncode, code) == (1, 1, 143)
    assert (found["may_run"], [fault["may_pass"] for fault in found["faults"]]) == (True, [True])
    fault = f"node.toml: brokers.local.tls.paths.cert_path: {issued.path} expired on"
    assert planned.stderr.startswith(fault)
    assert fault in log
    assert "(the node starts all the same)" in log


def test_a_dry_run_shows_settings_and_wiring_and_opens_nothing(tmp_path: Path) -> None:
    module = new_module(tmp_path)
    node_file(tmp_path, container=f"{module}:House")
    secret = {"PROACTOR_BROKERS__LOCAL__PASSWORD": "hush-hush"}
    secret["PROACTOR_BROKERS__LOCAL__USERNAME"] = "scada"
    before = sorted(tmp_path.rglob("*"))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        port = f"brokers.local.port={listener.getsockname()[1]}"
        said = gwproactor(
            "run", "node.toml", "--dry-run", "--set", port, folder=tmp_path, more=secret
        )
        with pytest.raises(BlockingIOError):
            listener.accept()

    lines = said.stdout.splitlines()
    assert (said.returncode, said.stderr) == (0, "")
    assert f"brokers.local.port\t{port.partition('=')[2]}\t--set" in lines
    assert "long_name\td1.house.scada\tnode.toml" in lines
    assert "event_store\tSqliteEventStore\tsettings" in lines
    assert any(line.startswith("heater\tHeater") for line in lines)
    assert "hush-hush" not in said.stdout
    assert sorted(tmp_path.rglob("*")) == before


def test_a_signal_during_the_import_ends_the_command(tmp_path: Path) -> None:
    source = "import time\nprint('imports', flush=True)\ntime.sleep(60)\n"
    module = new_module(tmp_path, source)
    node_file(tmp_path, container=f"{module}:House")
    with running("run", "node.toml", folder=tmp_path) as process:
        assert line_of(process) == "imports"
        process.send_signal(signal.SIGINT)
        assert ended(process) == (130, "", "")


def test_the_module_is_looked_for_beside_the_file_and_not_where_one_stands(tmp_path: Path) -> None:
    (tmp_path / "deployment").mkdir()
    (tmp_path / "elsewhere").mkdir()
    module = new_module(tmp_path / "deployment")
    node_file(tmp_path / "deployment", container=f"{module}:House")

    there = tmp_path / "elsewhere"
    said = gwproactor("check", os.path.join("..", "deployment", "node.toml"), folder=there)

    assert (said.returncode, said.stderr) == (0, "")
