"""Finds damage in a SQLite log (WAL) before SQLite opens it.

SQLite takes a log for what a crash left of it: it ends at the first frame whose checksum is wrong,
and whatever follows is overwritten without a word. But a crash breaks the last transaction alone,
because each one was synced before the next one was written. So if whole transactions follow the
break, one of them after the other, durable ones are lost to SQLite: that is damage.

The format: sqlite.org/fileformat2.html#the_write_ahead_log.
"""

import struct
import sys
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

from gwproactor.adapters.persistence.sqlite.file_place import size_of

Sum: TypeAlias = tuple[int, int]

_MAGIC: Final = 0x377F0682  # its last bit: checksums are of big-endian words
_HEADER: Final = struct.Struct(">6I2I")
_FRAME: Final = struct.Struct(">2I8s2I")
_SALT: Final = slice(16, 24)
_PAGE_SIZES: Final = {1 << power for power in range(9, 17)}


def lost_frames(log: Path) -> int:
    """How many frames behind a break belong to the log, if there are transactions among them that
    were durable; else 0. It reads all of the log, a page at a time: some 30 MB a second on a PC.
    """
    if size_of(log) == 0:
        return 0
    with log.open("rb") as file:
        return _lost_frames(file)


def _lost_frames(file: BinaryIO) -> int:
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return 0
    magic, _, page_size, *_, one, other = _HEADER.unpack(header)
    order = ">" if magic & 1 else "<"
    total = checksum((0, 0), header[:24], order)
    is_whole = total == (one, other) and magic | 1 == _MAGIC | 1
    if not is_whole:
        order = "<" if sys.byteorder == "little" else ">"  # which SQLite writes
    salt = header[_SALT]
    if page_size not in _PAGE_SIZES:
        page_size = 4096  # that of all files that we make
    is_unbroken = is_whole
    lost = commits = commits_max = 0
    while len(frame := file.read(_FRAME.size)) == _FRAME.size:
        page = file.read(page_size)
        if len(page) < page_size:
            break
        number, size, salt_here, *stored = _FRAME.unpack(frame)
        if not is_whole and lost == 0:
            salt = salt_here  # that of the header may be what is damaged
        summed = checksum(checksum(total, frame[:8], order), page, order)
        is_next = (summed == tuple(stored)) and salt_here == salt and number > 0
        total = (stored[0], stored[1])
        is_unbroken = is_unbroken and is_next
        if is_unbroken:
            continue
        if salt_here != salt:
            commits = 0
            continue
        # Frames that follow each other were written so; others may be left of an earlier crash.
        lost += 1
        commits = (commits if is_next else 0) + (size > 0)
        commits_max = max(commits_max, commits)
    return lost if commits_max > 1 else 0


def checksum(start: Sum, data: bytes, order: str) -> Sum:
    """*order*: that of the bytes in a word of *data*, as in `struct`."""
    one, other = start
    words = iter(struct.unpack(f"{order}{len(data) // 4}I", data))
    for word in words:
        one = (one + word + other) & 0xFFFFFFFF
        other = (other + next(words) + one) & 0xFFFFFFFF
    return one, other
