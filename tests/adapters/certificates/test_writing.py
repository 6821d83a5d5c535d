"""Files appear whole, and take no other's place."""

import os
from pathlib import Path

import pytest

from gwproactor.adapters.certificates.writing import replace, write_new


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"old")

    with pytest.raises(FileExistsError):
        write_new(path, b"new", private=True)

    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"key": b"old"}


def test_a_link_to_nowhere_is_not_written_through(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(FileExistsError):
        write_new(path, b"new", private=True)

    assert os.listdir(tmp_path) == ["key"]


def test_nothing_is_left_of_what_could_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(OSError, match="directory"):
        replace(tmp_path / "folder", b"new")

    assert os.listdir(tmp_path) == ["folder"]
