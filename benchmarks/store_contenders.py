"""Who runs what in the workloads of the store: W4 (re-upload) and W5 (storage)."""

import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import attrs

from benchmarks.contenders import ORIGINAL_PYTHON, OURS, Contender, Row, Sizes, Workload, places
from benchmarks.figures import Figures
from benchmarks.processes import WorkerError, run_alone, run_one_after_the_other
from benchmarks.syncs import can_count_syncs, run_counting_syncs

ORIGINAL: Final = "original"
CEILING: Final = "sqlite alone"
WORKERS: Final = {
    OURS: (sys.executable, "-m", "benchmarks.our_store_worker"),
    ORIGINAL: (str(ORIGINAL_PYTHON), str(Path(__file__).with_name("original_store_worker.py"))),
    CEILING: (sys.executable, "-m", "benchmarks.store_ceilings"),
}
# More of the original's files than that take minutes to make.
ORIGINAL_PENDING_MAX: Final = 100_000


@attrs.frozen
class Filled:
    """Stores that are only opened, made once in *folder*, when they are first needed."""

    folder: Path

    async def open(self, who: str, count: int, *how: str) -> Figures:
        """Open it in a new process; *how*: options of the worker."""
        state_dir = self.folder / " ".join([who, str(count), *how])
        command = worker(who, "open", "--state-dir", str(state_dir), *how)
        if not state_dir.exists():
            state_dir.mkdir()
            await fill(who, state_dir, count)
            await run_alone(command)
        figures = await run_alone(command)
        if figures["count"] != count:
            raise WorkerError(f"{who} found {figures['count']} of {count} pending events")
        return figures


def store_workloads(sizes: Sizes, broker: str, folder: Path) -> tuple[Workload, ...]:
    """*folder* is for files that several rounds share."""
    found = [workload_w5(sizes)]
    if can_count_syncs():
        found.append(workload_syncs())
    filled = Filled(folder)
    found += [workload_open(filled, count) for count in sizes.pending]
    found += [workload_w4(sizes, broker, window) for window in (5, 100)]
    return tuple(found)


def workload_w5(sizes: Sizes) -> Workload:
    count = ("--count", str(sizes.stored))
    return Workload(
        "w5",
        tuple(Contender(who, partial(run_alone, worker(who, "w5", *count))) for who in WORKERS),
        (
            Row("events made durable /s, one by one", "one_rate"),
            Row("from accepted to durable, ms, median, one by one", "one_p50_ms", True),
            Row("from accepted to durable, ms, 99 %, one by one", "one_p99_ms", True),
            Row("events made durable /s, 100 outstanding", "many_rate"),
            Row("from accepted to durable, ms, median, 100 outstanding", "many_p50_ms", True),
            Row("from accepted to durable, ms, 99 %, 100 outstanding", "many_p99_ms", True),
            Row("events read /s", "read_rate"),
            Row("events cleared /s", "clear_rate"),
            Row("events stored and cleared /s, one by one", "pair_rate"),
            Row("bytes on disk per event of 500", "disk_bytes", True),
            Row("bytes written per event, one by one", "one_written_bytes", True),
            Row("bytes written per event, 100 outstanding", "many_written_bytes", True),
        ),
    )


def workload_syncs() -> Workload:
    """Not of the original, which never syncs."""
    contenders = [
        Contender(who, partial(run_syncs, who, name, outstanding, count))
        for name, outstanding, count in (("one", 1, 2_000), ("many", 100, 10_000))
        for who in (OURS, CEILING)
    ]
    rows = (
        Row("syncs per 1,000 events, one by one", "one_syncs", True),
        Row("syncs per 1,000 events, 100 outstanding", "many_syncs", True),
    )
    return Workload("w5 syncs", tuple(contenders), rows)


def workload_open(filled: Filled, count: int) -> Workload:
    contenders = [
        Contender(OURS, partial(filled.open, OURS, count)),
        Contender("ours, after a kill", partial(filled.open, OURS, count, "--die")),
    ]
    if count <= ORIGINAL_PENDING_MAX:
        contenders.append(Contender(ORIGINAL, partial(filled.open, ORIGINAL, count)))
    rows = (
        Row("seconds to open", "open_s", True),
        Row("seconds until the first are read", "open_and_read_s", True),
        Row("MiB that this takes", "open_rss_mib", True),
    )
    return Workload(f"w5 {count:,} pending", tuple(contenders), rows)


def workload_w4(sizes: Sizes, broker: str, window: int) -> Workload:
    return Workload(
        f"w4 window {window}",
        tuple(
            Contender(who, partial(run_reupload, who, broker, sizes.reuploaded, window))
            for who in (OURS, ORIGINAL)
        ),
        (Row(f"stored events acked /s, window {window}", "rate"),),
    )


async def fill(who: str, state_dir: Path, count: int) -> None:
    filled = await run_alone(
        worker(who, "fill", "--state-dir", str(state_dir), "--count", str(count))
    )
    if filled["count"] != count:
        raise WorkerError(f"{who} stored {filled['count']} of {count} events")


async def run_syncs(who: str, name: str, outstanding: int, count: int) -> Figures:
    amount = ("--outstanding", str(outstanding), "--count", str(count))
    return await run_counting_syncs(name, worker(who, "puts", *amount))


async def run_reupload(who: str, broker: str, count: int, window: int) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        parent, child = places(broker, folder)
        await fill(who, Path(folder, "child"), count)
        amount = ("--count", str(count), "--window", str(window))
        figures = await run_one_after_the_other(
            worker(who, "w4-parent", *parent), worker(who, "w4-child", *child, *amount)
        )
    if float(figures[0]["count"]) < count:
        raise WorkerError(f"the parent of {who} got {figures[0]['count']} of {count} events")
    return figures[1]


def worker(who: str, *arguments: str) -> Sequence[str]:
    return [*WORKERS[who], *arguments]
