"""`RollingFilesEventStore` on its folder: what lies where, junk, ids, and quarantine."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gwproactor.adapters.persistence import RollingFilesEventStore
from gwproactor.adapters.persistence.files.rolling_names import file_name, number_and_uid
from gwproactor.domain.message import Sequence
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.store_problems import (
    FileMissing,
    FileMissingWarning,
    ReindexError,
    UIDExistedWarning,
)
from gwproactor.domain.stored_event import Quarantined
from gwproactor.ports.event_store import (
    AlreadySeen,
    StoredEvent,
    StoreFailed,
    StoreNews,
    StoreProblem,
)
from gwproactor.testing.event_store_contract import Event, kept, kept_ids, put, take
from tests.support.child_process import lines_until_killed

DAY_1 = "2020-11-23T00:00:00+00:00"
DAY_2 = "2020-11-24T00:00:00+00:00"
EVENT = b'{"MessageId":"id","TypeName":"gridworks.event.x"}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "events"


@asynccontextmanager
async def opened(
    folder: Path, news: list[StoreNews] | None = None
) -> AsyncIterator[RollingFilesEventStore]:
    store = RollingFilesEventStore(folder)
    store.listen((news if news is not None else []).append)
    (await store.open()).unwrap()
    try:
        yield store
    finally:
        await store.close()


def event_files(folder: Path) -> list[Path]:
    """As the original finds them, by its pattern and in its order."""
    return sorted(path for path in folder.glob("2*/*") if number_and_uid(path.name) is not None)


def left(folder: Path) -> set[str]:
    """All files and folders below, but the lock."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix != ".lock"}


def make(folder: Path, path: str, content: bytes = EVENT) -> None:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def day_folders(folder: Path) -> list[Path]:
    return sorted(folder.glob("2*"))


def delete(path: Path) -> None:
    if path.is_dir():
        path.rmdir()
    else:
        path.unlink()


def problems(news: list[StoreNews]) -> list[BaseException]:
    found = [one.problems for one in news if isinstance(one, StoreProblem)]
    return [problem for both in found for problem in (*both.errors, *both.warnings)]


# The layout


async def test_an_event_is_a_file_by_itself_in_the_folder_of_its_day(folder: Path) -> None:
    async with opened(folder) as store:
        number = store.put("id", "gridworks.event.x", EVENT).unwrap().number
        await store.durable(number)
        (file,) = event_files(folder)
        assert file.read_bytes() == EVENT
        assert file.name == file_name(number, "id")
        day = r"\d{4}-\d\d-\d\d"
        assert re.fullmatch(rf"{day}T00:00:00\+00:00", file.parent.name)
        assert re.fullmatch(rf"{day}T\d\d:\d\d:\d\d(\.\d{{6}})?\+00:00\.uid\[id]\.json", file.name)


async def test_what_the_original_left_is_pending_in_its_order(folder: Path) -> None:
    make(folder, f"{DAY_2}/2020-11-24T00:00:00.000001+00:00.uid[d].json")
    make(folder, f"{DAY_2}/2020-11-24T00:00:00+00:00.uid[c].json")
    make(folder, f"{DAY_1}/2020-11-23T23:59:59.999999+00:00.uid[b].json")
    make(folder, f"{DAY_1}/2020-11-23T01:00:00+00:00.uid[a].json")
    for skipped in ("x.json", f"{DAY_1}/x.json", "2020/x.uid[x].json", f"{DAY_1}/x.uid[x].json"):
        make(folder, skipped)
    async with opened(folder) as store:
        assert await kept_ids(store) == ["a", "b", "c", "d"]
        assert store.content().pending_bytes == 4 * len(EVENT)
        numbers = [event.sequence.number for event in await kept(store)]
        assert numbers[2] == 1_606_176_000_000_000
        assert numbers[3] == numbers[2] + 1
        later = put(store)
        await store.durable(later)
        for number in (*numbers, later):
            store.clear(number)
    expected = {"x.json", "2020", "2020/x.uid[x].json", DAY_1, f"{DAY_1}/x.json"}
    assert left(folder) == expected | {f"{DAY_1}/x.uid[x].json"}


