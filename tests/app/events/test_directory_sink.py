"""`gwproactor events` on a sink with a file for each event."""

import asyncio
import json
from pathlib import Path

import pytest

from gwproactor.adapters.persistence import DirectoryEventSink
from gwproactor.domain.message import Sequence
from gwproactor.ports.event_sink import ReceivedEvent
from tests.support.event_places import TYPE, event, files_below, lines_of, run

ODD = 'a/"\ud800\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three events; the second has an odd id, which its JSON could not hold."""

    async def put() -> None:
        sink = DirectoryEventSink(tmp_path / "received")
        (await sink.open()).unwrap()
        for i, (src, message_id) in enumerate([("a", "id-0"), ("a", ODD), ("b", "id-0")]):
            received = ReceivedEvent(src, message_id, TYPE, event(i), Sequence("e", i))
            sink.put(received, lambda _: None).unwrap()
        await sink.close()

    asyncio.run(put())
    return tmp_path / "received"


def numbers(*arguments: object) -> list[object]:
    return [line["number"] for line in lines_of(run(*arguments, "--json"))]


def test_events_are_listed_in_order_of_arrival(path: Path) -> None:
    before = files_below(path)

    listed = lines_of(run("ls", path, "--json"))

    assert [(e["number"], e["src"], e["sequence"], e["state"]) for e in listed] == [
        (1, "a", 0, "stored"),
        (2, "a", 1, "stored"),
        (3, "b", 2, "stored"),
    ]
    assert numbers("ls", path, "--newest", "--limit", "2") == [3, 2]
    assert "event sink (files)" in run("ls", path).stderr
    assert files_below(path) == before


def test_events_are_shown_exported_and_counted(path: Path) -> None:
    assert numbers("show", path, "id-0") == [1, 3]
    assert json.loads(run("show", path, 2).stdout) == json.loads(event(1))
    assert run("show", path, 4).exit_code == 1
    assert run("export", path).stdout_bytes == b"".join(event(i) + b"\n" for i in range(3))
    (told,) = lines_of(run("stats", path, "--json"))
    assert (told["events"], told["by_src"]) == (3, {"a": 2, "b": 1})
    assert numbers("quarantine", path) == []


def test_a_journal_that_crashes_left_is_read_as_far_as_it_is_true(path: Path) -> None:
    (journal,) = (path / "arrivals").iterdir()
    one, two, three = journal.read_bytes().splitlines(keepends=True)
    foreign = json.dumps(json.loads(one) | {"File": "../secret"}).encode() + b"\n"
    (path.parent / "secret").write_bytes(event(9))
    journal.write_bytes(one[:30] + b"\n" + foreign + one + two + three + one + two[:-20])
    (path / str(json.loads(two)["File"])).unlink()

    listed = lines_of(run("ls", path, "--json"))
    assert [(e["number"], e["src"]) for e in listed] == [(2, "b"), (3, "a")]
    assert numbers("ls", path, "--newest") == [3, 2]


@pytest.mark.parametrize("number", ["zz", "", "0xzz"])
def test_a_line_whose_number_is_none_is_left_out(path: Path, number: str) -> None:
    (journal,) = (path / "arrivals").iterdir()
    one, *others = journal.read_bytes().splitlines(keepends=True)
    damaged = json.dumps(json.loads(one) | {"Number": number}).encode() + b"\n"
    journal.write_bytes(damaged + b"".join(others))

    assert [line["sequence"] for line in lines_of(run("ls", path, "--json"))] == [1, 2]
    assert run("stats", path).exit_code == 0


def test_an_empty_sink_is_one(tmp_path: Path) -> None:
    async def make() -> None:
        sink = DirectoryEventSink(tmp_path / "received")
        (await sink.open()).unwrap()
        await sink.close()

    asyncio.run(make())

    result = run("ls", tmp_path / "received")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "event sink (files), no event" in result.stderr
