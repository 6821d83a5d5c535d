"""Files appear whole, and take no other's place."""

import errno
import os
from pathlib import Path

import pytest

from gwproactor.adapters.durable_files import new_file, new_folder, replace, write_new


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


def test_a_file_that_came_while_another_was_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "key"

    with pytest.raises(FileExistsError), new_file(path):
        path.write_bytes(b"first")

    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"key": b"first"}


def test_a_disk_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "as of a FAT disk")

    monkeypatch.setattr(os, "link", link)
    path = tmp_path / "key"

    write_new(path, b"new")
    with pytest.raises(FileExistsError), new_file(tmp_path / "late"):
        (tmp_path / "late").write_bytes(b"first")

    found = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert found == {"key": b"new", "late": b"first"}


def test_a_file_is_not_there_before_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"

    with new_file(path) as file:
        file.write(b"half")
        assert not path.exists()

    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {path.name: b"half"}


def test_files_are_as_public_as_others_unless_they_are_private(tmp_path: Path) -> None:
    others = tmp_path / "others"
    others.touch()

    write_new(tmp_path / "house" / "certificate", b"")
    write_new(tmp_path / "house" / "private" / "key", b"", private=True)

    modes = [path.stat().st_mode & 0o777 for path in sorted((tmp_path / "house").rglob("*"))]
    assert modes == [others.stat().st_mode & 0o777, 0o700, 0o600]


def test_a_folder_takes_the_place_of_an_empty_one_only(tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.mkdir()
    with new_folder(path) as folder:
        (folder / "event").touch()

    with pytest.raises(OSError, match="not empty"), new_folder(path):
        pytest.fail("all would be done in vain")

    assert [file.name for file in tmp_path.rglob("*")] == ["export", "event"]


def test_a_folder_vanishes_that_could_not_be_filled(tmp_path: Path) -> None:
    def fill() -> None:
        with new_folder(tmp_path / "export") as folder:
            (folder / "event").touch()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fill()

    assert os.listdir(tmp_path) == []


def test_nothing_is_left_of_what_could_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(OSError, match="directory"):
        replace(tmp_path / "folder", b"new")

    assert os.listdir(tmp_path) == ["folder"]
