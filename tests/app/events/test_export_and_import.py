"""`gwproactor events export` and `import`: out of a store, and from the original's folder in."""

import json
import os
from pathlib import Path

import pytest

from gwproactor.adapters.persistence.files.file_port import lock_folder
from gwproactor.adapters.persistence.files.rolling_names import hashed
from gwproactor.domain.stored_event import Quarantined
from tests.support.event_places import (
    TYPE,
    Make,
    event,
    events_of,
    files_below,
    lines_of,
    make_folder,
    make_sink,
    make_store,
    run,
)

JUNK = [b"", b"{", b"\xff\xfe", b"[]", b'{"MessageId":"x"}', b'{"TypeName":"t"}']


@pytest.mark.parametrize("make", [make_store, make_sink, make_folder])
@pytest.mark.parametrize("to_file", [False, True])
def test_each_event_becomes_a_line(tmp_path: Path, make: Make, *, to_file: bool) -> None:
    events = [event(i) for i in range(600)]
    path, target = make(tmp_path / "place", events), tmp_path / "out.jsonl"

    result = run("export", path, *(["--to", target] if to_file else []))

    written = target.read_bytes() if to_file else result.stdout_bytes
    assert written == b"".join(line + b"\n" for line in events)
    assert "600 exported" in result.stderr
    assert result.exit_code == 0


def test_an_event_of_several_lines_becomes_one(tmp_path: Path) -> None:
    text = json.dumps(json.loads(event(0, Big=10**30)), indent=2).encode()
    path = make_store(tmp_path / "store", [text])

    assert run("export", path).stdout_bytes == event(0, Big=10**30) + b"\n"


@pytest.mark.parametrize("form", ["jsonl", "rolling-files"])
def test_what_cannot_be_read_is_left_out_named_and_told_by_the_code(
    tmp_path: Path, form: str
) -> None:
    path = make_store(tmp_path / "store", [*JUNK, event(7)])

    result = run("export", path, "--format", form, "--to", tmp_path / "out")

    assert result.exit_code == 1
    assert "event 1 (junk-0): it is empty\n" in result.stderr
    assert "6 cannot be read and were left out" in result.stderr
    out = tmp_path / "out"
    assert event(7) in (files_below(out).values() if out.is_dir() else out.read_bytes())


@pytest.mark.parametrize("form", ["jsonl", "rolling-files"])
def test_nothing_is_overwritten(tmp_path: Path, form: str) -> None:
    path = make_store(tmp_path / "store", [event(0)])
    target = tmp_path / "target"
    target.mkdir()
    (target / "mine").write_text("mine")
    before = files_below(tmp_path)

    result = run("export", path, "--format", form, "--to", target)

    assert result.exit_code == 2
    assert f"{target}: " in result.stderr
    assert files_below(tmp_path) == before


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    path = make_store(tmp_path / "store", [event(0)])

    result = run("export", path, "--to", tmp_path / "none" / "out")

    assert result.exit_code == 2
    assert f"{tmp_path / 'none'}" in result.stderr
    assert "No such file or directory" in result.stderr


def test_rolling_files_need_a_folder_and_a_store(tmp_path: Path) -> None:
    path = make_sink(tmp_path / "sink", [event(0)])

    without = run("export", path, "--format", "rolling-files")
    of_sink = run("export", path, "--format", "rolling-files", "--to", tmp_path / "out")

    assert (without.exit_code, of_sink.exit_code) == (2, 2)
    assert "give --to DIR" in without.stderr
    assert "export them with --format jsonl" in of_sink.stderr
    assert not (tmp_path / "out").exists()


def test_the_originals_files_are_named_by_time_in_the_order_of_numbers(tmp_path: Path) -> None:
    late, early = event(43_200), event(-43_201)  # the next midnight, and the day before
    path = make_store(tmp_path / "store", [event(0), event(1), event(0.5), late, early])  # type: ignore[arg-type] # a half

    assert run("export", path, "--format", "rolling-files", "--to", tmp_path / "out").exit_code == 0

    day, next_day = "2024-11-23T00:00:00+00:00", "2024-11-24T00:00:00+00:00"
    assert sorted(files_below(tmp_path / "out")) == [
        f"{day}/2024-11-23T12:00:00+00:00.uid[id-0].json",
        f"{day}/2024-11-23T12:00:01+00:00.uid[id-1].json",
        f"{day}/2024-11-23T12:00:01.000001+00:00.uid[id-0.5].json",
        f"{next_day}/2024-11-24T00:00:00+00:00.uid[id-43200].json",
        f"{next_day}/2024-11-24T00:00:00.000001+00:00.uid[id--43201].json",
    ]


@pytest.mark.parametrize("message_id", ["a/b", "..", "x" * 250, "\u0000", "é" * 120])
def test_an_id_that_is_no_file_name_is_exported_under_the_name_that_a_store_gives_it(
    tmp_path: Path, message_id: str
) -> None:
    path = make_store(tmp_path / "store", [event(0, MessageId=message_id)])

    result = run("export", path, "--format", "rolling-files", "--to", tmp_path / "out")

    (file,) = (tmp_path / "out").glob("*/*")
    uid = message_id if message_id == ".." else hashed(message_id)
    assert file.name.partition(".uid")[2] == f"[{uid}].json"
    assert file.read_bytes() == event(0, MessageId=message_id)
    assert (result.exit_code, "left out" in result.stderr) == (0, False)


