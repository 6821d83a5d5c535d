"""What `gwproactor events` says of a path that it is given."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.event_places import event, lines_of, make_folder, make_store, run


def refused(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "none"

    assert f"{path} cannot be read (No such file or directory)" in refused("ls", path)
    assert not path.exists()


@pytest.mark.parametrize("command", ["ls", "show", "export", "quarantine", "stats"])
def test_each_command_refuses_what_keeps_no_events(tmp_path: Path, command: str) -> None:
    path = tmp_path / "text"
    path.write_text("no events " * 100)

    assert "it is no database" in refused(command, path, *["1"][: command == "show"])


def test_an_empty_file_and_a_foreign_database_hold_no_events(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with closing(sqlite3.connect(tmp_path / "foreign")) as database:
        database.execute("CREATE TABLE t (x)")

    assert "is empty" in refused("ls", tmp_path / "empty")
    assert "is another program's database" in refused("ls", tmp_path / "foreign")


def test_a_file_that_was_cut_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = make_store(tmp_path / "store", [event(i) for i in range(200)])
    path.write_bytes(path.read_bytes()[:5_000])

    assert f"{path}: database disk image is malformed" in refused("ls", path)


def test_a_nodes_folder_is_no_store_but_holds_some(tmp_path: Path) -> None:
    make_store(tmp_path / "events.sqlite", [])
    (tmp_path / "event").mkdir()

    says = refused("ls", tmp_path)
    assert f"name {tmp_path / 'events.sqlite'} or {tmp_path / 'event'}" in says


def test_another_folder_holds_no_events(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()

    assert f"{tmp_path} holds no events: name a node's event store" in refused("ls", tmp_path)


@pytest.mark.parametrize("command", ["ls", "show", "export", "quarantine", "stats"])
def test_what_is_neither_file_nor_folder_is_not_waited_for(tmp_path: Path, command: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    more = ["1"][: command == "show"]

    assert f"{pipe} is neither a file nor a folder" in refused(command, pipe, *more)
    assert "/dev/null is neither a file nor a folder" in refused(command, "/dev/null", *more)


def test_pipes_between_a_sinks_files_are_not_waited_for(tmp_path: Path) -> None:
    for name in ("events", "arrivals"):
        (tmp_path / name).mkdir()
    journal = tmp_path / "arrivals" / "2024-11-23.jsonl"
    os.mkfifo(journal)

    assert f"{journal} cannot be read (it is no file)" in refused("ls", tmp_path)


def test_pipes_beside_a_stores_events_are_not_waited_for(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "event", [event(0)])
    (file,) = folder.glob("*/*.json")
    aside = folder / "quarantine" / file.parent.name / file.name
    aside.parent.mkdir(parents=True)
    file.rename(aside)
    os.mkfifo(aside.with_suffix(".why"))

    (told,) = lines_of(run("ls", folder, "--json"))
    assert (told["message_id"], told["state"]) == ("id-0", "quarantined")


def test_an_empty_folder_is_a_store_without_events(tmp_path: Path) -> None:
    path = make_folder(tmp_path / "event", [])

    result = run("ls", path)

    assert (result.stdout, result.exit_code) == ("", 0)
    assert result.stderr == f"{path}: event store (rolling files), no event\n"


def test_a_folder_of_files_without_days_is_a_sink(tmp_path: Path) -> None:
    (tmp_path / "2024-11-23T12:00:00+00:00.uid[id-0].json").write_bytes(event(0))

    result = run("ls", tmp_path)

    assert result.stdout.endswith("\tid-0\t" + str(len(event(0))) + "\tstored\n")
    assert "event sink (files)" in result.stderr


@pytest.mark.parametrize("command", ["ls", "show", "export", "import", "quarantine", "stats"])
def test_each_command_has_help_with_an_example(command: str) -> None:
    result = run(command, "--help")

    assert result.exit_code == 0
    assert f"gwproactor events {command} " in result.stdout