async def test_pending_events_keep_their_numbers_in_a_new_epoch(folder: Path) -> None:
    async with opened(folder) as store:
        before = [put(store) for _ in range(5)]
        epoch = store.content().epoch
    async with opened(folder) as store:
        found = [event.sequence for event in await kept(store)]
        assert [one.number for one in found] == before
        assert {one.epoch for one in found} == {store.content().epoch}
        assert store.content().epoch != epoch


async def test_files_of_one_time_are_two_events(folder: Path) -> None:
    for uid in ("b", "a"):
        make(folder, f"{DAY_1}/2020-11-23T01:00:00+00:00.uid[{uid}].json")
    async with opened(folder) as store:
        numbers = [event.sequence.number for event in await kept(store)]
        assert numbers[1] == numbers[0] + 1
        assert await kept_ids(store) == ["a", "b"]


async def test_events_are_in_order_although_the_clock_stepped_back(folder: Path) -> None:
    """Hazard 9: files were not grouped by day, and a whole day was deleted with the last of them.

    The file from 2099 is what a clock that was wrong before leaves.
    """
    make(folder, "2099-01-01T00:00:00+00:00/2099-01-01T23:59:59.999999+00:00.uid[0].json")
    async with opened(folder) as store:
        first = await kept(store)
        numbers = [put(store, Event(f"{n}")) for n in range(1, 4)]
        assert numbers[0] == first[0].sequence.number + 1
        store.clear(first[0].sequence.number)
        store.clear(numbers[0])
    assert [number_and_uid(path.name) for path in event_files(folder)] == [
        (numbers[1], "2"),
        (numbers[2], "3"),
    ]
    assert {path.parent.name for path in event_files(folder)} == {"2099-01-02T00:00:00+00:00"}
    async with opened(folder) as store:
        assert await kept_ids(store) == ["2", "3"]


async def test_clearing_a_day_in_no_order_leaves_the_others(folder: Path) -> None:
    """Hazard 9, on a folder in which the original's clock went back over midnight."""
    make(folder, f"{DAY_2}/2020-11-24T00:00:00.000001+00:00.uid[a].json")
    make(folder, f"{DAY_1}/2020-11-23T23:59:59.000001+00:00.uid[b].json")
    make(folder, f"{DAY_2}/2020-11-24T00:00:00.000003+00:00.uid[c].json")
    async with opened(folder) as store:
        for event in await kept(store):
            if event.message_id != "c":
                store.clear(event.sequence.number)
    async with opened(folder) as store:
        assert await kept_ids(store) == ["c"]


async def test_a_time_at_the_end_of_all_times_stops_nobody(folder: Path) -> None:
    make(folder, "9999-12-31/9999-12-31T23:59:59.999999+00:00.uid[a].json")
    make(folder, "0001-01-01/0001-01-01T00:00:00+14:00.uid[b].json")
    async with opened(folder) as store:
        number = put(store, Event("c"))
        await store.durable(number)
        assert await kept_ids(store) == ["b", "a", "c"]


async def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    """Hazard 30."""
    folder = tmp_path / "a" / "b" / "events"
    async with opened(folder) as store:
        assert store.content().pending == 0
    assert left(folder) == set()


async def test_a_file_in_the_place_of_the_folder_is_named(folder: Path) -> None:
    make(folder.parent, folder.name)
    match await RollingFilesEventStore(folder).open():
        case Failure(StoreFailed(detail)):
            assert str(folder) in detail
        case other:
            raise AssertionError(other)


async def test_a_folder_has_one_store_at_a_time(folder: Path) -> None:
    async with opened(folder):
        match await RollingFilesEventStore(folder).open():
            case Failure(StoreFailed(detail)):
                assert "in use by process" in detail
            case other:
                raise AssertionError(other)
    async with opened(folder):
        pass


