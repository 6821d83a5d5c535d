"""An instance id on a real disk: kept, repaired, and done without."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from gwproactor.adapters.identity import InstanceIdFile

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "house" / "data" / "instance-id"


def read(path: Path) -> str:
    """As a new run of the node does."""
    return InstanceIdFile(path).read()


def test_nothing_is_written_before_it_is_asked_for(path: Path, tmp_path: Path) -> None:
    assert InstanceIdFile(path).known == ""
    assert list(tmp_path.iterdir()) == []


def test_it_stays_the_same_over_restarts_and_its_file_is_alone(path: Path) -> None:
    made = read(path)
    assert UUID4.fullmatch(made)
    assert read(path) == made
    assert [file.name for file in path.parent.iterdir()] == ["instance-id"]


def test_each_installation_has_its_own(tmp_path: Path) -> None:
    assert read(tmp_path / "one") != read(tmp_path / "other")


@pytest.mark.parametrize(
    ("content", "taken"),
    [
        (b"house-12-left \n", "house-12-left"),
        (b"\xef\xbb\xbfhouse-12-left\r\n", "house-12-left"),
        (b"{0D9C4A6E-7E6B-4D21-9C0B-3C5B0A4C77E1}\n", "{0D9C4A6E-7E6B-4D21-9C0B-3C5B0A4C77E1}"),
        (b"house_12.left:b@lan", "house_12.left:b@lan"),
    ],
)
def test_what_an_engineer_wrote_is_taken(path: Path, content: bytes, taken: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert read(path) == taken
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"", b"\n", b"\0" * 37, b"\xef\xbb\xbf\r\n"])
def test_where_nothing_is_written_an_id_is_for_good(
    path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    made = read(path)
    assert UUID4.fullmatch(made)
    assert read(path) == made
    assert caplog.messages == [f"{path} held no instance id: another one was made"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        *(
            (content, "holds something else than 8 to 64 letters, digits and . _ : @ { } -")
            for content in (b"too few", b"a b c d e", b"x" * 65, b"\xff" * 8, b"notes/of#mine")
        ),
        (b"x" * 1_001, "is larger than 1,000 bytes"),
    ],
)
def test_what_is_no_id_is_told_and_left_alone(
    path: Path, content: bytes, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert UUID4.fullmatch(read(path))
    assert path.read_bytes() == content
    assert caplog.messages == [refusal(path, reason)]


def refusal(path: Path, reason: str) -> str:
    return (
        f"the instance id cannot be kept: {path} {reason}; brokers see another client at each "
        "start of this node"
    )


def a_file_as_folder(path: Path) -> str:
    path.parent.parent.mkdir(parents=True)
    path.parent.write_text("")
    return "cannot be read: Not a directory"


def a_folder_as_file(path: Path) -> str:
    path.mkdir(parents=True)
    return "is a folder, not a file"


def a_pipe(path: Path) -> str:
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    return "is no regular file"


def a_folder_that_takes_nothing(path: Path) -> str:
    path.parent.parent.mkdir(parents=True)
    path.parent.symlink_to("/proc")
    return "cannot be written: No such file or directory"


@pytest.mark.parametrize(
    "obstacle", [a_file_as_folder, a_folder_as_file, a_pipe, a_folder_that_takes_nothing]
)
def test_where_the_disk_refuses_it_is_one_for_this_run_and_the_log_says_so(
    path: Path, obstacle: Callable[[Path], str], caplog: pytest.LogCaptureFixture
) -> None:
    reason = obstacle(path)
    instance_id = InstanceIdFile(path)
    made = instance_id.read()
    assert UUID4.fullmatch(made)
    assert instance_id.read() == made
    assert caplog.messages == [refusal(path, reason)]
    assert read(path) != made
