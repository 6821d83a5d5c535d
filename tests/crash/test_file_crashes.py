"""The stores of files, killed or without power after each thing they asked of the disk."""

from collections.abc import Callable
from collections.abc import Sequence as Items

import pytest

from gwproactor.adapters.persistence.files.file_port import Files
from tests.crash.checker import Report, check
from tests.crash.conftest import Counter
from tests.crash.file_stores import (
    FOLDER,
    NextDay,
    RecordedDirectorySink,
    RecordedRollingFilesStore,
    RecordingFiles,
    UnsyncedContents,
    UnsyncedFolders,
    directory_sink_in,
    events_of_directory_sink_in,
    record_files,
    rolling_files_in,
)
from tests.crash.random_steps import sink_steps, store_steps, tears
from tests.crash.sink_probe import SinkProbe
from tests.crash.sink_steps import (
    Answered,
    Receive,
    ReceiveAgain,
    ReopenSink,
    SinkStep,
    SinkWorkload,
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

# Thousands of images take their time on a machine that does other things, too.
pytestmark = pytest.mark.timeout(1200)

STORE_STEPS: tuple[StoreStep, ...] = (
    Put(),
    Durable(),
    *(Put(5), Put(3, 2000), Durable(), Clear(3), Put(), Durable(), Clear(1, newest=True)),
    *(Take(3), TakeAgain(2), Durable(), Take(2, 2000, times=2), Put(), Clear(), Durable()),
    NextDay(),
    *(Put(4), Clear(2), Durable(), Quarantine(2), Put(), Durable(), Take(), Durable()),
    Reopen(),
    *(Put(2), Durable(), EndQuarantine(0), Put(), Durable(), EndQuarantine(1), Quarantine(3)),
    *(Put(), Durable(), Clear(4), NextDay(), Put(2), EndQuarantine(2), Durable(), Clear(30)),
    Reopen(),
    *(TakeAgain(2), Take(1), Put(2), Durable(), Quarantine(), Put()),
)

SINK_STEPS: tuple[SinkStep, ...] = (
    Receive(),
    Answered(),
    *(Receive(5), Receive(3, times=2), Answered(), ReceiveAgain(2), Receive(2, 9000), Answered()),
    ReopenSink(),
    *(ReceiveAgain(4), Receive(10, 900), Answered(), *(6 * (Receive(2), Answered()))),
    ReopenSink(),
    Receive(2),
)

STORE_PROBE = StoreProbe(rolling_files_in, keeps_epoch=False, remembers_taken=False)
SINK_PROBE = SinkProbe(directory_sink_in, events_of_directory_sink_in)

BRIEF_STORE_STEPS = (Put(3), Durable(), Put(2), Durable())
BRIEF_SINK_STEPS = (Receive(3), Answered(), Receive(2), Answered())

BROKEN = [UnsyncedContents, UnsyncedFolders]


def store_workload(
    steps: Items[StoreStep], *, fsync: bool = True
) -> Callable[[Files], StoreWorkload]:
    return lambda files: StoreWorkload(
        lambda root: RecordedRollingFilesStore(root / FOLDER, files, fsync=fsync), steps
    )


def sink_workload(steps: Items[SinkStep]) -> Callable[[Files], SinkWorkload]:
    return lambda files: SinkWorkload(
        lambda root: RecordedDirectorySink(root / FOLDER, files), steps
    )


async def test_rolling_files_keep_what_they_promised(counter: Counter) -> None:
    report = await check(await record_files(store_workload(STORE_STEPS)), STORE_PROBE)
    counter.add("RollingFilesEventStore", report)
    assert not report.faults


async def test_a_folder_keeps_what_it_answered(counter: Counter) -> None:
    report = await check(await record_files(sink_workload(SINK_STEPS)), SINK_PROBE)
    counter.add("DirectoryEventSink", report)
    assert not report.faults


async def test_rolling_files_keep_what_they_promised_in_any_life(
    seed: int, counter: Counter
) -> None:
    log = await record_files(store_workload(store_steps(seed)))
    report = await check(log, STORE_PROBE, seeds=tears(seed))
    counter.add("RollingFilesEventStore", report)
    assert not report.faults


async def test_a_folder_keeps_what_it_answered_in_any_life(seed: int, counter: Counter) -> None:
    # A few: an event is ten operations here, and each image is given all events once more.
    log = await record_files(sink_workload(sink_steps(seed)[5:15]))
    report = await check(log, SINK_PROBE, seeds=tears(seed))
    counter.add("DirectoryEventSink", report)
    assert not report.faults


async def test_a_relayed_event_does_not_come_back_as_this_nodes_own(counter: Counter) -> None:
    """Its file may lie in the quarantine's folder, and the note about its origin elsewhere."""
    steps = (Take(3), Put(), Durable(), Quarantine(3), Put(), Durable(), Clear(2), Put(), Durable())
    log = await record_files(store_workload(steps))
    report = await check(log, STORE_PROBE, seeds=range(8))
    counter.add("RollingFilesEventStore", report)
    assert not report.faults


async def test_rolling_files_without_fsync_survive_kills_alone() -> None:
    log = await record_files(store_workload(STORE_STEPS, fsync=False))
    killed = await check(log, STORE_PROBE, only_kills=True)
    assert not killed.faults
    assert losses(await check(log, STORE_PROBE))


@pytest.mark.parametrize("broken", BROKEN)
async def test_rolling_files_that_break_their_promise_are_found(
    broken: type[RecordingFiles],
) -> None:
    log = await record_files(store_workload(BRIEF_STORE_STEPS), kind=broken)
    assert losses(await check(log, STORE_PROBE))


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_folder_that_breaks_its_promise_is_found(broken: type[RecordingFiles]) -> None:
    log = await record_files(sink_workload(BRIEF_SINK_STEPS), kind=broken)
    assert losses(await check(log, SINK_PROBE))


def losses(report: Report) -> list[str]:
    return [
        fault for fault in report.faults if "lost, although" in fault or "not as it was" in fault
    ]