async def test_folders_of_days_go_when_they_are_empty(folder: Path) -> None:
    make(folder, f"{DAY_1}/2020-11-23T01:00:00+00:00.uid[a].json")
    (folder / DAY_2).mkdir()
    async with opened(folder) as store:
        assert not (folder / DAY_2).exists()
        (event,) = await kept(store)
        store.clear(event.sequence.number)
        await kept(store)
        assert not (folder / DAY_1).exists()
    assert left(folder) == set()


async def test_what_was_being_written_at_a_power_cut_is_deleted(folder: Path) -> None:
    make(folder, f"{DAY_1}/1606093200000000.tmp", b'{"Mess')
    make(folder, f"{DAY_1}/2020-11-23T01:00:00+00:00.uid[a].from")
    make(folder, f"quarantine/{DAY_1}/2020-11-23T01:00:00+00:00.uid[a].why")
    async with opened(folder) as store:
        assert await kept(store) == []
    assert left(folder) == {"quarantine"}


# Ids


@pytest.mark.parametrize(
    "message_id",
    [
        *("a/b", "../../a", "..", "", "\0", "a\nb", "x" * 300, "ü" * 120, "🏠" * 40, "\udc80"),
        *("a.uid[b", "2020-11-23T00:00:00+00:00.uid[a", "a].json", "sha256-", "a\\b"),
    ],
)
async def test_an_id_that_makes_no_file_name_is_stored_and_kept(
    folder: Path, message_id: str
) -> None:
    """Hazard 4: such events were acknowledged and lost."""
    event = Event(message_id)
    async with opened(folder) as store:
        assert isinstance(await take(store, event.received()), StoredEvent)
    (file,) = event_files(folder)
    assert file.read_bytes() == event.payload
    async with opened(folder) as store:
        (found,) = await kept(store)
        assert (found.message_id, found.payload) == (message_id, event.payload)
        store.clear(found.sequence.number)
    assert left(folder) == set()


async def test_usual_ids_are_in_the_names_as_they_are(folder: Path) -> None:
    ids = ["2f1c8f9e-8a7e-4a43-9c5f-0d0b6f2f4f5a", "ü☃", "a[b]", "x" * 212]
    async with opened(folder) as store:
        for message_id in ids:
            put(store, Event(message_id))
    found = [number_and_uid(file.name) for file in event_files(folder)]
    assert [uid for _, uid in filter(None, found)] == ids


async def test_a_second_event_of_one_id_leaves_no_file_behind(folder: Path) -> None:
    """Hazard 19: the first's file was abandoned, and came back at the next start."""
    news: list[StoreNews] = []
    async with opened(folder, news) as store:
        numbers = [put(store, Event("id")) for _ in range(2)]
        assert await kept_ids(store) == ["id", "id"]
        first = event_files(folder)[0]
        numbers.append(put(store, Event("id")))
        assert store.content().pending == 3
        for number in numbers:
            store.clear(number)
    assert left(folder) == set()
    warnings = problems(news)
    assert [type(warning) for warning in warnings] == [UIDExistedWarning] * 2
    assert str(warnings[1]) == f"UIDExistedWarning  for uid: id  path:{first}"


# Junk


@pytest.mark.parametrize(
    ("content", "type_name"),
    [
        (b"", ""),
        (EVENT[:20], ""),
        (b'{"MessageId":"id","TypeName":"\xff"}', ""),
        (EVENT.decode().encode("utf-16"), ""),
        (b"hello", ""),
        (b"[" * 100_000, ""),
        (b"{}", ""),
        (b"[]", ""),
        (b'{"MessageId":"id","TypeName":7}', ""),
        (b'{"MessageId":"other","TypeName":"gridworks.event.x"}', "gridworks.event.x"),
        (b'{"MessageId":"id","TypeName":"t","A":' + b"7" * 5000 + b"}", "t"),
    ],
)
async def test_junk_is_given_as_it_is_under_the_id_in_its_name(
    folder: Path, content: bytes, type_name: str
) -> None:
    make(folder, f"{DAY_1}/2020-11-23T01:00:00+00:00.uid[id].json", content)
    async with opened(folder) as store:
        (found,) = await kept(store)
        assert (found.message_id, found.type_name, found.payload) == ("id", type_name, content)


