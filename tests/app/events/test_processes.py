"""`gwproactor events` as a process: pipes, signals, terminals, and a node that runs meanwhile."""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.child_process import SRC, child
from tests.support.event_places import event, events_of, files_below, make_folder, make_store

COMMAND = [sys.executable, "-c", "from gwproactor.app.cli import main; main()", "events"]
ENVIRONMENT = {"PYTHONPATH": str(SRC), "PATH": os.environ["PATH"], "COLUMNS": "120"}


def start(
    *arguments: object, before: tuple[str, ...] = (), stderr: int = subprocess.PIPE
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*before, *COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env=ENVIRONMENT,
    )


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    with process:
        out, err = process.communicate()
    return process.returncode, out, err


@pytest.mark.parametrize(
    "arguments", [("ls", "--limit", "0"), ("ls", "--limit", "0", "--json"), ("export",)]
)
def test_a_reader_that_ends_early_is_no_traceback(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    command, *options = arguments
    path = make_store(tmp_path / "store", [event(i) for i in range(5_000)])

    with start(command, path, *options) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "id-0" in process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()

    assert (process.returncode, said) == (141, "")


@pytest.mark.parametrize("command", ["ls", "export", "quarantine", "stats"])
def test_a_closed_stdout_is_no_traceback(tmp_path: Path, command: str) -> None:
    path = make_store(tmp_path / "store", [event(0)])

    code, _, said = ended(start(command, path, before=("sh", "-c", '"$@" >&-', "sh")))

    assert (code, said) == (2, "stdout is closed: open it, or send it to /dev/null\n")


def test_a_terminal_gets_a_table_and_a_bar(tmp_path: Path) -> None:
    path = make_store(tmp_path / "store", [event(i) for i in range(2_000)])

    table = on_terminal("ls", path, "--limit", 1)
    counting = on_terminal("stats", path)

    assert "message id" in table
    assert "id-0" in table
    assert "counting" in counting
    assert "2000/2000" in counting


def on_terminal(*arguments: object) -> str:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=theirs,
        stderr=theirs,
        env=ENVIRONMENT | {"TERM": "xterm"},
    ):
        os.close(theirs)
        with closing(os.fdopen(ours, "rb", buffering=0)) as terminal:
            return b"".join(_read(terminal.fileno())).decode()


def _read(descriptor: int) -> Iterator[bytes]:
    while True:
        try:
            part = os.read(descriptor, 65_536)
        except OSError:  # how Linux tells that the other end is closed
            return
        if not part:
            return
        yield part


def interrupted_import(folder: Path, store: Path, given: signal.Signals) -> tuple[int, str]:
    """Sends the signal after the first files are gone; the exit code and what it said."""
    (day,) = folder.iterdir()
    count = len(os.listdir(day))
    process = start("import", folder, "--into", store)
    wait_until(lambda: len(os.listdir(day)) < count, process)
    process.send_signal(given)
    code, out, _ = ended(process)
    return code, out


def wait_until(is_so: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    """Or until *process* has ended; pytest's timeout is the deadline."""
    while process.poll() is None and not is_so():
        time.sleep(0.001)


@pytest.mark.parametrize(("given", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_import_that_is_ended_loses_and_repeats_nothing(
    tmp_path: Path, given: signal.Signals, code: int
) -> None:
    events = [event(i) for i in range(2_000)]
    folder, store = make_folder(tmp_path / "event", events, step_s=0.0001), tmp_path / "store"

    ended_with, said = interrupted_import(folder, store, given)

    left = sorted(files_below(folder).values())
    assert ended_with == code
    assert left, "it was over before the signal came"
    assert f"{2_000 - len(left):,} events" in said
    assert sorted(events_of(store) + left) == sorted(events)
    assert ended(start("import", folder, "--into", store))[0] == 0
    assert events_of(store) == events


def test_an_import_that_is_killed_loses_and_repeats_nothing(tmp_path: Path) -> None:
    events = [event(i) for i in range(2_000)]
    folder, store = make_folder(tmp_path / "event", events, step_s=0.0001), tmp_path / "store"

    code, _ = interrupted_import(folder, store, signal.SIGKILL)

    left = set(files_below(folder).values())
    assert code == -signal.SIGKILL
    assert left, "it was over before the signal came"
    assert ended(start("import", folder, "--into", store))[0] == 0
    assert events_of(store) == events


def test_an_export_that_is_ended_leaves_nothing_half_done(tmp_path: Path) -> None:
    path = make_store(tmp_path / "store", [event(i) for i in range(20_000)])
    (tmp_path / "out").mkdir()
    target = tmp_path / "out" / "event"

    process = start("export", path, "--format", "rolling-files", "--to", target)
    wait_until(lambda: any((tmp_path / "out").glob("*/*/*.json")), process)
    process.send_signal(signal.SIGINT)

    code, _, err = ended(process)
    assert (code, err) == (130, "")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_running_nodes_store_is_read_but_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "store"
    (tmp_path / "event").mkdir()
    with child("put_until_killed", path) as (node, output):
        for line in output:
            if line.startswith("durable"):
                break
        listed = ended(start("ls", path, "--limit", "3", "--json"))
        released = ended(start("quarantine", path, "--release-all"))
        imported = ended(start("import", tmp_path / "event", "--into", path))
        assert node.poll() is None
        owner = node.pid

    assert listed[0] == 0
    assert json.loads(listed[1].partition("\n")[0])["number"] == 1
    assert released[:2] == (0, "0 released: nothing changed\n")
    assert imported[0] == 2
    assert f"{path} is in use by process {owner}: stop it" in imported[2]


@pytest.mark.parametrize("command", ["ls", "stats", "export", "quarantine"])
def test_a_store_in_a_folder_that_cannot_be_written_is_read(tmp_path: Path, command: str) -> None:
    folder = tmp_path / "node"
    path = make_store(folder / "events.sqlite", [event(0)])
    (folder / "events.sqlite.lock").unlink(missing_ok=True)
    before = files_below(folder)
    folder.chmod(0o555)
    path.chmod(0o444)

    code, _, err = ended(start(command, path, before=without_roots_powers()))

    folder.chmod(0o755)
    assert code == 0, err
    assert files_below(folder) == before


def test_a_store_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    path = make_store(tmp_path / "store", [event(0)])
    path.chmod(0)

    code, out, err = ended(start("ls", path, before=without_roots_powers()))

    assert (code, out) == (2, "")
    assert str(path) in err
    assert err.count("\n") == 1


def test_an_import_from_a_folder_that_cannot_be_written_deletes_and_loses_nothing(
    tmp_path: Path,
) -> None:
    folder, store = make_folder(tmp_path / "event", [event(0)]), tmp_path / "store"
    (day,) = folder.iterdir()
    day.chmod(0o555)

    code, _, err = ended(start("import", folder, "--into", store, before=without_roots_powers()))
    day.chmod(0o755)

    assert code == 2
    assert "cannot be deleted (Permission denied)" in err
    assert list(files_below(folder).values()) == [event(0)]
    assert ended(start("import", folder, "--into", store))[0] == 0
    assert events_of(store) == [event(0)]


def test_help_imports_neither_sqlite_nor_rich_tables() -> None:
    script = (
        "import sys; from gwproactor.app.commands import app;"
        "print([name for name in ('sqlite3', 'orjson', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def without_roots_powers() -> tuple[str, ...]:
    """What makes root obey the modes of files."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv")
    powers = "-dac_override,-dac_read_search"
    return ("setpriv", "--bounding-set", powers, "--inh-caps", powers)
