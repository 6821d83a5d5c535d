"""What the files of any store have in common: one writer at a time, and trouble told to people."""

import fcntl
import os
from pathlib import Path
from typing import IO

from gwproactor.domain.problems import Problems
from gwproactor.ports.event_sink import StoreProblem


class MediumError(Exception):
    """A file cannot be used; the text names the path, the cause and what to do."""


def problem_to_tell(summary: str, detail: str) -> StoreProblem:
    """*detail* names the path, the cause and what to do."""
    return StoreProblem(summary, Problems(summary, errors=[MediumError(detail)]))


def sole_writer(lock: Path, path: Path) -> IO[str]:
    """A lock held as long as the returned file is open; the kernel frees it if we are killed.

    Raises MediumError, about *path*, if somebody has it.
    """
    file = lock.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        kind = "folder" if path.is_dir() else "file"
        raise MediumError(
            f"{path} is in use by process {owner}: stop it, or name another {kind}"
        ) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file
