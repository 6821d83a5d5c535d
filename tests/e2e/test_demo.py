"""`gwproactor demo` as a person runs it: real processes, a real broker, real signals."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest

from gwproactor.adapters.broker_process import IotcoreBroker
from gwproactor.adapters.broker_process.iotcore_broker import iotcore_is_installed
from gwproactor.adapters.persistence import SqliteSinkReader
from gwproactor.app.demo.reading import Reading

DEMO = (sys.executable, "-m", "gwproactor", "demo")
MARK = "GWP_TEST_DEMO"
# Processes end within 2 s; a machine under load may take longer to notice.
GONE_S = 15.0

needs_iotcore = pytest.mark.skipif(not iotcore_is_installed(), reason="iotcore is not installed")
needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")


@attrs.frozen
class Run:
    """A running demo. Whatever it starts inherits its mark in the environment."""

    process: subprocess.Popen[str]
    mark: str
    said: list[str] = attrs.Factory(list)

    def wait_for(self, text: str) -> None:
        """Read its output up to a line with *text*."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if text in line:
                return
        pytest.fail(f"{text!r} was not said:\n{''.join(self.said)}")

    def ctrl_c(self) -> None:
        """As a terminal does: to every process in the foreground."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> tuple[int, str, str]:
        """The exit code, all of the output, the errors."""
        out, err = self.process.communicate()
        return self.process.returncode, "".join(self.said) + out, err

    def others(self) -> list[int]:
        """The processes that it started and that are there still."""
        wanted = f"{MARK}={self.mark}".encode()
        pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        return [pid for pid in pids if pid != self.process.pid and wanted in _environment(pid)]


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[Run]:
    mark = uuid.uuid4().hex
    process = subprocess.Popen(
        (*DEMO, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_env({MARK: mark, "PYTHONUNBUFFERED": "1", **environment}),
        start_new_session=True,
    )
    with process:
        try:
            yield Run(process, mark)
        finally:
            process.kill()


def _env(more: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "COLUMNS": "100", **more}


def ended(*arguments: str) -> tuple[int, str, str]:
    with running(*arguments) as run:
        return run.end()


def wait_until_gone(pids: list[int]) -> None:
    for pid in pids:
        try:
            watched = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        gone, _, _ = select.select([watched], [], [], GONE_S)
        os.close(watched)
        assert gone, f"process {pid} is there still"


def counts(out: str) -> dict[str, int]:
    """The rows of the final table."""
    table = out[out.index("events of the sensor") :]
    return {
        label: int(count.replace(",", ""))
        for label, count in re.findall(r"^ (\S.*?)\s{2,}([\d,]+)\s", table, flags=re.MULTILINE)
    }


@pytest.mark.broker
@needs_iotcore
@pytest.mark.timeout(150)
def test_an_outage_loses_nothing_and_the_counts_are_those_of_the_files(tmp_path: Path) -> None:
    code, out, err = ended("--seconds", "2", "--rate", "40", "--keep", str(tmp_path))

    assert (code, err) == (0, "")
    assert "broker: killed" in out
    assert "broker: back" in out
    assert "child: re-upload done" in out
    assert "lost 0" in out
    listed = (tmp_path / "child" / "generated.txt").read_text(encoding="utf-8").split()
    stored = [
        event.message_id
        for event in SqliteSinkReader(tmp_path / "parent" / "received.sqlite").events()
        if event.type_name == Reading.wire.type_name
    ]
    assert sorted(stored) == sorted(listed)
    assert counts(out) == {
        "generated": len(listed),
        "stored by the parent, once": len(stored),
        "stored more than once": 0,
        "acknowledged": len(listed),
        "re-uploaded": counts(out)["re-uploaded"],
        "pending": 0,
        "lost": 0,
    }
    assert counts(out)["re-uploaded"] > 10
    assert len(listed) > 50


@pytest.mark.broker
@needs_iotcore
def test_each_node_has_a_status_page_where_the_demo_says() -> None:
    with running("--no-outage") as run:
        run.wait_for("the sensor begins")
        said = "".join(run.said)
        for role, answer in (("parent", "its peer is heard"), ("child", "heard by demo.")):
            (url,) = re.findall(f"{role}: status page at (http://.*)", said)
            with urllib.request.urlopen(url) as response:
                assert answer in response.read().decode()
        run.ctrl_c()
        run.end()


@pytest.mark.broker
@needs_iotcore
@needs_proc
@pytest.mark.parametrize(
    ("moment", "says"), [("the sensor begins", ""), ("child: link lost", "pending")]
)
def test_ctrl_c_ends_with_what_is_known_and_leaves_no_process(moment: str, says: str) -> None:
    with running("--seconds", "3", "--rate", "20") as run:
        run.wait_for(moment)
        run.wait_for("generated")
        run.ctrl_c()
        code, out, err = run.end()

        assert (code, err) == (130, "")
        assert "Ended early" in out
        assert counts(out)["generated"] > 0
        assert "lost 0" in out
        assert says in out
        assert run.others() == []


@pytest.mark.broker
@needs_iotcore
@needs_proc
def test_sigterm_before_the_nodes_are_there_ends_the_demo() -> None:
    with running() as run:
        run.wait_for("broker: iotcore")
        run.process.terminate()
        code, out, err = run.end()

        assert (code, err) == (143, "")
        assert "no event was generated" in out
        assert run.others() == []


@pytest.mark.broker
@needs_iotcore
@needs_proc
def test_the_demo_ends_when_nobody_reads_it() -> None:
    with running() as run:
        run.wait_for("broker: iotcore")
        assert run.process.stdout is not None
        run.process.stdout.close()
        code = run.process.wait()

        assert code == 141
        assert run.others() == []


@pytest.mark.broker
@needs_iotcore
@needs_proc
def test_no_process_outlives_a_killed_supervisor() -> None:
    with running() as run:
        run.wait_for("the sensor begins")
        others = run.others()
        run.process.kill()
        run.process.wait()

        assert len(others) == 3
        wait_until_gone(others)


@pytest.mark.broker
@needs_iotcore
@needs_proc
def test_a_killed_node_ends_the_demo_with_the_end_of_its_log() -> None:
    with running("--no-outage") as run:
        run.wait_for("the sensor begins")
        parent = next(pid for pid in run.others() if _command(pid).endswith(b"parent"))
        os.kill(parent, signal.SIGKILL)
        code, out, err = run.end()

        assert code == 1
        assert "the parent was killed by SIGKILL; the end of its log:\n" in err
        assert "INFO child: " in err
        assert "generated" in out
        assert run.others() == []


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0")


@pytest.mark.broker
@needs_iotcore
def test_a_broker_that_runs_already_is_used_and_shown_live(tmp_path: Path) -> None:
    with IotcoreBroker(tmp_path) as broker:
        url = f"mqtt://{broker.host}:{broker.port}"
        code, screen = in_terminal("--broker", url, "--events", "20", "--rate", "40")

    assert code == 0
    assert f"running already at {url.removeprefix('mqtt://')}" in screen
    assert "No outage will be shown" in screen
    assert "lost 0: 20 events generated" in screen
    assert screen.count("\x1b[?25l") == screen.count("\x1b[?25h") == 1, "cursor hidden, then shown"


def in_terminal(*arguments: str) -> tuple[int, str]:
    ours, theirs = pty.openpty()
    environment = _env({"TERM": "xterm", "LINES": "30"})
    with subprocess.Popen(
        (*DEMO, *arguments), stdout=theirs, stderr=theirs, env=environment
    ) as run:
        os.close(theirs)
        shown = b""
        try:
            while data := os.read(ours, 65_536):
                shown += data
        except OSError:  # On Linux this is how a terminal ends.
            pass
        os.close(ours)
    return run.returncode, shown.decode()


def test_an_unreachable_broker_is_named_with_the_cause() -> None:
    code, _, err = ended("--broker", "mqtt://127.0.0.1:1")

    assert code == 3
    assert err == "gwproactor demo: cannot reach the broker at 127.0.0.1:1: Connection refused\n"


def test_a_missing_iotcore_is_explained(tmp_path: Path) -> None:
    hidden = "import sys; sys.modules['iotcore'] = None"
    (tmp_path / "sitecustomize.py").write_text(hidden, encoding="utf-8")
    with running(PYTHONPATH=str(tmp_path)) as run:
        code, _, err = run.end()

    assert code == 3
    assert "pip install 'gwproactor[demo]'" in err
    assert "--broker mqtt://HOST:PORT" in err


def test_a_wrong_broker_url_is_explained_without_a_traceback() -> None:
    code, _, err = ended("--broker", "localhost:1883")

    assert code == 2
    assert "is no mqtt:// URL" in err
    assert "Traceback" not in err


def test_help_shows_examples_and_exit_codes() -> None:
    code, out, _ = ended("--help")

    assert code == 0
    assert "gwproactor demo --broker mqtt://localhost:1883" in out
    assert "130, 143: ended by Ctrl-C, by SIGTERM" in out
