"""What the kernel says about this process and its files."""

from pathlib import Path


def written_bytes() -> int:
    """What this process has caused to be written to disks, in whole pages; without the file
    system's own journal.
    """
    return _number("/proc/self/io", "write_bytes")


def rss_kib() -> int:
    """Its resident memory now."""
    return _number("/proc/self/status", "VmRSS")


def disk_bytes(folder: Path) -> int:
    """What the files below *folder* take on the disk, in whole blocks."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*"))


def _number(file: str, name: str) -> int:
    for line in Path(file).read_text(encoding="ascii").splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0])
    raise LookupError(f"{file} has no {name}")
