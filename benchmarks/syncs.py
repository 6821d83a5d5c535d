"""Counts how often a worker makes the disk sync, by strace, where that is installed."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.figures import Figures
from benchmarks.processes import WorkerError, run_alone

CALLS: Final = ("fsync", "fdatasync", "sync_file_range", "msync", "sync", "syncfs")


def can_count_syncs() -> bool:
    return shutil.which("strace") is not None


async def run_counting_syncs(name: str, command: Sequence[str]) -> Figures:
    """The worker's `count`, and how many of those calls it and its threads made for 1,000 of them,
    start and end included. Its rates, slowed by strace, are left out.
    """
    with tempfile.TemporaryDirectory() as folder:
        summary = Path(folder, "summary")
        traced = ["strace", "-f", "-c", "-e", f"trace={','.join(CALLS)}", "-o", str(summary)]
        figures = await run_alone([*traced, *command])
        syncs = _calls_in(summary)
    return {"count": figures["count"], f"{name}_syncs": 1000 * syncs / float(figures["count"])}


def _calls_in(path: Path) -> int:
    """The sum of the column `calls`: % time, seconds, usecs/call, calls, [errors], syscall."""
    summary = path.read_text(encoding="ascii")
    rows = [line.split() for line in summary.splitlines()]
    counts = [int(row[3]) for row in rows if row and row[-1] in CALLS]
    if summary.strip() and not counts and "total" not in summary:
        raise WorkerError(f"strace said:\n{summary}")
    return sum(counts)
