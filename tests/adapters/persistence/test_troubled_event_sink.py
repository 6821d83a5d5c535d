"""`SqliteEventSink` on a file that is damaged, removed, or on a disk that fails and comes back."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import pytest

from gwproactor.adapters.persistence import SqliteEventSink, SqliteSinkReader
from gwproactor.adapters.persistence.sqlite.file_place import log_of
from gwproactor.adapters.persistence.sqlite.received_database import BEGIN_EVERY_S
from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.event_sink import DUPLICATE, STORED, ReceivedEvent, SinkAnswer, StoreProblem
from tests.support.faulty_database import Disk, FaultyEventSink

PAGE = 4096


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "node" / "received.db"


@attrs.define
class Told:
    problems: list[str] = attrs.Factory(list)

    def tell(self, problem: StoreProblem) -> None:
        self.problems.append(f"{problem.summary}: {problem.problems.error_traceback_str()}")


@asynccontextmanager
async def running(sink: SqliteEventSink) -> AsyncIterator[Told]:
    told = Told()
    sink.listen(told.tell)
    (await sink.open()).unwrap()
    try:
        yield told
    finally:
        await sink.close()


def read(path: Path) -> bytes:
    return path.read_bytes()


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def rename(path: Path, target: Path) -> Path:
    return path.rename(target)


async def answer(sink: SqliteEventSink, message_id: str) -> SinkAnswer:
    given: asyncio.Future[SinkAnswer] = asyncio.get_running_loop().create_future()
    event = ReceivedEvent("a.child", message_id, "gridworks.event.x", b"x" * 500)
    sink.put(event, given.set_result).unwrap()
    return await given


async def fill(path: Path, count: int) -> None:
    async with running(sink := SqliteEventSink(path)):
        await asyncio.gather(*(answer(sink, f"e{number}") for number in range(count)))


def ids(path: Path) -> list[str]:
    return [event.message_id for event in SqliteSinkReader(path).events()]


def overwrite(path: Path, page: int, pages: int) -> None:
    with path.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(b"\xa5" * PAGE * pages)


def kept_aside(path: Path) -> Path:
    (kept,) = path.parent.glob(f"{path.name}.damaged-*Z")
    return kept


@pytest.mark.parametrize("content", [b"no database", b"\0" * 9000, None], ids=["text", "0", "cut"])
async def test_a_damaged_file_is_kept_and_a_new_one_begun(
    path: Path, content: bytes | None
) -> None:
    await fill(path, 100)
    damaged = read(path)[: 3 * PAGE] if content is None else content
    write(path, damaged)
    sink = SqliteEventSink(path)
    async with running(sink) as told:
        assert await answer(sink, "new") == Success(STORED)
        assert await answer(sink, "new") == Success(DUPLICATE)
    assert ids(path) == ["new"]
    assert kept_aside(path).read_bytes() == damaged
    (problem,) = told.problems
    assert "the event sink's file was damaged" in problem
    assert str(kept_aside(path)) in problem


async def test_damage_that_is_found_in_use_is_dealt_with_and_nothing_is_refused(path: Path) -> None:
    await fill(path, 1000)
    sink = SqliteEventSink(path)
    async with running(sink) as told:
        overwrite(path, 1, 60)
        answers = await asyncio.gather(*(answer(sink, f"new {number}") for number in range(20)))
        assert answers == [Success(STORED)] * 20
        assert len(told.problems) == 1
    assert ids(path) == [f"new {number}" for number in range(20)]
    assert kept_aside(path).stat().st_size > 60 * PAGE


async def test_a_disk_that_damages_every_file_is_not_filled_with_them(path: Path) -> None:
    """It says so, and is tried again after a while."""
    assert BEGIN_EVERY_S >= 60
    await fill(path, 1000)
    disk = Disk()
    sink = FaultyEventSink(path, disk)
    async with running(sink) as told:
        damage = sqlite3.DatabaseError("database disk image is malformed")
        damage.sqlite_errorname = "SQLITE_CORRUPT"
        disk.fault = damage
        await answer(sink, "new")
        refused = await answer(sink, "new")
        assert isinstance(refused, Failure)
        assert "less than a minute ago: check the disk" in refused.failure().detail
        disk.fault = None
        assert await answer(sink, "new") == Success(STORED)
    assert len(told.problems) == 1
    assert ids(path) == ["new"]
    assert len(ids(kept_aside(path))) == 1000


async def test_a_file_that_is_moved_away_in_use_is_whole_and_followed_by_a_new_one(
    path: Path, tmp_path: Path
) -> None:
    sink = SqliteEventSink(path)
    async with running(sink) as told:
        for number in range(10):
            await answer(sink, f"e{number}")
        elsewhere = rename(path, tmp_path / "archive.db")
        assert await answer(sink, "new") == Success(STORED)
        assert ids(path) == ["new"]
        (problem,) = told.problems
    assert ids(elsewhere) == [f"e{number}" for number in range(10)]
    assert f"{path} or its log is not the one that it was" in problem


@pytest.mark.parametrize("what", ["file", "log", "both"])
async def test_what_is_answered_after_a_removal_survives(path: Path, what: str) -> None:
    """Without looking, the sink would go on to write what nobody can find, and acknowledge it."""
    sink = SqliteEventSink(path)
    async with running(sink) as told:
        await answer(sink, "before")
        removed = {"file": [path], "log": [log_of(path)], "both": [path, log_of(path)]}
        for file in removed[what]:
            file.unlink()
        assert await answer(sink, "after") == Success(STORED)
        assert ids(path)[-1] == "after"
        copy = path.parent / "copy" / path.name
        copy.parent.mkdir()
        for file in (path, log_of(path)):  # what a kill would leave
            shutil.copy(file, copy.parent / file.name)
        assert ids(copy)[-1] == "after"
        assert len(told.problems) == 1
    # The log alone holds nothing that the connection could not complete.
    assert ids(path) == (["before", "after"] if what == "log" else ["after"])


async def test_a_disk_that_is_gone_is_waited_for(path: Path, tmp_path: Path) -> None:
    sink = SqliteEventSink(path)
    async with running(sink) as told:
        assert await answer(sink, "before") == Success(STORED)
        away = path.parent.rename(tmp_path / "unplugged")
        refused = await answer(sink, "meanwhile")
        assert isinstance(refused, Failure)
        assert "its folder is gone: bring the disk or the folder back" in refused.failure().detail
        assert not path.parent.exists()
        away.rename(path.parent)
        assert await answer(sink, "after") == Success(STORED)
    assert told.problems == []
    assert ids(path) == ["before", "after"]


@pytest.mark.parametrize("trouble", ["full", "read-only"])
async def test_a_disk_that_takes_nothing_for_a_while_is_used_again_after_that(
    path: Path, trouble: str
) -> None:
    disk = Disk()
    sink = FaultyEventSink(path, disk)
    async with running(sink) as told:
        assert await answer(sink, "before") == Success(STORED)
        disk.pages_max, disk.is_read_only = (1, False) if trouble == "full" else (10**6, True)
        refusals = [await answer(sink, f"e{number}") for number in range(30)]
        last = refusals[-1]
        assert isinstance(last, Failure)
        wanted = "make room on the disk" if trouble == "full" else "that the disk is writable"
        assert wanted in last.failure().detail
        disk.pages_max, disk.is_read_only = 10**6, False
        assert await answer(sink, "after") == Success(STORED)
    assert told.problems == []
    assert ids(path)[0] == "before"
    assert ids(path)[-1] == "after"


async def test_after_an_error_of_the_disk_the_file_is_opened_anew(path: Path) -> None:
    """SQLite may make no more use of a connection that has met one."""
    disk = Disk()
    sink = FaultyEventSink(path, disk)
    async with running(sink):
        await answer(sink, "before")
        opened = disk.count("PRAGMA journal_mode")
        broken = sqlite3.OperationalError("disk I/O error")
        broken.sqlite_errorname = "SQLITE_IOERR_WRITE"
        disk.fault = broken
        assert isinstance(await answer(sink, "lost"), Failure)
        disk.fault = None
        assert await answer(sink, "after") == Success(STORED)
        assert disk.count("PRAGMA journal_mode") == opened + 1
    assert ids(path) == ["before", "after"]
