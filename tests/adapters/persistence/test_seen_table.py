"""What a relay's store remembers of events that it took, and when it forgets."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gwproactor.adapters.persistence import SqliteEventStore
from gwproactor.adapters.persistence.sqlite.event_schema import SCHEMA
from gwproactor.adapters.persistence.sqlite.seen_table import DAY_S, PRUNED_EVERY, SeenTable
from gwproactor.domain.outcome import Success
from gwproactor.ports.event_sink import ReceivedEvent
from tests.support.stores import running, taken


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statement in SCHEMA.statements:
            connection.execute(statement)
        yield connection


def event(name: int) -> ReceivedEvent:
    return ReceivedEvent("child", f"{name}", "type", b"{}")


def see(seen: SeenTable, connection: sqlite3.Connection, names: range) -> list[int]:
    """Those that are new."""
    new = [name for name in names if seen.is_new(connection, event(name))]
    seen.prune(connection)
    return new


def test_no_more_than_so_many_are_remembered(connection: sqlite3.Connection) -> None:
    seen = SeenTable(count_max=500)
    for start in range(0, 20_000, 100):
        assert see(seen, connection, range(start, start + 100)) == [*range(start, start + 100)]
        (count,) = connection.execute("SELECT count(*) FROM seen").fetchone()
        assert count <= 500 + PRUNED_EVERY
    assert see(seen, connection, range(19_500, 20_000)) == []


def test_after_so_many_days_they_are_forgotten(connection: sqlite3.Connection) -> None:
    now_s = 0.0
    seen = SeenTable(now_s=lambda: now_s, days=30)
    see(seen, connection, range(PRUNED_EVERY))
    now_s = 30.9 * DAY_S
    assert see(seen, connection, range(PRUNED_EVERY)) == []
    see(seen, connection, range(PRUNED_EVERY, 2 * PRUNED_EVERY))
    now_s = 31 * DAY_S
    see(seen, connection, range(2 * PRUNED_EVERY, 3 * PRUNED_EVERY))
    # A thousand of the first day are gone, those of the 30th are not.
    assert len(see(seen, connection, range(PRUNED_EVERY))) == PRUNED_EVERY
    assert see(seen, connection, range(PRUNED_EVERY, 2 * PRUNED_EVERY)) == []


def test_a_relay_that_restarts_often_forgets_too(connection: sqlite3.Connection) -> None:
    for restart in range(100):
        see(SeenTable(count_max=50), connection, range(restart * 50, restart * 50 + 50))
    (count,) = connection.execute("SELECT count(*) FROM seen").fetchone()
    assert count <= 100


def test_names_of_one_hash_are_told_apart(connection: sqlite3.Connection) -> None:
    seen = SeenTable(hash_of=lambda *_: 7)
    assert see(seen, connection, range(5)) == [*range(5)]
    assert see(seen, connection, range(7)) == [5, 6]


async def test_own_events_cost_nothing_there(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with running(SqliteEventStore(path)) as store:
        store.put("a", "type", b"{}").unwrap()
        # This node's own id, taken from another: its own is another event.
        other = await taken(store, ReceivedEvent("child", "a", "type", b"{}"))
        assert isinstance(other, Success)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM seen").fetchone() == (1,)
