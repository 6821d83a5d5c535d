"""A damaged log is told from what a crash leaves of one."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gwproactor.adapters.persistence import SqliteEventStore
from gwproactor.adapters.persistence.sqlite.file_place import log_of
from gwproactor.adapters.persistence.sqlite.wal_check import lost_frames
from tests.support.damaged_files import PAGE, kept_aside
from tests.support.stores import News, kept_numbers, put, running

HEADER = 32
FRAME = 24 + PAGE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "killed" / "events.db"


def copied(path: Path, target: Path) -> None:
    """What a kill leaves."""
    target.parent.mkdir()
    for name in (path.name, log_of(path).name):
        shutil.copy(path.parent / name, target.parent / name)


async def killed(path: Path) -> str:
    """Events 1 to 100 were durable, ten in each commit; the epoch."""
    living = path.parent.parent / "living" / path.name
    async with running(SqliteEventStore(living)) as store:
        for _ in range(10):
            await store.durable([put(store) for _ in range(10)][-1])
        copied(living, path)
        return store.content().epoch


def flip(log: Path, at: int) -> bytes:
    """One bit; the content then."""
    content = bytearray(log.read_bytes())
    content[at] ^= 1
    log.write_bytes(content)
    return bytes(content)


def frame(number: int) -> int:
    """Where the one of this index begins; negative ones are counted from the end."""
    return number * FRAME + (HEADER if number >= 0 else 0)


# Each field of the header and of a frame.
@pytest.mark.parametrize(
    "at",
    [
        0,
        3,
        6,
        10,
        14,
        18,
        22,
        26,
        30,
        *(frame(20) + offset for offset in (2, 6, 10, 14, 18, 22, 99)),
    ],
)
async def test_a_flipped_bit_keeps_the_log_and_is_told(path: Path, at: int) -> None:
    epoch = await killed(path)
    damaged = flip(log_of(path), at)
    news = News()
    async with running(SqliteEventStore(path), news) as store:
        assert store.content().epoch == epoch or at < frame(0)
        numbers = await kept_numbers(store)
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) < 90
        assert put(store) > 100 or store.content().epoch != epoch
    (log,) = kept_aside(path, "-wal")
    assert log.read_bytes() == damaged
    (problem,) = news.problems
    assert "damaged log" in problem
    assert str(kept_aside(path)[0]) in problem
    async with running(SqliteEventStore(path), news):
        assert len(news.problems) == 1


@pytest.mark.parametrize("at", [frame(-1), frame(-1) + 10, -1])
async def test_a_last_transaction_that_is_torn_is_no_damage(path: Path, at: int) -> None:
    await killed(path)
    flip(log_of(path), at)
    assert lost_frames(log_of(path)) == 0
    news = News()
    async with running(SqliteEventStore(path), news) as store:
        assert len(await kept_numbers(store)) == 90
    assert news.told == []


async def test_a_log_of_any_length_is_no_damage(path: Path) -> None:
    await killed(path)
    log = log_of(path)
    content = log.read_bytes()
    for size in (0, 10, HEADER, HEADER + 10, frame(1) - 1, frame(3), frame(3) + 30, len(content)):
        log.write_bytes(content[:size])
        assert lost_frames(log) == 0
    log.unlink()
    assert lost_frames(log) == 0


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Its log has 20 transactions, the last of which has many pages."""
    living, path = tmp_path / "living.db", tmp_path / "copy" / "living.db"
    with closing(sqlite3.connect(living, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (x)")
        for _ in range(20):
            connection.execute("INSERT INTO t VALUES (zeroblob(3000))")
        connection.execute("INSERT INTO t VALUES (zeroblob(60000))")
        copied(living, path)
    assert lost_frames(log_of(path)) == 0
    return path


def test_what_an_earlier_round_of_the_log_left_is_no_damage(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "again" / database.name
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("SELECT count(*) FROM t").fetchone()
        connection.execute("PRAGMA wal_checkpoint(RESTART)")
        for _ in range(5):
            connection.execute("INSERT INTO t VALUES (1)")
        copied(database, path)
    assert log_of(path).stat().st_size > frame(50)
    assert lost_frames(log_of(path)) == 0
    flip(log_of(path), frame(30) + 100)
    assert lost_frames(log_of(path)) == 0
    flip(log_of(path), frame(0) + 100)
    assert 5 <= lost_frames(log_of(path)) <= 10


def test_what_two_crashes_tore_is_no_damage(database: Path, tmp_path: Path) -> None:
    before = flip(log_of(database), frame(-15))
    path = tmp_path / "again" / database.name
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        connection.execute("INSERT INTO t VALUES (zeroblob(20000))")
        copied(database, path)
    after = log_of(path).read_bytes()
    assert len(after) == len(before)
    assert lost_frames(log_of(path)) == 0
    frames = range(HEADER, len(after), FRAME)
    last = max(at for at in frames if after[at : at + FRAME] != before[at : at + FRAME])
    assert last < frames[-1]  # behind it lies what the first crash left
    flip(log_of(path), last - FRAME + 99)
    assert lost_frames(log_of(path)) == 0
