"""`gwproactor events ls` and `show`, on everything that keeps events."""

import json
import os
from pathlib import Path

import pytest

from gwproactor.domain.stored_event import Quarantined
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

JUNK = [b"", b"{", b"\xff\xfe", b"[]", b'{"MessageId":"x"}', b'{"TypeName":"t"}']


@pytest.mark.parametrize(
    ("make", "kind", "state"),
    [
        (make_store, "event store (SQLite)", "pending"),
        (make_sink, "event sink (SQLite)", "stored"),
        (make_folder, "event store (rolling files)", "pending"),
    ],
)
def test_events_are_listed_from_the_end_that_is_asked_for(
    tmp_path: Path, make: Make, kind: str, state: str
) -> None:
    path = make(tmp_path / "place", [event(i) for i in range(5)])
    before = files_below(tmp_path)

    oldest, newest = run("ls", path, "--limit", 2), run("ls", path, "--limit", 2, "--newest")

    size = str(len(event(0)))
    rows = [line.split("\t") for line in oldest.stdout.splitlines()]
    assert [row[1:] for row in rows] == [
        ["2024-11-23T12:00:00.000Z", TYPE, "house.child", "id-0", size, state],
        ["2024-11-23T12:00:01.000Z", TYPE, "house.child", "id-1", size, state],
    ]
    assert [line.split("\t")[4] for line in newest.stdout.splitlines()] == ["id-4", "id-3"]
    assert oldest.stderr == f"{path}: {kind}, the 2 oldest of them: --limit 0 shows all\n"
    assert oldest.exit_code == newest.exit_code == 0
    assert files_below(tmp_path) == before


def test_types_and_sources_are_chosen_by_patterns(tmp_path: Path) -> None:
    payloads = [event(0, src="a.b"), event(1, type_name="gridworks.event.other"), event(2)]
    path = make_sink(tmp_path / "sink", payloads)

    def ids(*options: str) -> list[object]:
        return [line["message_id"] for line in lines_of(run("ls", path, "--json", *options))]

    assert ids("--type", TYPE) == ["id-0", "id-2"]
    assert ids("--type", "*.other") == ["id-1"]
    assert ids("--src", "a.*", "--type", "*") == ["id-0"]
    assert ids("--limit", "0") == ["id-0", "id-1", "id-2"]


def test_json_names_every_field(tmp_path: Path) -> None:
    quarantined = Quarantined(1, TYPE, "why", 5)
    path = make_store(tmp_path / "store", [event(0)], quarantined=[quarantined])

    (line,) = lines_of(run("ls", path, "--json"))
    assert len(str(line.pop("epoch"))) == 32
    assert line == {
        "number": 1,
        "message_id": "id-0",
        "type_name": TYPE,
        "src": "house.child",
        "created_ms": NOON_MS,
        "bytes": len(event(0)),
        "state": "quarantined",
        "sequence": 1,
        "file": None,
        "problem": None,
    }


@pytest.mark.parametrize("make", [make_store, make_folder])
def test_junk_is_listed_as_what_it_is(tmp_path: Path, make: Make) -> None:
    path = make(tmp_path / "place", JUNK)

    problems = [str(line["problem"]) for line in lines_of(run("ls", path, "--json"))]

    says = ["is empty", "no JSON", "no JSON", "no JSON object", "no TypeName", "no MessageId"]
    assert len(problems) == len(says)
    assert all(said in problem for said, problem in zip(says, problems, strict=True))


def test_names_that_could_move_a_cursor_are_escaped(tmp_path: Path) -> None:
    path = make_sink(tmp_path / "sink", [event(0, src="a\x1b[2J\n\tb", MessageId="\u202eid\x9b")])

    listed, shown = run("ls", path), run("show", path, 1)

    assert "a\\x1b[2J\\n\\tb\t\\u202eid\\x9b\t" in listed.stdout
    assert all(char.isprintable() or char == "\n" for char in shown.stdout)
    assert json.loads(shown.stdout)["MessageId"] == "\u202eid\x9b"


