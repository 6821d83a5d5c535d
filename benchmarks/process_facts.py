"""What the kernel says about this process and its files."""

import os
import time
from pathlib import Path


def written_bytes() -> int:
    """What this process has caused to be written to disks, in whole pages; without the file
    system's own journal.
    """
    return _number("/proc/self/io", "write_bytes")


def rss_kib() -> int:
    """Its resident memory now."""
    return _number("/proc/self/status", "VmRSS")


def pss_kib() -> int:
    """The same, but of memory that it shares with other processes only its share."""
    return _number("/proc/self/smaps_rollup", "Pss")


def threads() -> int:
    return _number("/proc/self/status", "Threads")


def wake_ups() -> int:
    """How often its threads gave the processor up, to wait for something."""
    tasks = Path("/proc/self/task").iterdir()
    return sum(_number(str(task / "status"), "voluntary_ctxt_switches") for task in tasks)


def age_s() -> float:
    """Seconds since the kernel started it, the interpreter's start included; in steps of 10 ms."""
    after_name = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    started_s = int(after_name[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started_s


def disk_bytes(folder: Path) -> int:
    """What the files below *folder* take on the disk, in whole blocks."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*"))


def _number(file: str, name: str) -> int:
    for line in Path(file).read_text(encoding="ascii").splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0])
    raise LookupError(f"{file} has no {name}")