async def test_what_is_no_file_is_told_and_left_out(folder: Path) -> None:
    news: list[StoreNews] = []
    (folder / DAY_1 / "2020-11-23T01:00:00+00:00.uid[a].json").mkdir(parents=True)
    make(folder, f"{DAY_1}/2020-11-23T02:00:00+00:00.uid[b].json")
    async with opened(folder, news) as store:
        assert await kept_ids(store) == ["b"]
    assert {type(problem) for problem in problems(news)} == {IsADirectoryError, ReindexError}
    (report,) = news
    assert isinstance(report, StoreProblem)
    assert report.summary == "Startup event reindex() problems"


async def test_a_file_that_is_gone_is_told_and_left_out(folder: Path) -> None:
    news: list[StoreNews] = []
    async with opened(folder, news) as store:
        numbers = [put(store, Event(f"{n}")) for n in range(3)]
        await store.durable(numbers[-1])
        gone = event_files(folder)[1]
        delete(gone)
        assert await kept_ids(store) == ["0", "2"]
        size = len(Event("0").payload)
        assert (store.content().pending, store.content().pending_bytes) == (2, 2 * size)
        assert await kept_ids(store) == ["0", "2"]
    assert [str(problem) for problem in problems(news)] == [f"FileMissing  for uid: 1  path:{gone}"]
    assert isinstance(problems(news)[0], FileMissing)


async def test_a_file_that_is_gone_when_it_is_cleared_is_told(folder: Path) -> None:
    news: list[StoreNews] = []
    async with opened(folder, news) as store:
        number = put(store, Event("a"))
        await store.durable(number)
        delete(event_files(folder)[0])
        store.clear(number)
        assert await kept(store) == []
    assert [type(problem) for problem in problems(news)] == [FileMissingWarning]


async def test_a_folder_of_a_day_that_somebody_deleted_is_made_again(folder: Path) -> None:
    async with opened(folder) as store:
        number = put(store)
        await store.durable(number)
        store.clear(number)
        await kept(store)
        delete(next(iter(day_folders(folder))))
        number = put(store)
        assert await store.durable(number) == Success(None)


# Quarantine


async def test_what_is_in_quarantine_lies_aside_with_its_reason(folder: Path) -> None:
    async with opened(folder) as store:
        number = put(store, Event("a"))
        await store.durable(number)
        path = event_files(folder)[0].relative_to(folder)
        store.quarantine(Quarantined(number, "t", "the peer does not take it", 1_700_000_000_000))
        assert await kept(store) == []
        assert event_files(folder) == []
        assert (folder / "quarantine" / path).read_bytes() == Event("a").payload
        note = (folder / "quarantine" / path).with_suffix(".why")
        assert json.loads(note.read_bytes())["Reason"] == "the peer does not take it"
    async with opened(folder) as store:
        store.end_quarantine("t")
        assert await kept_ids(store) == ["a"]
    assert [file.relative_to(folder) for file in event_files(folder)] == [path]
    assert left(folder) == {str(path), str(path.parent), "quarantine"}


async def test_junk_stays_in_quarantine_and_may_be_cleared(folder: Path) -> None:
    make(folder, f"{DAY_1}/2020-11-23T01:00:00+00:00.uid[id].json", b"junk")
    async with opened(folder) as store:
        (found,) = await kept(store)
        number = found.sequence.number
        store.quarantine(Quarantined(number, "", "not JSON", 1))
        store.end_quarantine("")
    async with opened(folder) as store:
        assert await kept(store) == []
        assert await store.quarantined() == Success((Quarantined(number, "", "not JSON", 1),))
        store.clear(number)
    assert left(folder) == {"quarantine"}


