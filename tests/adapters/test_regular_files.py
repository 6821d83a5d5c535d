"""What is in the place of a file does not hold whoever reads it."""

import os
from pathlib import Path

import pytest

from gwproactor.adapters.regular_files import FileTrouble, is_absent, read_regular
from gwproactor.domain.outcome import Failure, Success


def test_a_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_regular(path, 5) == Success(b"12345")
    assert read_regular(path, 4) == Failure(FileTrouble(path, "is larger than 4 bytes"))


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert read_regular(path, 5) == Failure(FileTrouble(path, "is no regular file"))


@pytest.mark.parametrize(
    ("path", "reason", "absent"),
    [
        ("/nowhere/file", "does not exist", True),
        ("/etc", "is a folder, not a file", False),
        ("/dev/zero", "is no regular file", False),
        ("/etc/passwd/file", "cannot be read: Not a directory", False),
        ("/a\0b", "cannot be read: no file has such a name", False),
    ],
)
def test_what_is_no_file_is_told(path: str, reason: str, absent: bool) -> None:
    trouble = FileTrouble(Path(path), reason)
    assert read_regular(Path(path), 5) == Failure(trouble)
    assert is_absent(Path(path)) is absent
