"""`RollingFilesEventStore` on a disk that fails: what it says, keeps, and does afterwards."""

import errno
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import pytest

from gwproactor.adapters.persistence.files import rolling_files, rolling_files_store
from gwproactor.adapters.persistence.files.rolling_names import number_and_uid
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.store_problems import ReadFailed
from gwproactor.domain.stored_event import Quarantined
from gwproactor.ports.event_store import (
    StoredEvent,
    StoreFailed,
    StoreNews,
    StoreProblem,
    StoreRecovered,
)
from gwproactor.testing.event_store_contract import Event, kept_ids, put, take
from tests.support.faulty_files import FULL, FaultyFiles, FaultyRollingStore


@attrs.define
class Case:
    folder: Path
    files: FaultyFiles
    store: FaultyRollingStore
    news: list[StoreNews] = attrs.Factory(list)

    def names(self) -> list[str]:
        """The uids in the names of the files, in order."""
        found = sorted(path.name for path in self.folder.glob("2*/*"))
        return [parsed[1] for parsed in map(number_and_uid, found) if parsed is not None]

    def put(self, message_id: str) -> int:
        return put(self.store, Event(message_id))

    async def failed(self, number: int) -> str:
        match await self.store.durable(number):
            case Failure(StoreFailed(detail)):
                return detail
            case other:
                raise AssertionError(other)

    async def recovered(self, number: int) -> None:
        """Each wait ends with a try of the store's."""
        self.files.fault = None
        while await self.store.durable(number) != Success(None):
            pass


@pytest.fixture
async def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Case]:
    monkeypatch.setattr(rolling_files, "RETRY_S", 0.01)
    files = FaultyFiles()
    case = Case(tmp_path / "events", files, FaultyRollingStore(tmp_path / "events", files))
    case.store.listen(case.news.append)
    (await case.store.open()).unwrap()
    yield case
    files.fault = None
    await case.store.close()


async def test_nothing_gets_its_name_before_it_is_synced(case: Case) -> None:
    """Hazard 21: files were neither synced nor written at once."""
    case.files.asked.clear()
    number = case.put("a")
    assert await case.store.durable(number) == Success(None)
    (written, synced, renamed, folder) = case.files.asked
    assert (written[0], synced) == ("write", ("sync", written[1]))
    assert number_and_uid(written[1]) is None
    assert (renamed[0], number_and_uid(renamed[1])) == ("rename", (number, "a"))
    assert folder[0] == "sync_folder"


async def test_whose_an_event_is_is_synced_before_the_event_has_its_name(case: Case) -> None:
    case.files.asked.clear()
    await take(case.store, Event("a").received())
    asked = [f"{operation} {name.rpartition('.')[2]}" for operation, name in case.files.asked]
    synced = ["write tmp", "write from", "sync tmp", "sync from"]
    assert asked[:-1] == [*synced, "rename json"]
    assert asked[-1].startswith("sync_folder")


async def test_new_folders_are_durable(tmp_path: Path) -> None:
    """Hazard 30: the folder had to be there."""
    files = FaultyFiles()
    store = FaultyRollingStore(tmp_path / "a" / "b", files)
    (await store.open()).unwrap()
    await store.close()
    made = [name for operation, name in files.asked if operation == "make_folder"]
    synced = [name for operation, name in files.asked if operation == "sync_folder"]
    assert made[:2] == ["a", "b"]
    assert synced == [tmp_path.name, "a", "b"]


async def test_what_a_kill_left_is_durable_when_it_is_found(tmp_path: Path) -> None:
    """The kill may have come between the names and their sync."""
    files = FaultyFiles()
    store = FaultyRollingStore(tmp_path / "events", files)
    (await store.open()).unwrap()
    await store.durable(put(store))
    await store.close()
    day = next(name for operation, name in files.asked if operation == "rename")[:10]
    files.asked.clear()
    (await store.open()).unwrap()
    assert ("sync_folder", f"{day}T00:00:00+00:00") in files.asked
    await store.close()


async def test_without_fsync_nothing_is_synced(tmp_path: Path) -> None:
    files = FaultyFiles()
    store = FaultyRollingStore(tmp_path / "events", files)
    store.fsync = False
    (await store.open()).unwrap()
    assert await store.durable(put(store)) == Success(None)
    await take(store, Event("a").received())
    await store.close()
    assert {operation for operation, _ in files.asked} == {"make_folder", "write", "rename"}


async def test_a_disk_that_takes_no_such_names_is_told_of_at_once(tmp_path: Path) -> None:
    """Hazard 34: names with ":" on FAT."""
    files = FaultyFiles(fault=errno.EINVAL, failing=("make_folder",))
    (tmp_path / "events").mkdir()
    match await FaultyRollingStore(tmp_path / "events", files).open():
        case Failure(StoreFailed(detail)):
            assert "choose the SQLite store" in detail
        case other:
            raise AssertionError(other)


@pytest.mark.parametrize("operation", ["write", "sync", "rename", "sync_folder"])
@pytest.mark.parametrize("is_late", [False, True])
async def test_what_could_not_be_written_is_kept_and_tried_again(
    case: Case, operation: str, is_late: bool
) -> None:
    await case.store.durable(case.put("0"))
    case.files.fault, case.files.failing = FULL, (operation,)
    case.files.is_late = is_late
    numbers = [case.put(f"{n}") for n in range(1, 6)]
    detail = await case.failed(numbers[-1])
    assert detail.startswith("WriteFailed [Open or write failed: ")
    assert "No space left on device: make room on the disk" in detail
    assert await kept_ids(case.store) == ["0", "1", "2", "3", "4", "5"]
    assert case.store.content().pending == 6
    await case.failed(numbers[-1])
    case.store.clear(numbers[2])

    await case.recovered(numbers[-1])

    assert await kept_ids(case.store) == ["0", "1", "2", "4", "5"]
    assert case.names() == ["0", "1", "2", "4", "5"]
    assert case.news == [StoreFailed(detail), StoreRecovered()]


