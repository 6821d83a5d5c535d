"""Crashes a recorded disk after every operation and opens what is left of it."""

import asyncio
import hashlib
import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import attrs

from tests.crash.cuts import KILL, LOST, NAMES_ONLY, any_sectors_kept, beginning_kept, middle_lost
from tests.crash.disk import Cut, Disk, Image
from tests.crash.images import SCRATCH, written
from tests.crash.oplog import Entry, Operation, Told
from tests.crash.probe import Probe
from tests.crash.story import Story

# A broken store would else fail in every image.
FAULTS_MAX: Final = 10

TEARS: Final[tuple[Callable[[random.Random], Cut], ...]] = (
    beginning_kept,
    middle_lost,
    any_sectors_kept,
)


@attrs.define
class Report:
    """`images` were opened; one that equals another with nothing told between them counts once."""

    operations: int = 0
    images: int = 0
    faults: list[str] = attrs.Factory(list)

    def __str__(self) -> str:
        return f"{self.operations:,} operations, {self.images:,} images"


@attrs.frozen
class Moment:
    """Just after operation *last*, number *index*, and after what was told before the next one."""

    index: int
    last: Operation | None
    disk: Disk
    story: Story
    has_news: bool


def moments(log: Iterable[Entry], disk: Disk, story: Story) -> Iterator[Moment]:
    """The first is before all operations. Each is valid until the next one is taken."""
    index = 0
    last: Operation | None = None
    has_news = True
    for entry in log:
        if isinstance(entry, Told):
            story.hear(entry)
            has_news = True
        else:
            yield Moment(index, last, disk, story, has_news)
            disk.play(entry)
            index += 1
            last = entry
            has_news = False
    yield Moment(index, last, disk, story, has_news)


def cuts(moment: Moment, seeds: range, *, only_kills: bool = False) -> Iterator[Cut]:
    """What may be left at this moment: with each seed, one image of each kind of tear."""
    yield KILL
    if only_kills or not moment.disk.has_unsynced():
        return
    yield LOST
    if moment.disk.has_unsynced_names():
        yield NAMES_ONLY
    for seed in seeds:
        for tear in TEARS:
            yield tear(random.Random(f"{seed} {moment.index}"))


async def check(
    log: Iterable[Entry],
    probe: Probe,
    *,
    seeds: range = range(1),
    only_kills: bool = False,
    disk: Disk | None = None,
    story: Story | None = None,
) -> Report:
    """Crash after each operation of *log*, which went on with *disk* after *story*."""
    report = Report()
    seen: set[bytes] = set()
    for moment in moments(log, disk or Disk(), story or Story()):
        report.operations = moment.index
        if moment.has_news:
            seen.clear()
        left = [(cut, moment.disk.image(cut)) for cut in cuts(moment, seeds, only_kills=only_kills)]
        images = {digest_of(image): (cut, image) for cut, image in reversed(left)}
        new = [of_cut for digest, of_cut in images.items() if digest not in seen]
        seen |= images.keys()
        report.images += len(new)
        # Side by side, because each spends its time waiting for its store's thread.
        found = await asyncio.gather(*(faults_of(probe, image, moment) for _, image in new))
        for (cut, _), faults in zip(new, found, strict=True):
            report.faults += [f"{place(moment, cut)}: {fault}" for fault in faults]
        if len(report.faults) >= FAULTS_MAX:
            break
    return report


async def faults_of(probe: Probe, image: Image, moment: Moment) -> list[str]:
    with TemporaryDirectory(dir=SCRATCH) as scratch:
        folder = Path(scratch, "image")
        written(image, folder)
        try:
            return await probe.faults(folder, moment.story)
        except Exception as error:  # a crash must not lead to that either
            return [f"{type(error).__name__}: {error}"]


def place(moment: Moment, cut: Cut) -> str:
    return f"{cut.name} after operation {moment.index}, {str(moment.last)[:70]}"


def digest_of(image: Image) -> bytes:
    digest = hashlib.blake2b(repr(image.folders).encode())
    for path, content in image.files.items():
        digest.update(f"\0{path}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.digest()