@pytest.mark.parametrize("make", [make_store, make_sink, make_folder])
def test_an_event_is_shown_by_its_number_and_by_its_id(tmp_path: Path, make: Make) -> None:
    path = make(tmp_path / "place", [event(i) for i in range(3)])
    number = lines_of(run("ls", path, "--json"))[1]["number"]

    for name in ("id-1", number):
        result = run("show", path, name)
        assert (json.loads(result.stdout), result.exit_code) == (json.loads(event(1)), 0)
    (line,) = lines_of(run("show", path, "id-1", "--json"))
    assert line["event"] == json.loads(event(1))


@pytest.mark.parametrize("name", ["nothing", "99", str(1 << 70), "²"])
def test_an_event_that_is_not_there_is_not_shown(tmp_path: Path, name: str) -> None:
    path = make_store(tmp_path / "store", [event(0)])

    result = run("show", path, name)

    assert (result.stdout, result.exit_code) == ("", 1)
    assert f"has no event {name}" in result.stderr


def test_junk_is_shown_as_far_as_it_goes(tmp_path: Path) -> None:
    path = make_store(tmp_path / "store", [b"\xff{\x1b"])

    result = run("show", path, 1)

    assert (result.stdout, result.exit_code) == ("", 1)
    assert r"its 3 bytes: \xff{\x1b" in result.stderr
    assert lines_of(run("show", path, 1, "--json"))[0]["payload_base64"] == "/3sb"


def test_integers_of_any_size_are_shown_exactly(tmp_path: Path) -> None:
    path = make_store(tmp_path / "store", [event(0, Big=10**40)])

    assert json.loads(run("show", path, 1).stdout)["Big"] == 10**40


def test_an_event_with_an_odd_file_name_is_found_by_its_id(tmp_path: Path) -> None:
    path = make_folder(tmp_path / "folder", [])
    day = path / "2024-11-23T00:00:00+00:00"
    day.mkdir()
    (day / "2024-11-23T12:00:00+00:00.uid[a[]b].json").write_bytes(event(0))
    (day / "2024-11-23T12:00:00+00:00.uid[].json.bak").write_bytes(event(1))
    (day / "2024-11-23T12:00:01+00:00.uid[folder].json").mkdir()
    (day / "yesterday.uid[c].json").write_bytes(event(1))
    (path / "notes").mkdir()

    assert [line["message_id"] for line in lines_of(run("ls", path, "--json"))] == ["a[]b"]
    assert json.loads(run("show", path, "a[]b").stdout) == json.loads(event(0))


def test_numbers_of_a_folder_rise_although_times_repeat(tmp_path: Path) -> None:
    path = make_folder(tmp_path / "folder", [])
    day = path / "2024-11-23T00:00:00+00:00"
    day.mkdir()
    for uid in "ab":
        (day / f"2024-11-23T12:00:00+00:00.uid[{uid}].json").write_bytes(event(0))

    listed = lines_of(run("ls", path, "--json"))
    backwards = lines_of(run("ls", path, "--json", "--newest"))

    noon = NOON_MS * 1000
    assert [(line["number"], line["message_id"]) for line in listed] == [
        (noon, "a"),
        (noon + 1, "b"),
    ]
    assert backwards == listed[::-1]


def test_a_pipe_that_is_named_as_an_event_is_not_waited_for(tmp_path: Path) -> None:
    path = make_folder(tmp_path / "folder", [])
    day = path / "2024-11-23T00:00:00+00:00"
    day.mkdir()
    os.mkfifo(day / "2024-11-23T12:00:00+00:00.uid[pipe].json")
    (day / "2024-11-23T12:00:01+00:00.uid[link].json").symlink_to(day / "nowhere")

    (line,) = lines_of(run("ls", path, "--json"))
    assert (line["message_id"], line["problem"]) == ("pipe", "it is no file")
