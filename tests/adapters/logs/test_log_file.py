"""A log file that rolls over, and that outlives a disk without room."""

import errno
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gwproactor.adapters.logs import LogFile
from tests.support.logs import lines


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., LogFile]]:
    """Of a log file of lines that are messages; all are closed at the end."""
    made: list[LogFile] = []

    def make(
        path: Path = tmp_path / "node.log", bytes_max: int = 50, files_max: int = 3
    ) -> LogFile:
        made.append(LogFile(path, bytes_max, files_max))
        return made[-1]

    yield make
    for file in made:
        file.close()


def put(file: LogFile, *messages: str) -> None:
    for message in messages:
        file.handle(logging.makeLogRecord({"msg": message}))


def test_a_full_file_is_renamed_and_the_oldest_is_dropped(make: Callable[..., LogFile]) -> None:
    file = make(bytes_max=10, files_max=3)
    put(file, *(f"line {number}" for number in range(6)))

    kept = {path.name: lines(path) for path in file.path.parent.iterdir()}
    assert kept == {
        "node.log": ["line 5"],
        "node.log.1": ["line 4"],
        "node.log.2": ["line 3"],
    }


def test_the_bound_is_not_passed_by_a_byte(make: Callable[..., LogFile]) -> None:
    file = make(bytes_max=10)
    put(file, "1234", "5678", "9")

    assert lines(file.path) == ["9"]
    assert lines(Path(f"{file.path}.1")) == ["1234", "5678"]


def test_a_bound_that_is_never_reached_costs_nothing(make: Callable[..., LogFile]) -> None:
    file = make(bytes_max=10, files_max=10**15)
    put(file, *(f"line {number}" for number in range(3)))

    kept = {path.name: lines(path) for path in file.path.parent.iterdir()}
    assert kept == {
        "node.log": ["line 2"],
        "node.log.1": ["line 1"],
        "node.log.2": ["line 0"],
    }


def test_a_file_that_is_missing_among_the_older_ones_is_filled(
    make: Callable[..., LogFile],
) -> None:
    file = make(bytes_max=10, files_max=5)
    put(file, *(f"line {number}" for number in range(4)))
    Path(f"{file.path}.2").unlink()
    put(file, "line 4")

    kept = {path.name: lines(path) for path in file.path.parent.iterdir()}
    assert kept == {
        "node.log": ["line 4"],
        "node.log.1": ["line 3"],
        "node.log.2": ["line 2"],
        "node.log.3": ["line 0"],
    }


def test_a_single_file_keeps_its_bound_too(make: Callable[..., LogFile]) -> None:
    file = make(bytes_max=10, files_max=1)
    put(file, *(f"line {number}" for number in range(5)))

    assert [path.name for path in file.path.parent.iterdir()] == ["node.log"]
    assert lines(file.path) == ["line 4"]


def test_a_line_longer_than_a_file_is_written_whole(make: Callable[..., LogFile]) -> None:
    file = make(bytes_max=10)
    put(file, "a", "b" * 100, "c")

    assert lines(Path(f"{file.path}.1")) == ["b" * 100]
    assert lines(file.path) == ["c"]


def test_a_file_of_an_earlier_run_is_continued_and_counts(make: Callable[..., LogFile]) -> None:
    put(make(bytes_max=20), "0123456789")
    again = make(bytes_max=20)
    put(again, "abc", "defgh")

    assert lines(Path(f"{again.path}.1")) == ["0123456789", "abc"]
    assert lines(again.path) == ["defgh"]


def test_the_folder_is_made_also_when_it_was_removed(
    make: Callable[..., LogFile], tmp_path: Path
) -> None:
    file = make(tmp_path / "state" / "log" / "node.log", bytes_max=10)
    put(file, "first one")
    file.path.unlink()
    file.path.parent.rmdir()
    put(file, "the second, which opens a new file", "third")

    assert lines(file.path)[-1] == "third"


def test_text_that_is_no_unicode_is_written_escaped(make: Callable[..., LogFile]) -> None:
    file = make()
    put(file, "file \udcff, 20 °C")

    assert lines(file.path) == ["file \\udcff, 20 °C"]


def test_lines_that_a_full_disk_has_no_room_for_are_told_once_and_counted(
    make: Callable[..., LogFile], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`/dev/full` is a disk without room; the link to it is the file's disk."""
    path = tmp_path / "node.log"
    path.symlink_to("/dev/full")
    file = make(path, bytes_max=1_000)
    put(file, "lost 1", "lost 2", "lost 3")
    path.unlink()
    put(file, "kept 1", "kept 2")

    told = capsys.readouterr().err
    assert told == f"lines of the log are lost: {path}: No space left on device\n"
    assert lines(path) == [
        "3 lines of this log were lost: No space left on device",
        "kept 1",
        "kept 2",
    ]


def test_a_folder_that_cannot_be_made_raises_nothing_until_asked(
    make: Callable[..., LogFile], tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    file = make(tmp_path / "taken" / "node.log")
    put(file, "lost")

    with pytest.raises(OSError, match="taken"):
        file.open()


def test_who_opens_it_tells_why_it_cannot_be_and_later_losses_are_told_again(
    make: Callable[..., LogFile], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "taken"
    folder.write_text("")
    file = make(folder / "node.log", bytes_max=10)
    with pytest.raises(OSError, match="taken"):
        file.open()
    put(file, "lost")
    assert capsys.readouterr().err == ""

    folder.unlink()
    put(file, "kept")
    file.path.unlink()
    folder.rmdir()
    folder.write_text("")
    put(file, "the next, in a new file")
    told = capsys.readouterr().err
    assert told.startswith(f"lines of the log are lost: {file.path}: ")


def test_no_half_of_a_line_stays_where_the_room_ends(tmp_path: Path) -> None:
    """A process whose files may be of 25 bytes stands for a disk with room for 25 more."""
    script = f"""
import logging, resource
from pathlib import Path
from gwproactor.adapters.logs import LogFile
resource.setrlimit(resource.RLIMIT_FSIZE, (25, 1_000_000))
file = LogFile(Path({str(tmp_path / "node.log")!r}), 1_000, 2)
for number in range(4):
    file.handle(logging.makeLogRecord({{"msg": f"line {{number}}"}}))
file.handle(logging.makeLogRecord({{"msg": "line 4, which is longer"}}))
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
file.handle(logging.makeLogRecord({{"msg": "line 5"}}))
"""
    subprocess.run([sys.executable, "-c", script], check=True)

    assert lines(tmp_path / "node.log") == [
        "line 0",
        "line 1",
        "line 2",
        f"2 lines of this log were lost: {os.strerror(errno.EFBIG)}",
        "line 5",
    ]


@pytest.mark.filterwarnings("default")
def test_a_record_that_cannot_be_formatted_is_no_fault_of_the_file(
    make: Callable[..., LogFile], capsys: pytest.CaptureFixture[str]
) -> None:
    file = make()
    file.handle(logging.makeLogRecord({"msg": "%d", "args": ("no number",)}))
    put(file, "next")

    assert lines(file.path) == ["next"]
    assert "no number" in capsys.readouterr().err


def test_threads_write_whole_lines(make: Callable[..., LogFile]) -> None:
    file = make(bytes_max=1_000, files_max=100)
    threads = [
        threading.Thread(target=put, args=(file, *[f"{name * 20}"] * 200)) for name in "abcd"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    written = [line for path in file.path.parent.iterdir() for line in lines(path)]
    assert sorted(written) == sorted([name * 20 for name in "abcd"] * 200)
