"""Recording says what is missing where it cannot be done; `record` checks that it is complete."""

import ctypes
import shutil
from pathlib import Path

import pytest

from tests.crash.oplog import Entry
from tests.crash.sqlite_vfs import (
    RecordingUnavailableError,
    RecordingVfs,
    candidates,
    recordable,
)


def test_a_sqlite_without_its_functions_is_explained() -> None:
    with pytest.raises(RecordingUnavailableError, match="whose _sqlite3 uses the shared"):
        recordable(["libm.so.6"])


def test_a_second_sqlite_is_not_taken_for_pythons_own(tmp_path: Path) -> None:
    name = next(candidates())
    assert name is not None
    copy = shutil.copy(name, tmp_path / "libsqlite3-copy.so")
    log: list[Entry] = []
    with pytest.raises(RecordingUnavailableError, match="nothing would be recorded"):
        RecordingVfs(tmp_path, log, ctypes.CDLL(str(copy)))
