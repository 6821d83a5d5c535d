"""The instance id of a node, on one line of a file of its own."""

import logging
import re
import threading
import uuid
from pathlib import Path
from typing import Final

from gwproactor.adapters.durable_files import replace
from gwproactor.adapters.regular_files import is_absent, read_regular
from gwproactor.domain.outcome import Failure, Outcome, Success

LOG: Final = logging.getLogger("gwproactor")

# What brokers, file names and pages all take; somebody may have written one of another origin.
FORM: Final = re.compile(r"[0-9A-Za-z._:@{}-]{8,64}")
FORM_IN_WORDS: Final = "8 to 64 letters, digits and . _ : @ { } -"
# Far more than an id: what else lies there must not fill the memory.
BYTES_MAX: Final = 1_000
# What a power cut leaves on some disks, beside nothing at all.
BLANK: Final = " \t\r\n\0"


class InstanceIdFile:
    """See the port. The file is made by the first `read`, at once or not at all, and survives a
    power cut. One that holds nothing is written anew; what else holds no id is left alone.

    Then, and where the disk refuses, the error is logged and the id is one for this run.
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
        match self._kept(made):
            case Success(kept):
                return kept
            case Failure(reason):
                LOG.error(
                    "the instance id cannot be kept: %s; brokers see another client at each start "
                    "of this node",
                    reason,
                )
                return made

    def _kept(self, made: str) -> Outcome[str, str]:
        """What is there; *made*, if that is nothing."""
        if not is_absent(self._path):
            found = self._read()
            if isinstance(found, Failure) or found.unwrap():
                return found
            LOG.warning("%s held no instance id: another one was made", self._path)
        try:
            replace(self._path, f"{made}\n".encode())
        except OSError as error:
            return Failure(f"{self._path} cannot be written: {error.strerror or error}")
        return Success(made)

    def _read(self) -> Outcome[str, str]:
        """Empty if there is nothing in the file."""
        match read_regular(self._path, BYTES_MAX):
            case Failure(trouble):
                return Failure(str(trouble))
            case Success(content):
                text = content.decode("utf-8-sig", errors="replace").strip(BLANK)
                if text and not FORM.fullmatch(text):
                    return Failure(f"{self._path} holds something else than {FORM_IN_WORDS}")
                return Success(text)
