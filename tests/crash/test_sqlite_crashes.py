"""The SQLite store and sink, killed or without power after each thing they asked of the disk."""

import random
from typing import TypeAlias

import pytest

from tests.crash.checker import Report, check, cuts, moments
from tests.crash.conftest import Counter
from tests.crash.cuts import KILL
from tests.crash.disk import Disk
from tests.crash.oplog import Create, Told, Write
from tests.crash.probe import Probe
from tests.crash.random_steps import sink_steps, store_steps, tears
from tests.crash.recording import record
from tests.crash.sink_probe import SinkProbe
from tests.crash.sink_steps import (
    Answered,
    Receive,
    ReceiveAgain,
    ReopenSink,
    SinkStep,
    SinkWorkload,
)
from tests.crash.sqlite_stores import (
    FILE,
    MakeSink,
    MakeStore,
    Variant,
    events_of_sink_in,
    sink_in,
    store_in,
    variant_of,
)
from tests.crash.store_probe import StoreProbe
from tests.crash.store_steps import (
    Clear,
    Durable,
    EndQuarantine,
    Put,
    Quarantine,
    Reopen,
    StoreStep,
    StoreWorkload,
    Take,
    TakeAgain,
)
from tests.crash.story import Story

Recordable: TypeAlias = StoreWorkload | SinkWorkload

WAL = f"{FILE}-wal"

# More than the numbers of a block, and several times the pages between two checkpoints.
STORE_STEPS: tuple[StoreStep, ...] = (
    Put(),
    Durable(),
    *(Put(5), Put(3), Durable(), Clear(3)),
    *(Put(10, 900), Durable(), Clear(2, newest=True), Put(2, 9000), Put(), Durable()),
    Reopen(),
    *(Put(20), Clear(10), Put(), Durable()),
    *(Put(20, 2000), Durable(), Put(20), Durable(), Clear(40)),
    *(Put(12, 4000), Durable(), Clear(20), Put(3), Durable()),
    *(Put(4), Durable(), Put(), Clear(30), Put(), Durable(), *(12 * (Put(3), Durable(), Clear(2)))),
    *(Put(15, 3000), Durable(), Put(15, 3000), Durable(), Clear(15), Put(9), Durable()),
    *(Take(), Durable(), Take(4, times=2), Put(), Take(3, 6000), TakeAgain(2), Durable()),
    *(Quarantine(2), Put(), Durable(), Quarantine(3), Take(2), Durable(), Clear(2), Put()),
    *(EndQuarantine(1), Durable(), Quarantine(4), EndQuarantine(2), Put(), Durable()),
    Reopen(),
    *(Quarantine(), EndQuarantine(0), TakeAgain(5), Take(2), Clear(1, newest=True), Put(2)),
)

SINK_STEPS: tuple[SinkStep, ...] = (
    Receive(),
    Answered(),
    *(Receive(5), Receive(3, times=2), Answered(), ReceiveAgain(2)),
    *(Receive(10, 900), Answered(), Receive(2, 9000), Receive(), Answered()),
    ReopenSink(),
    *(ReceiveAgain(4), Receive(20), Answered()),
    *(Receive(20, 2000), Answered(), Receive(20), Answered()),
    *(ReceiveAgain(30), Answered(), *(12 * (Receive(3), Answered()))),
    ReopenSink(),
    Receive(2),
)

# Thousands of images take their time on a machine that does other things, too.
pytestmark = pytest.mark.timeout(1200)

STORE_PROBE = StoreProbe(store_in)
SINK_PROBE = SinkProbe(sink_in, events_of_sink_in)

# What a power cut could take is synced first, so that events are what is lost.
BRIEF_STORE_STEPS = (Put(3), Durable(), Reopen(), Put(3), Durable(), Put(2), Durable())
BRIEF_SINK_STEPS = (Receive(3), Answered(), ReopenSink(), Receive(3), Answered())

BROKEN = {
    Variant(synchronous="NORMAL"): "synchronous NORMAL",
    Variant(commits_late=True): "answers before it commits",
    Variant(syncs_folder=False): "a new folder not synced",
}


