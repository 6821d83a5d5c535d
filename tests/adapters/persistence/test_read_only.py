"""Looking at a SQLite file without a trace, however its writer left it."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.adapters.persistence.sqlite.read_only import ReadOnlyDatabase
from tests.support.child_process import SRC, child

COUNT = "SELECT count(*) FROM event"


def count(path: Path) -> int:
    database = ReadOnlyDatabase(path)
    try:
        return database.read(lambda connection: int(connection.execute(COUNT).fetchone()[0]))
    finally:
        database.close()


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}


def make_closed(path: Path, events: int = 3) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE event (number INTEGER PRIMARY KEY)")
    connection.executemany("INSERT INTO event VALUES (?)", [(i,) for i in range(events)])
    connection.close()


def make_killed(path: Path) -> int:
    """A store whose node was killed with its newest events in the log; returns their number."""
    with child("put_until_killed", path) as (_, output):
        for line in output:
            if line.startswith("durable"):
                break
    with sqlite3.connect(
        shutil.copytree(path.parent, path.parent.parent / "copy") / path.name
    ) as c:
        events = int(c.execute(COUNT).fetchone()[0])
    c.close()
    return events


def test_a_closed_file_is_read_and_nothing_appears_beside_it(tmp_path: Path) -> None:
    make_closed(tmp_path / "events")
    before = snapshot(tmp_path)

    assert count(tmp_path / "events") == 3
    assert snapshot(tmp_path) == before


def test_what_a_killed_node_left_in_its_log_is_read_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "node" / "events"
    events = make_killed(path)
    before = snapshot(path.parent)
    assert before["events-wal"][1]

    assert count(path) == events > 0
    assert snapshot(path.parent) == before


def test_a_log_whose_index_is_missing_is_read_from_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "node" / "events"
    events = make_killed(path)
    (path.parent / "events-shm").unlink()
    before = snapshot(path.parent)

    assert count(path) == events
    assert snapshot(path.parent) == before


def test_a_link_is_read_with_the_log_of_what_it_points_to(tmp_path: Path) -> None:
    path = tmp_path / "node" / "events"
    events = make_killed(path)
    (tmp_path / "link").symlink_to(path)

    assert count(tmp_path / "link") == events


@pytest.mark.parametrize("was_killed", [False, True])
def test_a_read_only_folder_is_read(tmp_path: Path, *, was_killed: bool) -> None:
    path = tmp_path / "node" / "events"
    path.parent.mkdir()
    if was_killed:
        path.parent.rmdir()
        events = make_killed(path)
    else:
        events = 3
        make_closed(path)
    for each in (*path.parent.iterdir(), path.parent):
        each.chmod(each.stat().st_mode & ~0o222)

    script = (
        "import sys; from pathlib import Path;"
        "from gwproactor.adapters.persistence.sqlite.read_only import ReadOnlyDatabase;"
        "database = ReadOnlyDatabase(Path(sys.argv[1]));"
        f"print(database.read(lambda c: c.execute('{COUNT}').fetchone()[0]))"
    )
    read = subprocess.run(
        [*without_roots_powers(), sys.executable, "-c", script, str(path)],
        env={"PYTHONPATH": str(SRC)},
        capture_output=True,
        text=True,
        check=False,
    )
    path.parent.chmod(0o755)

    assert (read.stdout, read.stderr) == (f"{events}\n", "")


def without_roots_powers() -> list[str]:
    """What makes root obey the modes of files."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv")
    powers = "-dac_override,-dac_read_search"
    return ["setpriv", "--bounding-set", powers, "--inh-caps", powers]


def test_a_running_node_is_read_while_it_writes(tmp_path: Path) -> None:
    path = tmp_path / "events"
    database = ReadOnlyDatabase(path)
    with child("put_until_killed", path) as (_, output):
        seen = []
        for line in output:
            if line.startswith("durable"):
                durable = int(line.split()[1])
                newest = database.read(
                    lambda c: int(c.execute("SELECT max(number) FROM event").fetchone()[0])
                )
                seen.append(newest >= durable - 1)  # the last one of each batch is cleared
            if len(seen) == 20:
                break
    database.close()

    assert all(seen)


def test_a_file_that_changed_while_it_was_read_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "events"
    make_closed(path)
    counts = []

    def query(connection: sqlite3.Connection) -> int:
        counts.append(int(connection.execute(COUNT).fetchone()[0]))
        if len(counts) == 1:
            with sqlite3.connect(path) as other:
                other.execute("INSERT INTO event VALUES (100)")
            other.close()
        return counts[-1]

    assert ReadOnlyDatabase(path).read(query) == 4
    assert counts == [3, 4]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none", None, "No such file or directory"),
        ("text", b"some text " * 100, "is no database"),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(MediumError, match=says) as raised:
        count(path)
    assert str(path) in str(raised.value)
