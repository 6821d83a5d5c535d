"""The instance id of a node, on one line of a file of its own."""

import contextlib
import logging
import os
import re
import threading
import uuid
from pathlib import Path
from typing import Final

LOG: Final = logging.getLogger("gwproactor")

FORM: Final = re.compile(r"[0-9A-Za-z-]{8,64}")
# Far more than an id: what else lies there must not fill the memory.
BYTES_MAX: Final = 1_000


class InstanceIdFile:
    """See the port. The file is made by the first `read`, at once or not at all, and survives a
    power cut; what holds no id is replaced.

    Where the disk refuses, the error is logged and the id is one for this run.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reading = threading.Lock()
        self._known = ""

    @property
    def known(self) -> str:
        return self._known

    def read(self) -> str:
        with self._reading:
            if not self._known:
                self._known = self._read_or_make()
            return self._known

    def _read_or_make(self) -> str:
        made = str(uuid.uuid4())
        try:
            found = self._read()
            if not found:
                _write(self._path, f"{made}\n")
        except OSError as error:
            LOG.error(
                "the instance id cannot be kept in %s: %s; brokers see another client at each "
                "start of this node",
                self._path,
                error.strerror or error,
            )
            return made
        return found or made

    def _read(self) -> str:
        try:
            with self._path.open("rb") as file:
                content = file.read(BYTES_MAX)
        except FileNotFoundError:
            return ""
        text = content.decode(errors="replace").strip()
        if FORM.fullmatch(text):
            return text
        LOG.warning("%s held no instance id: another one was made", self._path)
        return ""


def _write(path: Path, text: str) -> None:
    """Make or replace the file, and what folders it needs, durably. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with new.open("w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        with contextlib.suppress(OSError):
            new.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