async def test_a_store_keeps_what_it_promised(counter: Counter) -> None:
    report = await check(record(StoreWorkload(MakeStore(), STORE_STEPS)), STORE_PROBE)
    counter.add("SqliteEventStore", report)
    assert not report.faults


@pytest.mark.parametrize(
    "workload",
    [StoreWorkload(MakeStore(), STORE_STEPS), SinkWorkload(MakeSink(), SINK_STEPS)],
    ids=["store", "sink"],
)
def test_the_workloads_cross_checkpoints(workload: Recordable) -> None:
    log = record(workload)
    made = sum(entry == Create(WAL) for entry in log)
    begun = sum(
        isinstance(entry, Write) and (entry.path, entry.offset) == (WAL, 0) for entry in log
    )
    assert begun - made >= 3  # after a checkpoint the log is written from its beginning again


async def test_a_sink_keeps_what_it_answered(counter: Counter) -> None:
    report = await check(record(SinkWorkload(MakeSink(), SINK_STEPS)), SINK_PROBE)
    counter.add("SqliteEventSink", report)
    assert not report.faults


async def test_a_store_keeps_what_it_promised_in_any_life(seed: int, counter: Counter) -> None:
    log = record(StoreWorkload(MakeStore(variant_of(seed)), store_steps(seed)))
    report = await check(log, STORE_PROBE, seeds=tears(seed))
    counter.add("SqliteEventStore", report)
    assert not report.faults


async def test_a_sink_keeps_what_it_answered_in_any_life(seed: int, counter: Counter) -> None:
    log = record(SinkWorkload(MakeSink(variant_of(seed)), sink_steps(seed)))
    report = await check(log, SINK_PROBE, seeds=tears(seed))
    counter.add("SqliteEventSink", report)
    assert not report.faults


async def test_a_store_keeps_what_it_promised_when_it_crashes_twice(
    seed: int, counter: Counter
) -> None:
    steps = store_steps(seed)[-12:]
    workload = StoreWorkload(MakeStore(), steps)
    report = await crashed_twice(workload, STORE_PROBE, seed)
    counter.add("SqliteEventStore, crashed before,", report)
    assert not report.faults


async def test_a_sink_keeps_what_it_answered_when_it_crashes_twice(
    seed: int, counter: Counter
) -> None:
    steps = sink_steps(seed)[-12:]
    workload = SinkWorkload(MakeSink(), steps)
    report = await crashed_twice(workload, SINK_PROBE, seed)
    counter.add("SqliteEventSink, crashed before,", report)
    assert not report.faults


async def crashed_twice(workload: Recordable, probe: Probe, seed: int) -> Report:
    """*workload*, a crash anywhere in it, *workload* on what is left, a crash anywhere in that."""
    chance = random.Random(seed)
    log = record(workload)
    disk, story = Disk(), Story()
    operations = sum(not isinstance(entry, Told) for entry in log)
    stop = chance.randint(operations // 4, operations)
    moment = next(moment for moment in moments(log, disk, story) if moment.index == stop)
    cut = chance.choice([*cuts(moment, tears(seed))])
    image = disk.image(cut)
    # After a mere kill what was not synced still is not.
    disk = disk if cut is KILL else Disk(image)
    again = record(workload, start=image, first=10_000)
    return await check(again, probe, seeds=tears(seed), disk=disk, story=story)


@pytest.mark.parametrize("broken", BROKEN, ids=BROKEN.get)
async def test_a_store_that_breaks_its_promise_is_found(broken: Variant) -> None:
    log = record(StoreWorkload(MakeStore(broken), BRIEF_STORE_STEPS))
    assert_losses_are_found(await check(log, STORE_PROBE), broken)


@pytest.mark.parametrize("broken", BROKEN, ids=BROKEN.get)
async def test_a_sink_that_breaks_its_promise_is_found(broken: Variant) -> None:
    log = record(SinkWorkload(MakeSink(broken), BRIEF_SINK_STEPS))
    assert_losses_are_found(await check(log, SINK_PROBE), broken)


def assert_losses_are_found(report: Report, broken: Variant) -> None:
    lost = [fault for fault in report.faults if "lost, although" in fault]
    assert lost
    # A kill shows only whether anything was written.
    assert any(fault.startswith(KILL.name) for fault in lost) == broken.commits_late
