"""Files that older releases made, and newer ones."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gwproactor.adapters.persistence import SqliteEventStore
from gwproactor.adapters.persistence.sqlite.database import Database
from gwproactor.adapters.persistence.sqlite.event_schema import SCHEMA
from gwproactor.domain.message import Sequence
from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.event_sink import ReceivedEvent
from gwproactor.ports.event_store import AlreadySeen, Quarantined, StoredEvent, StoreFailed
from tests.support.stores import kept, put, running, taken

# Made by the last release that knew only this, and dumped.
SCHEMA_1 = """
BEGIN TRANSACTION;
CREATE TABLE event (number INTEGER PRIMARY KEY, message_id, type_name, payload BLOB);
INSERT INTO "event" VALUES(1,'first','gridworks.event.a',X'7B2261223A20317D');
INSERT INTO "event" VALUES(3,X'EDA080','ü☃',X'00FF');
INSERT INTO "event" VALUES(4,'last','gridworks.event.a',X'');
CREATE TABLE store (epoch TEXT NOT NULL, number_bound INTEGER NOT NULL);
INSERT INTO "store" VALUES('656f3389c30f18c3def85225069a36d0',20000);
COMMIT;
PRAGMA application_id = 1735872581;
PRAGMA user_version = 1;
PRAGMA journal_mode = wal;
"""
EPOCH = "656f3389c30f18c3def85225069a36d0"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


def make(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def content_of(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def tables(path: Path) -> dict[str, list[tuple[str, str]]]:
    """The columns and their types, by table or index."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall()
        return {
            name: [row[1:3] for row in connection.execute(f"PRAGMA table_info({name})")]
            for (name,) in names
        }


async def test_events_of_the_first_schema_are_kept_with_their_numbers(path: Path) -> None:
    make(path, SCHEMA_1)
    expected = [
        StoredEvent(Sequence(EPOCH, 1), "first", "gridworks.event.a", b'{"a": 1}'),
        StoredEvent(Sequence(EPOCH, 3), "\ud800", "ü☃", b"\0\xff"),
        StoredEvent(Sequence(EPOCH, 4), "last", "gridworks.event.a", b""),
    ]
    for _ in range(2):
        async with running(SqliteEventStore(path)) as store:
            assert await kept(store) == expected
            assert (store.content().epoch, store.content().pending) == (EPOCH, 3)
    async with running(SqliteEventStore(path)) as store:
        assert put(store) > 20_000


async def test_a_file_of_the_first_schema_can_do_all_that_a_new_one_can(path: Path) -> None:
    make(path, SCHEMA_1)
    event = ReceivedEvent("child", "a", "type", b"{}", Sequence("of the child", 1))
    async with running(SqliteEventStore(path)) as store:
        assert isinstance((await taken(store, event)).unwrap(), StoredEvent)
        store.quarantine(Quarantined(3, "type", "on purpose", 1))
    async with running(SqliteEventStore(path)) as store:
        assert await taken(store, event) == Success(AlreadySeen())
        assert store.content().quarantined == 1
    async with running(SqliteEventStore(path.with_name("new"))):
        pass
    assert tables(path) == tables(path.with_name("new"))


async def test_a_step_that_fails_leaves_the_old_schema_whole(path: Path) -> None:
    make(path, SCHEMA_1 + "CREATE TABLE seen (in_the_way);")
    before = tables(path)
    store = SqliteEventStore(path)
    match await store.open():
        case Failure(StoreFailed(detail)):
            assert "seen" in detail
        case other:
            raise AssertionError(other)
    assert tables(path) == before


@pytest.mark.parametrize("version", [0, 3, 99])
async def test_a_file_of_a_newer_release_is_refused_and_left_as_it_is(
    path: Path, version: int
) -> None:
    # Much may look the same in a newer one.
    mark = "ALTER TABLE store ADD COLUMN is_clean INTEGER NOT NULL DEFAULT 0;"
    make(path, SCHEMA_1 + mark + f"PRAGMA user_version = {version};")
    before = content_of(path)
    store = SqliteEventStore(path)
    match await store.open():
        case Failure(StoreFailed(detail)):
            assert f"its schema is {version}, this release knows {SCHEMA.version}" in detail
            assert "install that release" in detail
        case other:
            raise AssertionError(other)
    assert content_of(path) == before
    assert [file.name for file in path.parent.iterdir() if "damaged" in file.name] == []


async def test_when_a_store_was_made_is_kept(path: Path) -> None:
    async with running(SqliteEventStore(path)):
        pass
    database = Database(path, SCHEMA)
    database.open()
    query = "SELECT created_ms FROM store"
    (created_ms,) = database.connection.execute(query).fetchone()
    database.close()
    assert created_ms > 1_700_000_000_000
    async with running(SqliteEventStore(path)):
        pass
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(query).fetchone() == (created_ms,)
