"""`DirectoryEventSink` on its folder: names, the journal, crashes and failing disks."""

import asyncio
import errno
import json
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from typing_extensions import override

from gwproactor.adapters.persistence import DirectoryEventSink, DirectorySinkReader
from gwproactor.adapters.persistence.files.file_port import LOCK
from gwproactor.adapters.persistence.files.received_folder import file_of
from gwproactor.domain.message import Sequence
from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.event_sink import DUPLICATE, STORED, ReceivedEvent, SinkAnswer, SinkFailed
from tests.support.child_process import lines_until_killed
from tests.support.faulty_files import FULL, FaultyDirectorySink, FaultyFiles

OPERATIONS = ["write", "sync", "append", "rename", "sync_folder", "make_folder"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "received"


@asynccontextmanager
async def opened(
    folder: Path, files: FaultyFiles | None = None
) -> AsyncIterator[DirectoryEventSink]:
    sink = FaultyDirectorySink(folder, files or FaultyFiles())
    (await sink.open()).unwrap()
    try:
        yield sink
    finally:
        await sink.close()


def event(message_id: str, payload: bytes = b"{}") -> ReceivedEvent:
    return ReceivedEvent("a.child", message_id, "gridworks.event.x", payload, Sequence("e", 1))


async def answers(sink: DirectoryEventSink, *events: ReceivedEvent) -> list[SinkAnswer]:
    given: list[asyncio.Future[SinkAnswer]] = []
    for one in events:
        given.append(asyncio.get_running_loop().create_future())
        sink.put(one, given[-1].set_result).unwrap()
    return list(await asyncio.gather(*given))


def stored_ids(folder: Path) -> list[str]:
    return [one.message_id for one in DirectorySinkReader(folder).events()]


def files_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("events/*/*"))


def journals(folder: Path) -> list[Path]:
    return sorted(folder.glob("arrivals/*"))


def names(folder: Path) -> list[str]:
    """Of everything below."""
    return [path.name for path in folder.rglob("*")]


def being_written(folder: Path) -> list[Path]:
    return list(folder.glob("new/*"))


def make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"{")


def delete(path: Path) -> None:
    path.unlink()


async def test_an_event_is_a_file_with_the_json_as_it_came(folder: Path) -> None:
    payload = b'{ "MessageId": "id",\n"New": 1e22 }'
    async with opened(folder) as sink:
        assert await answers(sink, event("id", payload)) == [Success(STORED)]
    assert [path.read_bytes() for path in files_of(folder)] == [payload]
    (journal,) = journals(folder)
    (line,) = [json.loads(line) for line in journal.read_text().splitlines()]
    assert line.pop("ReceivedMs") > 1_700_000_000_000
    assert line == {
        "File": file_of("a.child", "id"),
        "Src": "a.child",
        "MessageId": "id",
        "TypeName": "gridworks.event.x",
        "Epoch": "e",
        "Number": 1,
    }


@pytest.mark.parametrize("message_id", ["a/b", "../x", "x" * 300, "\0", "NUL", "a:b[c]", "\udc80"])
async def test_any_id_makes_a_name_that_any_file_system_takes(
    folder: Path, message_id: str
) -> None:
    """Hazards 4 and 34: a "/" or 300 bytes in an id lost the event; ":" and "[" are not for FAT."""
    async with opened(folder) as sink:
        assert await answers(sink, event(message_id)) == [Success(STORED)]
        assert await answers(sink, event(message_id)) == [Success(DUPLICATE)]
    assert stored_ids(folder) == [message_id]
    good = re.compile(r"[a-z0-9-]{1,40}(\.[a-z]{4,5})?")
    assert all(good.fullmatch(name) for name in names(folder))


async def test_names_do_not_depend_on_the_case(folder: Path) -> None:
    async with opened(folder) as sink:
        assert await answers(sink, event("id"), event("ID")) == [Success(STORED)] * 2
    assert len({path.name.lower() for path in files_of(folder)}) == 2


async def test_an_event_is_answered_when_all_of_it_is_durable(folder: Path) -> None:
    files = FaultyFiles()
    async with opened(folder, files) as sink:
        files.asked.clear()
        await answers(sink, event("a"))
        name = Path(file_of("a.child", "a"))
        journal = journals(folder)[0].name
        assert files.asked == [
            ("write", "0.tmp"),
            ("sync", "0.tmp"),
            ("append", journal),
            ("sync", journal),
            ("sync_folder", "arrivals"),
            ("make_folder", name.parent.name),
            ("sync_folder", "events"),
            ("rename", name.name),
            ("sync_folder", name.parent.name),
        ]


async def test_a_duplicate_of_what_a_kill_left_is_made_durable_before_it_is_answered(
    folder: Path,
) -> None:
    async with opened(folder) as sink:
        await answers(sink, event("a"))
    files = FaultyFiles()
    async with opened(folder, files) as sink:
        files.asked.clear()
        assert await answers(sink, event("a"), event("a")) == [Success(DUPLICATE)] * 2
        assert files.asked == [("sync_folder", Path(file_of("a.child", "a")).parent.name)]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("is_late", [False, True])
async def test_what_could_not_be_stored_is_answered_so_and_stored_when_it_comes_again(
    folder: Path, operation: str, is_late: bool
) -> None:
    files = FaultyFiles(failing=(operation,), is_late=is_late)
    async with opened(folder, files) as sink:
        await answers(sink, event("0"))
        files.fault = FULL
        for _ in range(2):
            for answer in await answers(sink, event("a"), event("b")):
                match answer:
                    case Failure(SinkFailed(detail)):
                        assert str(folder) in detail
                        assert "make room on the disk" in detail
                    case other:
                        raise AssertionError(other)
        files.fault = None
        assert await answers(sink, event("b"), event("a")) == [Success(STORED)] * 2
        assert await answers(sink, event("a"), event("b")) == [Success(DUPLICATE)] * 2
        assert stored_ids(folder) == ["0", "b", "a"]
    async with opened(folder) as sink:
        assert await answers(sink, event("a")) == [Success(DUPLICATE)]
    assert not being_written(folder)


