"""What the simulated disk shows after a kill and after a power cut."""

import random

from tests.crash.cuts import (
    KILL,
    LOST,
    NAMES_ONLY,
    SECTOR,
    any_sectors_kept,
    beginning_kept,
    middle_lost,
)
from tests.crash.disk import Cut, Disk, Image
from tests.crash.oplog import (
    Create,
    Delete,
    MakeFolder,
    Operation,
    RemoveFolder,
    Rename,
    Sync,
    SyncFolder,
    Truncate,
    Write,
)


def played(*operations: Operation) -> Disk:
    disk = Disk()
    for operation in operations:
        disk.play(operation)
    return disk


def files(disk: Disk, cut: Cut) -> dict[str, bytes]:
    return dict(disk.image(cut).files)


def ways(disk: Disk, path: str) -> set[bytes]:
    """Every content of *path* that tears with many seeds leave."""
    tears = [beginning_kept, middle_lost, any_sectors_kept]
    images = [disk.image(tear(random.Random(seed))) for tear in tears for seed in range(300)]
    return {image.files[path] for image in images if path in image.files}


NEW = (Create("a"), SyncFolder(""), Write("a", 0, b"old"), Sync("a"))


def test_a_kill_leaves_everything() -> None:
    disk = played(*NEW, Write("a", 3, b" and new"), Create("b"), Delete("b"), Create("c"))
    assert files(disk, KILL) == {"a": b"old and new", "c": b""}


def test_a_power_cut_leaves_what_was_synced() -> None:
    disk = played(*NEW, Write("a", 3, b" and new"), Create("b"))
    assert files(disk, LOST) == {"a": b"old"}
    assert files(disk, NAMES_ONLY) == {"a": b"old", "b": b""}


def test_a_synced_file_is_lost_with_a_name_that_was_not() -> None:
    disk = played(Create("a"), Write("a", 0, b"x"), Sync("a"))
    assert files(disk, LOST) == {}
    disk.play(SyncFolder(""))
    assert files(disk, LOST) == {"a": b"x"}


def test_a_file_is_lost_with_its_folder() -> None:
    disk = played(MakeFolder("f"), Create("f/a"), Sync("f/a"), SyncFolder("f"))
    assert disk.image(LOST) == Image((), {})
    disk.play(SyncFolder(""))
    assert disk.image(LOST) == Image(("f",), {"f/a": b""})


def test_a_rename_is_lost_whole() -> None:
    disk = played(*NEW, Create("t"), Write("t", 0, b"new"), Sync("t"), Rename("t", "a"))
    assert files(disk, KILL) == {"a": b"new"}
    assert files(disk, LOST) == {"a": b"old"}
    torn = [files(disk, beginning_kept(random.Random(seed))) for seed in range(100)]
    assert [one for one in torn if one not in ({"a": b"old"}, {"a": b"new"})] == [
        {"a": b"old", "t": b"new"} for one in torn if len(one) == 2
    ]


def test_a_rename_to_another_folder_is_durable_with_the_new_name() -> None:
    disk = played(MakeFolder("f"), *NEW, Rename("a", "f/b"))
    assert files(disk, KILL) == {"f/b": b"old"}
    assert files(disk, LOST) == {"a": b"old"}
    disk.play(SyncFolder(""))
    assert files(disk, LOST) == {"a": b"old"}
    disk.play(SyncFolder("f"))
    assert files(disk, LOST) == {"f/b": b"old"}


def test_a_new_name_that_is_durable_takes_the_old_one_away() -> None:
    disk = played(MakeFolder("f"), SyncFolder(""), Create("a"), Rename("a", "f/b"), SyncFolder("f"))
    assert files(disk, KILL) == files(disk, LOST) == {"f/b": b""}


def test_a_file_that_was_renamed_unsynced_may_be_empty() -> None:
    disk = played(*NEW, Create("t"), Write("t", 0, b"new"), Rename("t", "a"))
    assert files(disk, NAMES_ONLY) == {"a": b""}


def test_a_deleted_name_may_come_back_until_its_folder_is_synced() -> None:
    disk = played(*NEW, Delete("a"))
    assert files(disk, LOST) == {"a": b"old"}
    disk.play(Create("a"))
    assert files(disk, LOST) == {"a": b"old"}
    disk.play(SyncFolder(""))
    assert files(disk, LOST) == {"a": b""}


def test_a_removed_folder_may_come_back() -> None:
    disk = played(MakeFolder("f"), SyncFolder(""), RemoveFolder("f"))
    assert disk.image(KILL).folders == ()
    assert disk.image(LOST).folders == ("f",)


def test_any_sectors_of_what_was_not_synced_may_be_there() -> None:
    disk = played(*NEW, Write("a", SECTOR - 1, b"1" + b"2" * SECTOR + b"3"))
    start = b"old" + bytes(SECTOR - 4)
    one, two, three = b"1", b"2" * SECTOR, b"3"
    no, nothing = b"\0", bytes(SECTOR)
    assert ways(disk, "a") == {
        b"old",
        start + one,
        start + one + two,
        start + one + two + three,
        start + one + nothing + three,
        start + no + two,
        start + no + two + three,
        start + no + nothing + three,
    }


def test_a_file_may_be_cut_before_or_after_a_write() -> None:
    disk = played(*NEW, Truncate("a", 1), Write("a", 1, b"n"))
    assert files(disk, KILL) == {"a": b"on"}
    assert ways(disk, "a") == {b"old", b"o", b"on", b"ond"}


def test_a_disk_goes_on_with_an_image() -> None:
    image = Image(("f",), {"f/a": b"x", "b": b""})
    disk = Disk(image)
    assert not disk.has_unsynced()
    assert disk.image(LOST) == image
    disk.play(Write("f/a", 1, b"y"))
    assert disk.has_unsynced()
    assert not disk.has_unsynced_names()
