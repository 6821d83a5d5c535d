"""Reads the files in which settings are written, each once, whatever they turn out to be."""

import os
from pathlib import Path
from typing import Final

import attrs

from gwproactor.adapters.regular_files import is_absent, read_regular
from gwproactor.app.config.fault import Fault
from gwproactor.domain.outcome import Failure

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
    if _is_null_device(file):
        return ""
    read = read_regular(file, BYTES_MAX)
    if isinstance(read, Failure):
        is_broken_link = file.is_symlink() and is_absent(file)
        reason = "links to a file that is not there" if is_broken_link else read.failure().reason
        return Fault(str(file), reason)
    data = read.unwrap()
    try:
        return data.removeprefix(BYTE_ORDER_MARK).decode()
    except UnicodeDecodeError as error:
        return Fault(str(file), f"is not UTF-8: byte {error.start + 1} is none of it")


def _is_null_device(file: Path) -> bool:
    """Which says as a file that there are no settings."""
    return str(file) == os.devnull
