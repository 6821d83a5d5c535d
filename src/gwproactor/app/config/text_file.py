"""Reads the files in which settings are written, each once, whatever they turn out to be."""

import os
import stat
from pathlib import Path
from typing import Final

import attrs

from gwproactor.app.config.fault import Fault

# A file of settings has some kilobytes; larger: what is no such file may take all memory.
BYTES_MAX: Final = 1_048_576
# As some editors write it, before the text.
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@attrs.frozen
class TextFiles:
    """Remembers what was read, so that whoever asks twice is told the same."""

    _known: dict[Path, str | Fault] = attrs.field(factory=dict, init=False, repr=False)

    def text(self, file: Path) -> str | Fault:
        """What is in *file*, or why it cannot be read."""
        if file not in self._known:
            self._known[file] = _text(file)
        return self._known[file]


def _text(file: Path) -> str | Fault:
    try:
        data = _read(file)
    except FileNotFoundError:
        is_link = file.is_symlink()
        text = "links to a file that is not there" if is_link else "there is no such file"
        return Fault(str(file), text)
    except OSError as error:
        return Fault(str(file), f"cannot be read: {error.strerror}")
    except ValueError:
        return Fault(str(file), "cannot be the name of a file")
    if data is None:
        return Fault(str(file), "is no regular file: a pipe or a device is not read")
    if len(data) > BYTES_MAX:
        return Fault(str(file), f"is larger than {BYTES_MAX} bytes, and so no file of settings")
    try:
        return data.removeprefix(BYTE_ORDER_MARK).decode()
    except UnicodeDecodeError as error:
        return Fault(str(file), f"is not UTF-8: byte {error.start + 1} is none of it")


def _read(file: Path) -> bytes | None:
    """One byte too many tells a file that is too large; None: no regular file."""
    with open(file, "rb", opener=_opened) as opened:
        found = os.fstat(opened.fileno())
        if not (stat.S_ISREG(found.st_mode) or _is_null_device(found)):
            return None
        return opened.read(BYTES_MAX + 1)


def _opened(path: str, flags: int) -> int:
    # Not to wait for who may write to a pipe.
    return os.open(path, flags | os.O_NONBLOCK)


def _is_null_device(found: os.stat_result) -> bool:
    """Which says as a file that there are no settings."""
    return stat.S_ISCHR(found.st_mode) and found.st_rdev == os.stat(os.devnull).st_rdev
