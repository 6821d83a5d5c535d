"""The instance id of a node, on one line of a file of its own."""

import logging
import re
import threading
import uuid
from pathlib import Path
from typing import Final

from gwproactor.adapters.durable_files import replace

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
                replace(self._path, f"{made}\n".encode())
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