async def test_a_journal_that_was_cut_loses_no_other_line(folder: Path) -> None:
    async with opened(folder) as sink:
        await answers(sink, event("a"))
        await answers(sink, event("b"))
    (journal,) = journals(folder)
    journal.write_bytes(journal.read_bytes()[:-5])
    delete(folder / file_of("a.child", "b"))
    async with opened(folder) as sink:
        assert stored_ids(folder) == ["a"]
        assert await answers(sink, event("c"), event("b")) == [Success(STORED)] * 2
    assert stored_ids(folder) == ["a", "c", "b"]


async def test_a_journal_that_a_full_disk_cut_loses_no_other_line(folder: Path) -> None:
    files = FaultyFiles(failing=("append",), is_late=True, cuts_appends=True)
    async with opened(folder, files) as sink:
        files.fault = errno.ENOSPC
        assert isinstance((await answers(sink, event("a")))[0], Failure)
        files.fault, files.cuts_appends = None, False
        assert await answers(sink, event("b")) == [Success(STORED)]
    assert stored_ids(folder) == ["b"]


async def test_a_line_without_its_event_is_what_a_crash_left(folder: Path) -> None:
    async with opened(folder) as sink:
        await answers(sink, event("a"), event("b"))
        delete(folder / file_of("a.child", "a"))
        assert stored_ids(folder) == ["b"]
        assert await answers(sink, event("a")) == [Success(STORED)]
    assert stored_ids(folder) == ["b", "a"]


async def test_arrivals_are_in_order_although_the_clock_stepped_back(folder: Path) -> None:
    async with opened(folder) as sink:
        await answers(sink, event("a"))
    (journal,) = journals(folder)
    journal.rename(journal.with_name("2099-01-01.jsonl"))
    async with opened(folder) as sink:
        await answers(sink, event("b"))
    assert stored_ids(folder) == ["a", "b"]
    assert [path.name for path in journals(folder)] == ["2099-01-01.jsonl"]


@pytest.mark.parametrize("name", ["events", "arrivals", "new"])
async def test_folders_that_somebody_moved_away_are_made_again(folder: Path, name: str) -> None:
    async with opened(folder) as sink:
        await answers(sink, event("a"))
        shutil.rmtree(folder / name)
        assert await answers(sink, event("b")) == [Success(STORED)]
        assert stored_ids(folder)[-1] == "b"


def move(path: Path, to: Path) -> None:
    path.rename(to)


def is_there(path: Path) -> bool:
    return path.exists()


def nothing(_: Path) -> None:
    pass


def an_empty_folder(folder: Path) -> None:
    """As where a disk was mounted."""
    folder.mkdir()


def another_sinks_folder(folder: Path) -> None:
    folder.mkdir()
    (folder / LOCK).touch()


@pytest.mark.parametrize("instead", [nothing, an_empty_folder, another_sinks_folder])
async def test_while_the_folder_is_gone_nothing_is_stored_elsewhere(
    folder: Path, instead: Callable[[Path], None]
) -> None:
    elsewhere = folder.with_name("elsewhere")
    async with opened(folder) as sink:
        await answers(sink, event("a"))
        move(folder, elsewhere)
        instead(folder)
        before = names(folder)
        for answer in await answers(sink, event("a"), event("b")):
            assert answer == Failure(
                SinkFailed(f"{folder} is gone: bring it back, or restart this program")
            )
        assert (names(folder), is_there(folder)) == (before, instead is not nothing)
        shutil.rmtree(folder, ignore_errors=True)
        move(elsewhere, folder)
        assert await answers(sink, event("a"), event("b")) == [Success(DUPLICATE), Success(STORED)]
    assert stored_ids(folder) == ["a", "b"]


async def test_what_goes_while_it_is_written_is_not_answered_as_stored(folder: Path) -> None:
    class Leaving(FaultyFiles):
        @override
        def rename(self, source: str, target: str) -> None:
            super().rename(source, target)
            shutil.copytree(folder, folder.with_name("copy"))
            folder.rename(folder.with_name("elsewhere"))
            folder.with_name("copy").rename(folder)

    async with opened(folder, Leaving()) as sink:
        (answer,) = await answers(sink, event("a"))
        assert isinstance(answer, Failure)


async def test_what_was_being_written_at_a_power_cut_is_deleted(folder: Path) -> None:
    make(folder / "new" / "7.tmp")
    async with opened(folder):
        assert not being_written(folder)


async def test_a_folder_has_one_sink_at_a_time(folder: Path) -> None:
    async with opened(folder):
        match await DirectoryEventSink(folder).open():
            case Failure(SinkFailed(detail)):
                assert "in use by process" in detail
            case other:
                raise AssertionError(other)


async def test_a_file_in_the_place_of_the_folder_is_named(folder: Path) -> None:
    make(folder)
    match await DirectoryEventSink(folder).open():
        case Failure(SinkFailed(detail)):
            assert str(folder) in detail
        case other:
            raise AssertionError(other)


@pytest.mark.parametrize("count", [1, 30, 300])
def test_a_kill_loses_nothing_that_was_answered(folder: Path, count: int) -> None:
    ids = lines_until_killed("archive_until_killed", folder, count=count)
    stored = {one.message_id: one.payload for one in DirectorySinkReader(folder).events()}
    assert {*ids} <= stored.keys()
    assert all(payload == message_id.encode() for message_id, payload in stored.items())