def test_a_folder_moves_into_a_store(tmp_path: Path) -> None:
    events = [event(i) for i in range(700)]
    folder, store = make_folder(tmp_path / "event", events), tmp_path / "new" / "events.sqlite"

    result = run("import", folder, "--into", store)

    assert (result.stderr, result.exit_code) == ("", 0)
    assert f"700 events ({sum(map(len, events)):,} bytes) of {folder} are in {store}" in (
        result.stdout
    )
    assert events_of(store) == events
    assert list(folder.iterdir()) == []


def test_what_cannot_be_read_is_kept(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "event", [*JUNK, event(7)])
    day = folder / "2024-11-24T00:00:00+00:00"
    (day / "notes.txt").write_text("mine")
    (day / "2024-11-24T12:00:00+00:00.uid[folder].json").mkdir()
    (folder / "beside").write_text("not looked at")
    before = files_below(folder)

    result = run("import", folder, "--into", tmp_path / "store")

    gone = [name for name in before if name not in files_below(folder)]
    assert [before[name] for name in gone] == [event(7)]
    assert events_of(tmp_path / "store") == [event(7)]
    assert result.exit_code == 1
    assert "8 files are no events that can be read; they are kept" in result.stdout
    assert "uid[id-0].json: it is empty\n" in result.stderr
    assert "notes.txt: it is not named as an event\n" in result.stderr


def test_many_files_that_cannot_be_read_are_counted_but_not_all_named(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "event", [b""] * 50)

    result = run("import", folder, "--into", tmp_path / "store", "--json")

    assert result.stderr.count("it is empty") == 20
    assert lines_of(result) == [
        {
            "imported": 0,
            "imported_bytes": 0,
            "already_there": 0,
            "kept": 50,
            "interrupted": False,
        }
    ]


def test_an_event_that_is_there_is_not_taken_twice(tmp_path: Path) -> None:
    """As if the files had come back: the first came by import, the second is the node's own."""
    store = make_store(tmp_path / "store", [event(1)])
    assert run("import", make_folder(tmp_path / "a", [event(0)]), "--into", store).exit_code == 0

    again = make_folder(tmp_path / "b", [event(0), event(1), event(2), event(2)])
    result = run("import", again, "--into", store, "--json")

    assert events_of(store) == [event(1), event(0), event(2)]
    (told,) = lines_of(result)
    assert (told["imported"], told["already_there"]) == (1, 3)
    assert list(again.iterdir()) == []


def test_the_id_inside_counts_and_the_one_in_the_name_does_not(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "event", [])
    day = folder / "2024-11-23T00:00:00+00:00"
    day.mkdir()
    (day / "2024-11-23T12:00:00+00:00.uid[other].json").write_bytes(event(0))

    assert run("import", folder, "--into", tmp_path / "store").exit_code == 0
    (line,) = lines_of(run("ls", tmp_path / "store", "--json"))
    assert line["message_id"] == "id-0"


def test_a_running_nodes_store_takes_no_import(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "event", [event(0)])
    with lock_folder(folder):
        result = run("import", folder, "--into", tmp_path / "store")

    assert result.exit_code == 2
    assert f"{folder} is in use by process" in result.stderr
    assert event(0) in files_below(folder).values()


@pytest.mark.parametrize("make", [make_store, make_sink])
def test_only_a_stores_folder_is_imported(tmp_path: Path, make: Make) -> None:
    path = make(tmp_path / "place", [event(0)])

    result = run("import", path, "--into", tmp_path / "store")

    assert result.exit_code == 2
    assert "only the folder of an event store can be imported" in result.stderr
    assert not (tmp_path / "store").exists()


def test_nothing_is_imported_into_what_is_no_file(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "event", [event(0)])
    into, pipe = tmp_path / "into", tmp_path / "pipe"
    into.mkdir()
    os.mkfifo(pipe)

    to_folder = run("import", folder, "--into", into)
    to_pipe = run("import", folder, "--into", pipe)

    assert to_folder.stderr == f"{into} is a folder: name a file\n"
    assert to_pipe.stderr == f"{pipe} is neither a file nor a folder: name a file\n"
    assert (to_folder.exit_code, to_pipe.exit_code) == (2, 2)
    assert list(files_below(folder).values()) == [event(0)]
    assert list(into.iterdir()) == []


def test_nothing_is_imported_into_a_sink(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "event", [event(0)])
    sink = make_sink(tmp_path / "sink", [event(1)])

    assert run("import", folder, "--into", sink).exit_code == 2
    assert event(0) in files_below(folder).values()
    assert len(lines_of(run("ls", sink, "--json"))) == 1


def test_there_and_back_again(tmp_path: Path) -> None:
    """Order and content survive; a quarantine ends where the original knows none."""
    events = [event(i, type_name=f"{TYPE}{i % 3}") for i in (3, 1, 2, 0)]
    store = make_store(
        tmp_path / "store", events, quarantined=[Quarantined(2, f"{TYPE}1", "why", 0)]
    )

    assert run("export", store, "--format", "rolling-files", "--to", tmp_path / "a").exit_code == 0
    assert run("import", tmp_path / "a", "--into", tmp_path / "back").exit_code == 0
    assert events_of(tmp_path / "back") == events


def test_a_damaged_store_takes_no_import_and_the_files_stay(tmp_path: Path) -> None:
    store = make_store(tmp_path / "store", [event(i) for i in range(100)])
    store.write_bytes(b"no database " * 1_000)
    folder = make_folder(tmp_path / "event", [event(200)])

    result = run("import", folder, "--into", store)

    assert result.exit_code == 2
    assert "it is no database: name a node's event store or sink" in result.stderr
    assert event(200) in files_below(folder).values()
