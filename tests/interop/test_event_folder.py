"""One event folder, used by the original and by ours in turn."""

import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gwproactor.adapters.persistence import RollingFilesEventStore
from gwproactor.domain.message import Sequence
from gwproactor.domain.stored_event import Quarantined
from gwproactor.testing.event_store_contract import Event, kept, kept_ids, put, take
from tests.support.original_peer import PYTHON

SCRIPT = Path(__file__).with_name("original_folder.py")
IDS = ["2f1c8f9e-8a7e-4a43-9c5f-0d0b6f2f4f5a", "a[b]", "ü☃", "..", "x" * 212, "%2F", "sha256-"]


def original(*arguments: object, events: list[tuple[str, bytes]] | None = None) -> Any:
    given = [[uid, content.decode("latin-1")] for uid, content in events or []]
    done = subprocess.run(
        [PYTHON, SCRIPT, *map(str, arguments)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def listed(folder: Path) -> list[tuple[str, bytes]]:
    return [(uid, content.encode("latin-1")) for uid, content in original("list", folder)]


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert PYTHON.exists(), "the original is not there: run `python3 dev interop`"
    folder = tmp_path / "events"
    folder.mkdir()  # the original makes none
    return folder


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[RollingFilesEventStore]:
    store = RollingFilesEventStore(folder)
    (await store.open()).unwrap()
    try:
        yield store
    finally:
        await store.close()


async def test_the_original_finds_each_event_that_we_stored_in_order(folder: Path) -> None:
    async with opened(folder) as store:
        for message_id in IDS:
            put(store, Event(message_id))
        await take(store, Event("relayed").received(sequence=Sequence("epoch", 7)))
        aside = put(store, Event("aside"))
        store.quarantine(Quarantined(aside, "t", "why", 1))

    assert listed(folder) == [(i, Event(i).payload) for i in (*IDS, "relayed")]


async def test_the_original_reads_an_event_whose_id_is_no_file_name(folder: Path) -> None:
    ids = ["a/b", "x" * 300, "\0", "a\nb", "a.uid[b"]
    async with opened(folder) as store:
        for message_id in ids:
            put(store, Event(message_id))

    assert [content for _, content in listed(folder)] == [Event(i).payload for i in ids]


async def test_we_find_each_event_that_the_original_stored_in_order(folder: Path) -> None:
    original("store", folder, events=[(i, Event(i).payload) for i in IDS])

    async with opened(folder) as store:
        assert [(event.message_id, event.payload) for event in await kept(store)] == [
            (i, Event(i).payload) for i in IDS
        ]


async def test_both_end_each_others_events_and_go_on_in_order(folder: Path) -> None:
    original("store", folder, events=[("0", Event("0").payload), ("1", Event("1").payload)])
    async with opened(folder) as store:
        (first, _) = await kept(store)
        store.clear(first.sequence.number)
        put(store, Event("2"))
        await take(store, Event("3").received())
    assert [uid for uid, _ in listed(folder)] == ["1", "2", "3"]

    assert original("clear", folder, "1", "3") == ["Ok(True)", "Ok(True)"]
    original("store", folder, events=[("4", Event("4").payload)])

    async with opened(folder) as store:
        assert await kept_ids(store) == ["2", "4"]
        for event in await kept(store):
            store.clear(event.sequence.number)
    assert names(folder) == ["gwproactor.lock"]