@pytest.mark.parametrize("note", [None, b"", b'{"TypeName":', b"[]"])
async def test_an_event_aside_without_its_note_is_in_quarantine_by_its_type(
    folder: Path, note: bytes | None
) -> None:
    name = f"quarantine/{DAY_1}/2020-11-23T01:00:00+00:00.uid[id]"
    make(folder, f"{name}.json")
    if note is not None:
        make(folder, f"{name}.why", note)
    async with opened(folder) as store:
        (event,) = (await store.quarantined()).unwrap()
        assert (event.type_name, event.since_ms) == ("gridworks.event.x", 0)
        store.end_quarantine("gridworks.event.x")
        assert await kept_ids(store) == ["id"]


# Relays


async def test_whose_an_event_is_lies_beside_it_and_goes_with_it(folder: Path) -> None:
    sequence = Sequence("epoch", 10**5000)
    async with opened(folder) as store:
        await take(store, Event("a").received(sequence=sequence))
        (file,) = event_files(folder)
        assert file.read_bytes() == Event("a").payload
        assert left(folder) > {str(file.with_suffix(".from").relative_to(folder))}
    async with opened(folder) as store:
        (event,) = await kept(store)
        assert event.header_sequence == sequence
        store.clear(event.sequence.number)
    assert left(folder) == set()


@pytest.mark.parametrize("message_id", ["a", "a/b"])
async def test_what_waited_at_the_start_is_not_taken_twice_after_it_was_sent_on(
    folder: Path, message_id: str
) -> None:
    """A source that missed the ack sends its event again."""
    async with opened(folder) as store:
        await take(store, Event(message_id).received())
    async with opened(folder) as store:
        (waiting,) = (await store.read_after(0, count=9, bytes_max=9_999)).unwrap()
        store.clear(waiting.sequence.number)
        assert await take(store, Event(message_id).received()) == AlreadySeen()


@pytest.mark.parametrize("note", [b"", b'{"Src": "child", "Epo', b"7", b'{"Src":1,"Number":2}'])
async def test_a_damaged_note_still_says_that_the_event_is_anothers(
    folder: Path, note: bytes
) -> None:
    make(folder, f"{DAY_1}/2020-11-23T01:00:00+00:00.uid[id].json")
    make(folder, f"{DAY_1}/2020-11-23T01:00:00+00:00.uid[id].from", note)
    async with opened(folder) as store:
        (event,) = await kept(store)
        assert event.origin is not None
        assert event.header_sequence is None


async def test_an_event_in_quarantine_is_still_known_to_be_anothers(folder: Path) -> None:
    async with opened(folder) as store:
        taken = await take(store, Event("a").received(sequence=Sequence("e", 7)))
        assert isinstance(taken, StoredEvent)
        store.quarantine(Quarantined(taken.sequence.number, "t", "why", 1))
    async with opened(folder) as store:
        (found,) = (await store.read([taken.sequence.number])).unwrap()
        assert found.header_sequence == Sequence("e", 7)
        store.clear(found.sequence.number)
    assert left(folder) == {"quarantine"}


# Kills


@pytest.mark.parametrize("count", [1, 30, 300])
async def test_a_kill_loses_nothing_that_was_durable(folder: Path, count: int) -> None:
    """Hazard 21, as far as a kill can tell; tests/crash cuts the power at every operation."""
    lines = lines_until_killed("put_files_until_killed", folder, count=count)
    durable = [line.removeprefix("durable ") for line in lines if line.startswith("durable ")]
    cleared = {line.removeprefix("clear ") for line in lines if line.startswith("clear ")}
    async with opened(folder) as store:
        found = await kept(store)
    assert {event.message_id for event in found} >= {*durable} - cleared
    assert all(event.payload == Event(event.message_id).payload for event in found)
    numbers = [int(event.message_id) for event in found]
    assert numbers == sorted(numbers)
