"""`gwproactor events quarantine`: listing, and releasing where no node runs."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import Result

from gwproactor.adapters.persistence import RollingFilesEventStore, SqliteEventStore
from gwproactor.domain.stored_event import Quarantined
from tests.support.event_places import (
    TYPE,
    event,
    events_of,
    fill,
    lines_of,
    make_sink,
    make_store,
    run,
)

Store = type[SqliteEventStore] | type[RollingFilesEventStore]
KINDS: list[Store] = [SqliteEventStore, RollingFilesEventStore]


def make(store_type: Store, path: Path) -> list[int]:
    """Four events: one is free, two of a type and one that nobody can read are in quarantine."""

    async def put() -> list[int]:
        store = store_type(path)
        (await store.open()).unwrap()
        fill(store, [event(0), event(1), event(2), b""])
        found = (await store.read_after(0, count=10, bytes_max=10_000)).unwrap()
        numbers = [each.sequence.number for each in found]
        for number in numbers[1:3]:
            store.quarantine(Quarantined(number, TYPE, "three strikes", 1_000))
        store.quarantine(Quarantined(numbers[3], "", "it is empty", 2_000))
        (await store.close()).unwrap()
        return numbers

    return asyncio.run(put())


def free(path: Path) -> list[object]:
    return [e["message_id"] for e in lines_of(run("ls", path, "--json")) if e["state"] == "pending"]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, list[int]]:
    path = tmp_path / "store"
    return path, make(request.param, path)


def test_the_quarantined_are_listed_with_reason_and_since(place: tuple[Path, list[int]]) -> None:
    path, numbers = place

    result = run("quarantine", path)

    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert [[row[0], row[1], row[5]] for row in rows] == [
        [str(numbers[1]), "1970-01-01T00:00:01.000Z", "three strikes"],
        [str(numbers[2]), "1970-01-01T00:00:01.000Z", "three strikes"],
        [str(numbers[3]), "1970-01-01T00:00:02.000Z", "it is empty"],
    ]
    assert "3 in quarantine" in result.stderr
    (first, *_) = lines_of(run("quarantine", path, "--json"))
    assert (first["reason"], first["since_ms"], first["state"]) == (
        "three strikes",
        1_000,
        "quarantined",
    )


@pytest.mark.parametrize(
    ("asked", "freed", "code"),
    [
        (["--release", TYPE], ["id-0", "id-1", "id-2"], 0),
        (["--release", "{2}"], ["id-0", "id-2"], 0),
        (["--release", "{1}", "--release", "{2}"], ["id-0", "id-1", "id-2"], 0),
        (["--release-all"], ["id-0", "id-1", "id-2"], 1),
        (["--release", "{3}"], ["id-0"], 1),
        (["--release", "unknown"], ["id-0"], 1),
        (["--release", "{0}"], ["id-0"], 1),
    ],
)
def test_what_is_asked_for_is_released_if_it_can_be_read(
    place: tuple[Path, list[int]], asked: list[str], freed: list[str], code: int
) -> None:
    path, numbers = place

    result = run("quarantine", path, *(each.format(*numbers) for each in asked))

    assert (free(path), result.exit_code) == (freed, code)
    assert f"{len(freed) - 1} released" in result.stdout


def test_a_release_is_told_as_json(place: tuple[Path, list[int]]) -> None:
    path, numbers = place

    result = run("quarantine", path, "--release-all", "--release", "unknown", "--json")

    assert lines_of(result) == [
        {"released": numbers[1:3], "unreadable": numbers[3:], "not_found": ["unknown"]}
    ]
    assert result.exit_code == 1


def test_where_nothing_is_in_quarantine_nothing_is_released(tmp_path: Path) -> None:
    path = make_store(tmp_path / "store", [event(0)])

    result = run("quarantine", path, "--release-all")

    assert (result.stdout, result.exit_code) == ("0 released: nothing changed\n", 0)
    assert lines_of(run("quarantine", path, "--release-all", "--json")) == [
        {"released": [], "unreadable": [], "not_found": []}
    ]


def test_a_sink_has_no_quarantine(tmp_path: Path) -> None:
    path = make_sink(tmp_path / "sink", [event(0)])

    result = run("quarantine", path, "--release-all")

    assert (result.stdout, result.exit_code) == ("", 2)
    assert "event sink (SQLite) has no quarantine: name an event store\n" in result.stderr


def test_what_was_released_is_read_by_the_node_again(tmp_path: Path) -> None:
    path = tmp_path / "store"
    make(SqliteEventStore, path)
    assert events_of(path) == [event(0)]

    run("quarantine", path, "--release-all")
    assert events_of(path) == [event(0), event(1), event(2)]


@pytest.mark.parametrize("store_type", KINDS)
def test_a_running_node_keeps_its_quarantine(tmp_path: Path, store_type: Store) -> None:
    path = tmp_path / "store"
    make(store_type, path)

    async def release_while_open() -> Result:
        store = store_type(path)
        (await store.open()).unwrap()
        result = run("quarantine", path, "--release-all")
        (await store.close()).unwrap()
        return result

    result = asyncio.run(release_while_open())

    assert result.exit_code == 2
    assert f"{path} is in use by process" in result.stderr
    assert free(path) == ["id-0"]


def test_import_keeps_the_quarantine(tmp_path: Path) -> None:
    make(RollingFilesEventStore, tmp_path / "files")

    result = run("import", tmp_path / "files", "--into", tmp_path / "store")

    assert result.exit_code == 1  # the empty one
    listed = lines_of(run("quarantine", tmp_path / "store", "--json"))
    assert [(each["message_id"], each["reason"]) for each in listed] == [
        ("id-1", "three strikes"),
        ("id-2", "three strikes"),
    ]
