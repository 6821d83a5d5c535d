"""What an operator is shown of stores and sinks."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from gwproactor.adapters.persistence import SqliteEventSink, SqliteEventStore, SqliteSinkReader
from gwproactor.adapters.persistence.event_record import EventRecord, Overview
from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.adapters.persistence.sqlite import sqlite_records as module
from gwproactor.adapters.persistence.sqlite.sqlite_records import SqliteRecords
from gwproactor.adapters.persistence.sqlite.sqlite_sink_reader import SinkUnreadableError
from gwproactor.domain.message import Sequence
from gwproactor.domain.stored_event import Quarantined
from gwproactor.ports.event_sink import ReceivedEvent
from tests.support.damaged_files import changed, leaves_swapped

ODD = 'id "\ud800" / \n'


async def make_store(path: Path, events: int = 3) -> str:
    """Of its events the last is relayed, and the second in quarantine. Returns its epoch."""
    store = SqliteEventStore(path)
    epoch = (await store.open()).unwrap().epoch
    numbers = [store.put(f"id-{i}", "type.a", b"{%d}" % i).unwrap().number for i in range(events)]
    store.take(ReceivedEvent("child", ODD, "type.b", b"[]", Sequence("theirs", 1 << 70)), ignore)
    store.quarantine(Quarantined(numbers[1], "type.a", "the peer does not ack it", 1_700))
    (await store.close()).unwrap()
    return epoch


def ignore(_: object) -> None:
    pass


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "node" / "events"


def records(path: Path) -> "closing[SqliteRecords]":
    return closing(SqliteRecords(path))


async def test_a_store_shows_its_own_relayed_and_quarantined_events(path: Path) -> None:
    epoch = await make_store(path)

    with records(path) as store:
        one, two, three, four = store.all()
        assert not store.is_sink
        assert store.overview() == Overview(events=4, payload_bytes=11, quarantined=1)
        assert one == EventRecord(1, "id-0", "type.a", b"{0}", sequence=Sequence(epoch, 1))
        assert two.quarantined == Quarantined(2, "type.a", "the peer does not ack it", 1_700)
        assert list(store.quarantined()) == [two]
        assert (four.message_id, four.sequence) == (ODD, Sequence("theirs", 1 << 70))
        assert store.numbered(3) == three
        assert store.numbered(5) is None
        assert store.named(ODD) == [four]
        assert store.store_created_ms() is not None


async def test_a_sink_shows_what_came_from_whom(path: Path) -> None:
    sink = SqliteEventSink(path)
    (await sink.open()).unwrap()
    for src in ("a", "b"):
        sink.put(ReceivedEvent(src, "id", "type", b"{}"), ignore).unwrap()
    await sink.close()

    with records(path) as source:
        assert source.is_sink
        assert source.overview() == Overview(events=2, payload_bytes=4)
        assert [(record.number, record.src) for record in source.named("id")] == [
            (1, "a"),
            (2, "b"),
        ]
        assert list(source.quarantined()) == []


@pytest.mark.parametrize("newest_first", [False, True])
async def test_pages_leave_nothing_out(
    path: Path, monkeypatch: pytest.MonkeyPatch, *, newest_first: bool
) -> None:
    await make_store(path, events=6)
    monkeypatch.setattr(module, "PAGE_BYTES", 5)

    with records(path) as store:
        numbers = [record.number for record in store.all(newest_first=newest_first)]
    assert numbers == sorted(range(1, 8), reverse=newest_first)


def test_a_store_of_the_first_schema_is_read_and_not_migrated(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as old:
        old.executescript(
            "PRAGMA application_id = 0x67775045; PRAGMA user_version = 1;"
            "CREATE TABLE event (number INTEGER PRIMARY KEY, message_id, type_name, payload BLOB);"
            "CREATE TABLE store (epoch TEXT NOT NULL, number_bound INTEGER NOT NULL);"
            "INSERT INTO store VALUES ('e', 10); INSERT INTO event VALUES (7, 'id', 't', x'7b7d');"
        )
    before = path.read_bytes()

    with records(path) as store:
        assert list(store.all()) == [EventRecord(7, "id", "t", b"{}", sequence=Sequence("e", 7))]
        assert list(store.quarantined()) == []
        assert store.store_created_ms() is None
    assert path.read_bytes() == before


@pytest.fixture(params=[(0, 0, "another program"), (0x67775045, 99, "another release")])
def foreign(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    kind, version, says = request.param
    with closing(sqlite3.connect(tmp_path / "foreign")) as database:
        database.executescript(
            f"CREATE TABLE t (x); PRAGMA application_id = {kind}; PRAGMA user_version = {version}"
        )
    return tmp_path / "foreign", says


def test_another_database_is_refused(foreign: tuple[Path, str]) -> None:
    path, says = foreign
    with pytest.raises(MediumError, match=says):
        SqliteRecords(path)


async def test_a_reader_of_a_sink_leaves_nothing_beside_it(path: Path) -> None:
    sink = SqliteEventSink(path)
    (await sink.open()).unwrap()
    await sink.close()
    before = sorted(os.listdir(path.parent))

    assert SqliteSinkReader(path).count() == 0
    assert sorted(os.listdir(path.parent)) == before


def listed(path: Path) -> None:
    with records(path) as source:
        list(source.all())


def listed_newest_first(path: Path) -> None:
    with records(path) as source:
        list(source.all(newest_first=True))


def named(path: Path) -> None:
    with records(path) as source:
        list(source.message_ids())


@pytest.mark.parametrize("damage", ["message_id = NULL", "message_id = x'ff'"])
@pytest.mark.parametrize("look", [listed, listed_newest_first, named])
async def test_a_row_that_is_no_event_any_more_is_named(
    path: Path, look: Callable[[Path], None], damage: str
) -> None:
    await make_store(path)
    changed(path, f"UPDATE event SET {damage} WHERE number = 2")

    with pytest.raises(MediumError, match=f"{path}: event 2 .* damaged"):
        look(path)


@pytest.mark.parametrize("damage", ["payload = 7", "payload = 'text'"])
async def test_a_payload_that_is_none_any_more_is_named(path: Path, damage: str) -> None:
    await make_store(path)
    changed(path, f"UPDATE event SET {damage} WHERE number = 2")

    with pytest.raises(MediumError, match="payload of event 2"):
        listed(path)


@pytest.mark.parametrize("look", [listed, listed_newest_first, named])
@pytest.mark.timeout(20)
async def test_events_out_of_order_end_a_list(
    path: Path, look: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE_EVENTS", 50)
    store = SqliteEventStore(path)
    (await store.open()).unwrap()
    for i in range(200):
        store.put(f"id-{i}", "type", b"x" * 500).unwrap()
    await store.close()
    leaves_swapped(path)

    with pytest.raises(MediumError, match="comes after event"):
        look(path)


@pytest.mark.parametrize("damage", ["message_id = NULL", "payload = 7"])
async def test_a_row_of_a_sink_that_is_none_any_more_is_told(path: Path, damage: str) -> None:
    sink = SqliteEventSink(path)
    (await sink.open()).unwrap()
    for name in ("a", "b"):
        sink.put(ReceivedEvent("src", name, "type", b"{}"), ignore).unwrap()
    await sink.close()
    changed(path, f"UPDATE event SET {damage} WHERE arrival = 2")

    with pytest.raises(SinkUnreadableError, match=str(path)):
        list(SqliteSinkReader(path).events())
