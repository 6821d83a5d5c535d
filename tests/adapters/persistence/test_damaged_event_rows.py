"""`SqliteEventStore` on rows that SQLite can read, and that are not what was written."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gwproactor.adapters.persistence import SqliteEventStore
from tests.support.damaged_files import changed, kept_aside, leaves_swapped
from tests.support.stores import News, kept_numbers, put, running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


async def fill(path: Path, count: int) -> str:
    """Put events 1 to *count*; the epoch."""
    async with running(SqliteEventStore(path)) as store:
        for _ in range(count):
            put(store)
        await store.durable(count)
        return store.content().epoch


@pytest.mark.parametrize(
    "damage",
    [
        "message_id = NULL",
        "payload = 7",
        "payload = NULL",
        "payload = 'text'",
        "message_id = x'ff'",
        "type_name = 1.5",
        "is_relayed = 1, origin_epoch = 'e', origin_number = 'zz'",
    ],
)
async def test_a_row_that_is_no_event_any_more_costs_one_event(path: Path, damage: str) -> None:
    await fill(path, 10)
    changed(path, f"UPDATE event SET {damage} WHERE number = 5")
    news = News()
    async with running(SqliteEventStore(path), news) as store:
        assert await kept_numbers(store) == [1, 2, 3, 4, 6, 7, 8, 9, 10]
        assert store.content().pending == 9
    (copy,) = kept_aside(path)
    assert [str(copy) in problem for problem in news.problems] == [True]
    with closing(sqlite3.connect(copy)) as connection:
        (left,) = connection.execute("SELECT count(*) FROM event WHERE number = 5").fetchone()
    assert left == 1


async def test_one_event_that_is_asked_for_by_number_is_found_damaged(path: Path) -> None:
    await fill(path, 10)
    changed(path, "UPDATE event SET message_id = NULL WHERE number = 5")
    async with running(SqliteEventStore(path)) as store:
        found = (await store.read([4, 5])).unwrap()
        assert [event.sequence.number for event in found] == [4]


@pytest.mark.parametrize("number", [-5, 0, (1 << 63) - 1])
async def test_a_number_that_was_never_given_out_is_damage(path: Path, number: int) -> None:
    await fill(path, 10)
    changed(path, f"UPDATE event SET number = {number} WHERE number = 5")
    news = News()
    async with running(SqliteEventStore(path), news) as store:
        assert store.content().pending == 9
        await store.durable(put(store))
        assert len(await kept_numbers(store)) == 10
    assert len(news.problems) == 1


@pytest.mark.parametrize("row", ["NULL, 'why', 1", "'type', x'ff', 1", "'type', 'why', 'soon'"])
async def test_a_row_of_quarantine_that_is_none_any_more_is_left_out(path: Path, row: str) -> None:
    await fill(path, 10)
    changed(path, f"INSERT INTO quarantine VALUES (5, {row})")
    news = News()
    async with running(SqliteEventStore(path), news) as store:
        assert (await store.quarantined()).unwrap() == ()
        assert len(await kept_numbers(store)) == 10
        assert store.content().quarantined == 0
    assert len(news.problems) == 1


async def test_numbers_go_on_above_all_events_although_their_bound_is_damaged(path: Path) -> None:
    await fill(path, 10)
    changed(path, "UPDATE store SET number_bound = 3")
    async with running(SqliteEventStore(path)) as store:
        await store.durable(put(store))
        assert len(await kept_numbers(store)) == 11


@pytest.mark.parametrize(
    "damage",
    ["number_bound = 'x'", "number_bound = -1", f"number_bound = {(1 << 63) - 1}", "epoch = x'ff'"],
)
@pytest.mark.parametrize("is_clean", [True, False])
async def test_a_damaged_bound_of_numbers_costs_no_event(
    path: Path, damage: str, *, is_clean: bool
) -> None:
    epoch = await fill(path, 10)
    changed(path, f"UPDATE store SET is_clean = {is_clean}, {damage}")
    async with running(SqliteEventStore(path)) as store:
        # Numbers may have been given out that nobody knows: they must not be given out again.
        assert store.content().epoch != epoch
        await store.durable(put(store))
        assert len(await kept_numbers(store)) == 11
    assert len(kept_aside(path)) == 1


async def test_a_file_of_an_unknown_format_is_damaged(path: Path) -> None:
    await fill(path, 10)
    with path.open("r+b") as file:
        file.seek(44)  # the format of the schema; 4 is the last one
        file.write(b"\0\0\0\x09")
    async with running(SqliteEventStore(path)) as store:
        assert len(await kept_numbers(store)) == 10
    assert len(kept_aside(path)) == 1


@pytest.mark.parametrize(("was", "becomes"), [("event", "evemt"), ("INTEGER PRI", "INTEGER PRJ")])
async def test_a_damaged_schema_costs_no_start(path: Path, was: str, becomes: str) -> None:
    await fill(path, 10)
    changed(
        path,
        "PRAGMA writable_schema = 1",
        f"UPDATE sqlite_master SET sql = replace(sql, '{was}', '{becomes}') WHERE name = 'event'",
        f"UPDATE sqlite_master SET name = '{becomes}', tbl_name = '{becomes}' WHERE name = '{was}'",
    )
    async with running(SqliteEventStore(path)) as store:
        await store.durable(put(store))
    assert len(kept_aside(path)) == 1


async def test_events_out_of_order_are_damage_and_read_once(path: Path) -> None:
    await fill(path, 200)
    leaves_swapped(path)
    news = News()
    async with running(SqliteEventStore(path), news) as store:
        assert await kept_numbers(store) == list(range(1, 201))
    assert len(news.problems) == 1
