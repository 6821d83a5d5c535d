"""The SQLite store and sink, crashed while they mend, put back or migrate their files."""

import sqlite3
from contextlib import closing
from pathlib import Path

import attrs
import pytest

from tests.crash.checker import check
from tests.crash.conftest import Counter
from tests.crash.cuts import KILL
from tests.crash.disk import EMPTY, Disk, Image
from tests.crash.images import written
from tests.crash.oplog import Entry, Numbered, Offered, Opened, Promised, Told
from tests.crash.probe import Probe
from tests.crash.recording import record
from tests.crash.sink_probe import SinkProbe
from tests.crash.sink_steps import Answered, Receive, ReopenSink, SinkWorkload
from tests.crash.sqlite_stores import (
    FILE,
    MakeSink,
    MakeStore,
    events_of_sink_in,
    sink_in,
    store_in,
)
from tests.crash.store_probe import StoreProbe
from tests.crash.store_steps import Clear, Durable, Put, Remove, Reopen, StoreWorkload
from tests.crash.story import Story, event_id, payload_of, type_of

PAGE = 4096

MENDING_PROBE = StoreProbe(store_in, may_report=True)

FIRST_SCHEMA = """
PRAGMA journal_mode = wal;
CREATE TABLE event (number INTEGER PRIMARY KEY, message_id, type_name, payload BLOB);
CREATE TABLE store (epoch TEXT NOT NULL, number_bound INTEGER NOT NULL);
INSERT INTO store VALUES ('epoch', 20000);
PRAGMA application_id = 0x67775045;
PRAGMA user_version = 1;
"""

STORE = "SqliteEventStore, mending,"

# Thousands of images take their time on a machine that does other things, too.
pytestmark = pytest.mark.timeout(1200)


@attrs.frozen
class KeepsDamaged:
    """As *probe*, and the damaged file is still there."""

    probe: Probe

    async def faults(self, folder: Path, story: Story) -> list[str]:
        faults = await self.probe.faults(folder, story)
        return faults if kept_aside(folder) else [*faults, "the damaged file is gone"]


def kept_aside(folder: Path) -> list[Path]:
    return list(folder.rglob("*.damaged-*"))


def result_of(log: list[Entry], start: Image = EMPTY) -> tuple[Image, Story]:
    """What lies on the disk in the end, and what was told."""
    disk, story = Disk(start), Story()
    for entry in log:
        if isinstance(entry, Told):
            story.hear(entry)
        else:
            disk.play(entry)
    return disk.image(KILL), story


def damaged(image: Image, message_id: str) -> Image:
    """The page that begins this event's payload is overwritten."""
    content = image.files[FILE]
    page = content.index(payload_of(message_id)[:100]) // PAGE * PAGE
    content = content[:page] + bytes(PAGE) + content[page + PAGE :]
    return Image(image.folders, {FILE: content})


async def ids_in(image: Image, folder: Path) -> set[str]:
    """Of the events that the store finds."""
    written(image, folder)
    store = store_in(folder)
    (await store.open()).unwrap()
    events = (await store.read_after(0, count=1000, bytes_max=1 << 30)).unwrap()
    await store.close()
    return {event.message_id for event in events}


async def test_a_damaged_file_is_mended_through_crashes(counter: Counter, tmp_path: Path) -> None:
    before = record(StoreWorkload(MakeStore(), (Put(60, 900), Durable(), Clear(5))))
    whole, story = result_of(before)
    image = damaged(whole, event_id(30, 900))
    log = record(StoreWorkload(MakeStore(), (Put(2), Durable(), Reopen())), start=image, first=99)
    mended, _ = result_of(log, image)
    story.promised &= await ids_in(mended, tmp_path / "mended")
    assert 45 <= len(story.promised) < 55
    report = await check(log, KeepsDamaged(MENDING_PROBE), disk=Disk(image), story=story)
    counter.add(STORE, report)
    assert not report.faults


async def test_a_damaged_sink_is_begun_anew_through_crashes(counter: Counter) -> None:
    whole, _ = result_of(record(SinkWorkload(MakeSink(), (Receive(20, 900), Answered()))))
    content = b"\xa5" * PAGE + whole.files[FILE][PAGE:]
    image = Image(whole.folders, {FILE: content})
    steps = (Receive(4), Answered(), ReopenSink(), Receive(), Answered())
    log = record(SinkWorkload(MakeSink(), steps), start=image, first=99)
    probe = KeepsDamaged(SinkProbe(sink_in, events_of_sink_in))
    report = await check(log, probe, disk=Disk(image))
    counter.add("SqliteEventSink, begun anew,", report)
    assert not report.faults


async def test_a_removed_file_is_put_back_through_crashes(counter: Counter) -> None:
    steps = (Put(30, 900), Durable(), Clear(2), Remove(FILE), Put(), Durable(), Put(), Durable())
    report = await check(record(StoreWorkload(MakeStore(), steps)), MENDING_PROBE)
    counter.add(STORE, report)
    assert not report.faults


async def test_a_file_of_the_first_schema_is_migrated_through_crashes(
    counter: Counter, tmp_path: Path
) -> None:
    image, story = first_schema(tmp_path / FILE)
    log = record(StoreWorkload(MakeStore(), (Put(3), Durable(), Reopen())), start=image, first=99)
    report = await check(log, StoreProbe(store_in), disk=Disk(image), story=story)
    counter.add(STORE, report)
    assert not report.faults


def first_schema(path: Path) -> tuple[Image, Story]:
    """A file as the first release made it, and what that had told its caller."""
    path.parent.mkdir()
    story = Story()
    story.hear(Opened("epoch"))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(FIRST_SCHEMA)
        for number in range(1, 31):
            message_id = event_id(number, 900)
            row = (number, message_id, type_of(message_id), payload_of(message_id))
            connection.execute("INSERT INTO event VALUES (?, ?, ?, ?)", row)
            for told in (Offered(message_id), Numbered(message_id, number), Promised(message_id)):
                story.hear(told)
    return Image((str(Path(FILE).parent),), {FILE: path.read_bytes()}), story