async def test_a_take_fails_with_the_disk_and_leaves_nothing(case: Case) -> None:
    case.files.fault, case.files.failing = FULL, ("sync_folder",)
    own = case.put("own")
    event = Event("a").received()
    assert isinstance(await take(case.store, event), StoreFailed)
    assert isinstance(await take(case.store, event), StoreFailed)
    assert case.store.content().pending == 1
    await case.recovered(own)
    assert await kept_ids(case.store) == ["own"]
    assert case.names() == ["own"]
    assert not [*case.folder.glob("2*/*.from")]
    assert isinstance(await take(case.store, event), StoredEvent)


async def test_what_cannot_be_deleted_is_deleted_later(case: Case) -> None:
    number = case.put("a")
    await case.store.durable(number)
    case.files.fault, case.files.failing = errno.EROFS, ("delete",)
    case.store.clear(number)
    assert await kept_ids(case.store) == []
    assert case.store.content().pending == 0
    case.files.fault = None
    await case.store.close()
    assert case.names() == []
    assert [type(news) for news in case.news] == [StoreFailed, StoreRecovered]
    assert "mount it writable" in str(case.news[0])


async def test_quarantine_that_cannot_be_written_holds_and_is_written_later(case: Case) -> None:
    number = case.put("a")
    await case.store.durable(number)
    case.files.fault, case.files.failing = FULL, ("write",)
    case.store.quarantine(Quarantined(number, "t", "why", 1))
    assert await kept_ids(case.store) == []
    assert case.names() == ["a"]
    await case.recovered(case.put("b"))
    assert await kept_ids(case.store) == ["b"]
    assert case.names() == ["b"]


async def test_a_disk_that_was_removed_and_comes_back_is_used_on(case: Case) -> None:
    await case.store.durable(case.put("a"))
    elsewhere = case.folder.with_name("elsewhere")
    shutil.move(case.folder, elsewhere)
    number = case.put("b")
    assert f"{case.folder} is gone" in await case.failed(number)
    answer = await case.store.read_after(0, count=9, bytes_max=9999)
    assert isinstance(answer, Failure)
    assert case.store.content().pending == 2
    case.folder.mkdir()  # as an empty mount point
    await case.failed(number)
    case.folder.rmdir()

    shutil.move(elsewhere, case.folder)

    await case.recovered(number)
    assert await kept_ids(case.store) == ["a", "b"]
    assert [type(news) for news in case.news] == [StoreFailed, StoreRecovered]


async def test_no_more_waits_for_a_disk_than_was_said(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling_files_store, "UNSTORED_EVENTS_MAX", 10)
    case.files.fault = FULL
    last = [case.put(f"{n}") for n in range(10)][-1]
    await case.failed(last)
    match case.store.put("x", "t", b"{}"):
        case Failure(StoreFailed(detail)):
            assert "too many events wait" in detail
            assert "make room" in detail
        case other:
            raise AssertionError(other)
    for n in range(20):
        assert isinstance(await take(case.store, Event(f"{n}").received()), StoreFailed)
    await case.recovered(last)
    assert case.put("x") > last


async def test_what_was_refused_takes_no_room(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolling_files_store, "UNSTORED_EVENTS_MAX", 10)
    number = case.put("a")
    await case.store.durable(number)
    case.files.fault = FULL
    case.store.clear(number)
    for n in range(20):
        assert isinstance(await take(case.store, Event(f"{n}").received()), StoreFailed)
    case.files.fault = None
    await case.recovered(case.put("b"))


async def test_close_says_what_was_not_stored(case: Case) -> None:
    case.files.fault = FULL
    number = case.put("a")
    match await case.store.close():
        case Failure(StoreFailed(detail)):
            assert f"to {number} were not stored" in detail
            assert "make room" in detail
        case other:
            raise AssertionError(other)


async def test_a_file_that_cannot_be_read_holds_up_no_other(case: Case) -> None:
    numbers = [case.put(f"{n}") for n in range(3)]
    await case.store.durable(numbers[-1])
    (broken,) = case.folder.glob("2*/*.uid[[]1].json")
    content = broken.read_bytes()
    broken.unlink()
    broken.mkdir()
    assert await kept_ids(case.store) == ["0", "2"]
    assert isinstance(await case.store.read([numbers[1]]), Failure)
    assert case.store.content().pending == 3
    for news in case.news:
        assert isinstance(news, StoreProblem)
        assert [type(problem) for problem in news.problems.errors] == [ReadFailed]
    broken.rmdir()
    broken.write_bytes(content)
    assert await kept_ids(case.store) == ["0", "1", "2"]


async def test_the_loop_goes_on_while_the_disk_hangs(case: Case) -> None:
    case.files.may_go_on.clear()
    numbers = [case.put(f"{n}") for n in range(3)]
    assert case.store.content().pending == 3
    case.files.may_go_on.set()
    assert await case.store.durable(numbers[-1]) == Success(None)
