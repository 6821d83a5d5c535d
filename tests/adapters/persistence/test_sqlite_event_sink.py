"""`SqliteEventSink` on its own file: kills, failing disks, collisions, and its reader."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import attrs
import pytest
from typing_extensions import override

from gwproactor.adapters.persistence import (
    SinkUnreadableError,
    SqliteEventSink,
    SqliteSinkReader,
)
from gwproactor.adapters.persistence.sqlite.received_file import ReceivedFile
from gwproactor.domain.message import Sequence
from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.event_sink import Kept, ReceivedEvent, SinkAnswer, SinkFailed
from tests.support.child_process import lines_until_killed
from tests.support.faulty_database import Disk, FaultyEventSink, locked

STORED = Success(Kept())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "received.db"


def event(message_id: str, src: str = "a.child") -> ReceivedEvent:
    return ReceivedEvent(src, message_id, "gridworks.event.x", b"{}", Sequence("epoch", 1))


async def answer(sink: SqliteEventSink, one: ReceivedEvent) -> SinkAnswer:
    given: asyncio.Future[SinkAnswer] = asyncio.get_running_loop().create_future()
    sink.put(one, given.set_result).unwrap()
    return await given


@pytest.mark.parametrize("count", [1, 30, 500])
def test_a_kill_loses_nothing_that_was_answered(path: Path, count: int) -> None:
    ids = lines_until_killed("receive_until_killed", path, count=count)
    assert len(ids) >= count
    assert SqliteSinkReader(path).contains("child", ids) == set(ids)


async def test_events_of_a_failed_commit_are_answered_so_and_not_kept(path: Path) -> None:
    disk = Disk()
    sink = FaultyEventSink(path, disk)
    await sink.open()
    assert await answer(sink, event("a")) == STORED
    disk.fault = sqlite3.OperationalError("database or disk is full")
    match await answer(sink, event("b")):
        case Failure(SinkFailed(detail)):
            assert str(path) in detail
            assert "disk is full" in detail
        case other:
            raise AssertionError(other)
    assert isinstance(await answer(sink, event("a")), Failure)
    disk.fault = None
    assert await answer(sink, event("b")) == STORED
    await sink.close()
    assert [one.message_id for one in SqliteSinkReader(path).events()] == ["a", "b"]


async def test_names_of_one_hash_are_told_apart(path: Path) -> None:
    @attrs.define
    class Colliding(ReceivedFile):
        @override
        def hash_of(self, src: str, message_id: str) -> int:
            return 7

    class CollidingSink(SqliteEventSink):
        @override
        def _medium(self) -> ReceivedFile:
            return Colliding(super()._medium().database)

    sink = CollidingSink(path)
    await sink.open()
    names = [(src, message_id) for src in "ab" for message_id in "abc"]
    for kept in (Kept(), Kept(duplicate=True)):
        for src, message_id in names:
            assert await answer(sink, event(message_id, src)) == Success(kept)
    await sink.close()
    assert SqliteSinkReader(path).count() == len(names)


async def test_the_loop_goes_on_while_a_commit_hangs(path: Path) -> None:
    sink = SqliteEventSink(path)
    await sink.open()
    with locked(path):
        waiting = asyncio.ensure_future(answer(sink, event("a")))
        for _ in range(100):
            await asyncio.sleep(0.001)
        assert not waiting.done()
    assert await waiting == STORED
    await sink.close()


async def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    before = threading.enumerate()
    sink = SqliteEventSink(tmp_path)
    match await sink.open():
        case Failure(SinkFailed(detail)):
            assert f"{tmp_path} is a folder" in detail
        case other:
            raise AssertionError(other)
    await sink.close()
    assert threading.enumerate() == before


async def test_a_reader_sees_what_a_node_has_answered_while_it_writes(path: Path) -> None:
    sink = SqliteEventSink(path)
    await sink.open()
    reader = SqliteSinkReader(path)
    events = [event(str(number), src) for number in range(400) for src in ("b", "a", "\ud800")]
    for number, one in enumerate(events):
        assert await answer(sink, one) == STORED
        if number % 200 == 0:
            assert reader.count() == number + 1
    assert list(reader.events()) == events
    assert reader.count_by_src() == {"a": 400, "b": 400, "\ud800": 400}
    assert reader.contains("a", ["0", "399", "400", ""]) == {"0", "399"}
    assert reader.contains("c", ["0"]) == set()
    await sink.close()
    assert reader.count() == 1200


@pytest.mark.parametrize("content", [None, "", "no database"])
def test_what_is_no_sink_cannot_be_read(path: Path, content: str | None) -> None:
    if content is not None:
        path.write_text(content)
    with pytest.raises(SinkUnreadableError, match=str(path)):
        SqliteSinkReader(path).count()
    assert path.exists() == (content is not None)
