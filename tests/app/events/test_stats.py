"""`gwproactor events stats`."""

from functools import partial
from pathlib import Path

import pytest

from gwproactor.adapters.persistence import SqliteEventStore
from gwproactor.domain.stored_event import Quarantined
from gwproactor.ports.event_sink import ReceivedEvent
from tests.support.event_places import (
    NOON_MS,
    TYPE,
    Make,
    event,
    files_below,
    lines_of,
    make_folder,
    make_sink,
    make_store,
    run,
)

HOUR = [event(60 * i) for i in range(61)]  # one a minute


@pytest.mark.parametrize(
    ("make", "kind", "holds_hours", "wears"),
    [
        (make_store, "sqlite_store", True, 2),
        (make_sink, "sqlite_sink", False, 0),
        (partial(make_folder, step_s=60), "rolling_files", True, 1),
    ],
)
def test_an_hour_of_events_is_counted_and_sized(
    tmp_path: Path, make: Make, kind: str, *, holds_hours: bool, wears: int
) -> None:
    path = make(tmp_path / "place", HOUR)
    before = files_below(tmp_path)

    (told,) = lines_of(run("stats", path, "--json", "--bytes-max", "1000000"))

    size = sum(map(len, HOUR))
    assert files_below(tmp_path) == before
    assert (told["kind"], told["events"], told["payload_bytes"]) == (kind, 61, size)
    assert told["by_type"] == {TYPE: 61}
    assert told["by_src"] == {"house.child": 61}
    assert (told["oldest_created_ms"], told["newest_created_ms"]) == (
        NOON_MS,
        NOON_MS + 3_600_000,
    )
    assert told["events_per_day"] == pytest.approx(1_440)
    hours = 1_000_000 / (size / 61) / 60
    assert told["outage_hours"] == (pytest.approx(hours) if holds_hours else None)
    wear = told["wear"]
    assert isinstance(wear, list)
    assert len(wear) == wears


def test_the_sizing_line_says_what_it_is_made_of(tmp_path: Path) -> None:
    path = make_store(tmp_path / "store", HOUR, quarantined=[Quarantined(2, TYPE, "why", 0)])

    text = run("stats", path, "--linger-ms", "120000").stdout

    assert "quarantined  1\n" in text
    assert "sizing: about 1,440 events a day, about 107 bytes each; 524.3 MB hold about" in text
    assert "(the numbers of stored events rose by 60 within 1.0 hours)" in text
    assert "linger_ms 0      1,440 syncs, 12.0 MB a day" in text
    assert "linger_ms 120000 480 syncs, " in text


def test_few_events_tell_nothing(tmp_path: Path) -> None:
    path = make_store(tmp_path / "store", [event(0), event(1)])

    assert "sizing: too few events to tell" in run("stats", path).stdout
    (told,) = lines_of(run("stats", path, "--json"))
    assert (told["events_per_day"], told["outage_hours"], told["wear"]) == (None, None, [])


@pytest.mark.parametrize("make", [make_store, make_sink, make_folder])
def test_nothing_at_all_is_counted_too(tmp_path: Path, make: Make) -> None:
    path = make(tmp_path / "place", [])

    result = run("stats", path)

    assert result.exit_code == 0
    assert "events       0" in result.stdout
    assert "too few events to tell" in result.stdout


def test_junk_is_counted_as_unreadable(tmp_path: Path) -> None:
    path = make_folder(tmp_path / "event", [b"", b"[]", event(0)])

    assert "unreadable   2\n" in run("stats", path).stdout


def test_events_that_do_not_say_their_time_have_that_of_their_names(tmp_path: Path) -> None:
    timeless = b'{"TypeName":"t","MessageId":"m"}'
    path = make_folder(tmp_path / "event", [timeless] * 61, step_s=60)

    (told,) = lines_of(run("stats", path, "--json"))

    start_ms = NOON_MS + (12 * 3600 - 2) * 1000
    assert (told["oldest_created_ms"], told["newest_created_ms"]) == (
        start_ms,
        start_ms + 3_600_000,
    )
    assert told["events_per_day"] == pytest.approx(1_440)


def test_only_the_most_frequent_types_are_named(tmp_path: Path) -> None:
    payloads = [event(i, type_name=f"type.{i % 13:02}") for i in range(14)]
    path = make_sink(tmp_path / "sink", payloads)

    text = run("stats", path).stdout

    assert "           2  type.00\n" in text
    assert "           3  (3 others)\n" in text


async def test_a_relays_own_events_date_those_that_it_relays(tmp_path: Path) -> None:
    store = SqliteEventStore(tmp_path / "store")
    (await store.open()).unwrap()
    for i in range(61):
        if i % 20:
            of_long_ago = event(-90_000, MessageId=f"theirs-{i}")
            store.take(ReceivedEvent("c", f"theirs-{i}", TYPE, of_long_ago), lambda _: None)
        else:
            store.put(f"id-{i}", TYPE, event(60 * i)).unwrap()
    (await store.close()).unwrap()

    (told,) = lines_of(run("stats", tmp_path / "store", "--json"))
    assert told["events_per_day"] == pytest.approx(1_440)
