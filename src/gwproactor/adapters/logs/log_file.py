"""A log in a file that is renamed when it is full.

Unlike the handler of the standard library it formats each record once, begins again when a full
disk has room, keeps its bound with a single file too, and leaves no half of a line.
"""

import contextlib
import io
import logging
import os
import sys
from pathlib import Path
from typing import Final

from typing_extensions import override

LOGGER_NAME: Final = "gwproactor"


class LogFile(logging.Handler):
    """The file *path*, of at most *bytes_max* but for one longer line, and FILE.1 (the newest),
    FILE.2 …, *files_max* in all. The folder is made. Any thread.

    What cannot be written is lost: it is told once on standard error, and counted in the file
    when that takes lines again. No record raises.
    """

    def __init__(self, path: Path, bytes_max: int, files_max: int) -> None:
        super().__init__()
        self.path = path
        self._bytes_max = bytes_max
        self._files_max = files_max
        self._file: io.FileIO | None = None
        self._size = 0
        self._lost = 0
        self._why_lost = ""
        self._is_told = False

    def open(self) -> None:
        """Open the file now instead of with the first record. Raises OSError, which is for who
        called it to tell: it is not told once more for the records that are lost.
        """
        with self._locked():
            try:
                self._opened()
            except OSError:
                self._is_told = True
                raise

    @override
    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self._encoded(record)
        except Exception:  # whatever the arguments of a call raise when they are formatted
            self.handleError(record)
            return
        try:
            self._put(line)
        except OSError as error:
            self._failed(error)

    @override
    def close(self) -> None:
        with self._locked():
            self._drop()
        super().close()

    def _locked(self) -> contextlib.AbstractContextManager[object]:
        return self.lock or contextlib.nullcontext()

    def _encoded(self, record: logging.LogRecord) -> bytes:
        return f"{self.format(record)}\n".encode(errors="backslashreplace")

    def _put(self, line: bytes) -> None:
        file = self._opened()
        if self._size and self._size + len(line) > self._bytes_max:
            self._drop()
            self._roll()
            file = self._opened()
        if self._lost:
            self._write(file, self._encoded(self._loss()))
            self._lost = 0
        self._write(file, line)

    def _opened(self) -> io.FileIO:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = io.FileIO(self.path, "a")
            self._size = os.fstat(self._file.fileno()).st_size
        return self._file

    def _write(self, file: io.FileIO, line: bytes) -> None:
        rest = line
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except OSError:
            # The disk may have had room for a part of it.
            with contextlib.suppress(OSError):
                file.truncate(self._size)
            raise
        self._size += len(line)
        self._is_told = False

    def _roll(self) -> None:
        """As long as there are files: of a bound far above that, nothing is to be seen."""
        if self._files_max == 1:
            self.path.unlink(missing_ok=True)
            return
        free = 1
        while free < self._files_max - 1 and os.path.lexists(self._older(free)):
            free += 1
        for number in range(free, 0, -1):
            with contextlib.suppress(FileNotFoundError):
                self._older(number - 1).replace(self._older(number))

    def _older(self, number: int) -> Path:
        return Path(f"{self.path}.{number}") if number else self.path

    def _drop(self) -> None:
        """Let the next record open the file anew."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()

    def _failed(self, error: OSError) -> None:
        self._drop()
        self._lost += 1
        self._why_lost = error.strerror or str(error)
        if not self._is_told and sys.stderr is not None:
            self._is_told = True
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.write(f"lines of the log are lost: {self.path}: {self._why_lost}\n")

    def _loss(self) -> logging.LogRecord:
        return logging.makeLogRecord(
            {
                "name": LOGGER_NAME,
                "levelno": logging.WARNING,
                "levelname": "WARNING",
                "msg": "%d lines of this log were lost: %s",
                "args": (self._lost, self._why_lost),
            }
        )
