"""Reads files that settings name, whatever they turn out to be: no pipe or device holds a reader.

What any adapter may use, and no adapter itself. Calls block with the disk.
"""

import os
import stat
from pathlib import Path

import attrs
from typing_extensions import override

from gwproactor.domain.outcome import Failure, Outcome, Success


@attrs.frozen
class FileTrouble:
    """A file of which nothing can be made; `reason` follows its name in a sentence."""

    path: Path
    reason: str

    @override
    def __str__(self) -> str:
        return f"{self.path} {self.reason}"


def read_regular(path: Path, bytes_max: int) -> Outcome[bytes, FileTrouble]:
    """The whole content of a regular file of at most *bytes_max*."""
    try:
        # Before it is opened: that alone may start a device.
        reason = _unfit(path.stat(), bytes_max)
        if reason:
            return Failure(FileTrouble(path, reason))
        with open(path, "rb", opener=_open_without_waiting) as file:
            reason = _unfit(os.fstat(file.fileno()), bytes_max)
            return Failure(FileTrouble(path, reason)) if reason else Success(file.read(bytes_max))
    except FileNotFoundError:
        return Failure(FileTrouble(path, "does not exist"))
    except OSError as error:
        return Failure(FileTrouble(path, f"cannot be read: {error.strerror}"))
    except ValueError:
        return Failure(FileTrouble(path, "cannot be read: no file has such a name"))


def is_absent(path: Path) -> bool:
    """Not what may be there, but cannot be looked at."""
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    return False


def _unfit(found: os.stat_result, bytes_max: int) -> str:
    if stat.S_ISDIR(found.st_mode):
        return "is a folder, not a file"
    if not stat.S_ISREG(found.st_mode):
        return "is no regular file"
    return f"is larger than {bytes_max:,} bytes" if found.st_size > bytes_max else ""


def _open_without_waiting(path: str, flags: int) -> int:
    """A pipe that took the place of the file would wait for somebody to write."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
