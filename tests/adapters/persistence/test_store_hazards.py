"""Where the original library's persister loses data or stops a node: ours, on SQLite."""

import random
import re
import shutil
from pathlib import Path

import pytest

from gwproactor.adapters.persistence import SqliteEventStore
from gwproactor.adapters.persistence.sqlite.file_place import log_of
from gwproactor.domain.outcome import Success
from tests.support.child_process import child
from tests.support.stores import News, kept, kept_numbers, put, running

MANY_CUTS = 60


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


def cut_copies(path: Path, folder: Path) -> list[Path]:
    """Of the file, with its log cut anywhere."""
    log = log_of(path).read_bytes()
    chance = random.Random(21)
    cuts = [0, 1, 32, len(log) - 1, len(log), *chance.sample(range(len(log)), MANY_CUTS)]
    copies = [folder / f"cut at {cut}" / path.name for cut in cuts]
    for cut, copy in zip(cuts, copies, strict=True):
        copy.parent.mkdir()
        shutil.copy(path, copy)
        log_of(copy).write_bytes(log[:cut])
    return copies


def names_beside(path: Path) -> set[str]:
    return {file.name for file in path.parent.iterdir()}


async def test_what_ends_by_an_exception_has_stored_what_is_in_flight(path: Path) -> None:
    """Hazard 3: the original stored it only when it was asked to stop."""
    with child("put_and_raise", path) as (process, output):
        assert output.readline() == "durable 3\n"
        assert process.wait() == 1
    async with running(SqliteEventStore(path)) as store:
        # The last was accepted just before the exception, and may be lost.
        assert (await kept_numbers(store))[:3] == [1, 2, 3]


async def test_a_log_that_ends_anywhere_leaves_whole_events(path: Path, tmp_path: Path) -> None:
    """Hazard 21: after a power cut the original found empty and cut files."""
    payloads = [bytes([n]) * (n * 50) for n in range(50)]
    async with running(SqliteEventStore(path)) as store:
        for payload in payloads:
            sequence = store.put("id", "type", payload).unwrap()
            assert await store.durable(sequence.number) == Success(None)
        copies = cut_copies(path, tmp_path)
    found = []
    for copy in copies:
        news = News()
        async with running(SqliteEventStore(copy), news) as store:
            events = await kept(store)
        assert [event.payload for event in events] == payloads[: len(events)]
        assert news.told == []
        found.append(len(events))
    assert (min(found), max(found)) == (0, len(payloads))
    assert len(set(found)) > 10


async def test_missing_folders_are_made(tmp_path: Path) -> None:
    """Hazard 30: the original raised when it was built."""
    path = tmp_path / "not" / "yet" / "events.db"
    async with running(SqliteEventStore(path)) as store:
        assert await store.durable(put(store)) == Success(None)


async def test_files_have_names_that_every_file_system_takes(path: Path) -> None:
    """Hazard 34: the original's names hold `:` and `[`, and an event's id, whatever that is."""
    shutil.copy(__file__, path)  # no database, so that it is kept beside
    async with running(SqliteEventStore(path)) as store:
        sequence = store.put("a:b/[c]?\0" * 50, "..", b"{}").unwrap()
        await store.durable(sequence.number)
        names = names_beside(path)
    assert len(names) >= 4
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]{0,60}", name) for name in names), names
