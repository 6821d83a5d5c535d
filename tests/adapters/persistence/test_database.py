"""Opening the file of a store or sink, and what is said when that cannot be done."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.adapters.persistence.sqlite import event_schema, received_file
from gwproactor.adapters.persistence.sqlite.database import DamagedError, Database, Schema
from gwproactor.adapters.persistence.sqlite.salvage import salvage_table

SCHEMA = Schema(kind=77, version=3, statements=("CREATE TABLE one (number)",))


@contextmanager
def opened(path: Path, schema: Schema = SCHEMA) -> Iterator[sqlite3.Connection]:
    database = Database(path, schema)
    try:
        database.open()
        yield database.connection
    finally:
        database.close()


def why_not(path: Path, schema: Schema = SCHEMA) -> str:
    with pytest.raises(MediumError) as raised, opened(path, schema):
        pass
    assert str(path) in str(raised.value)
    return str(raised.value)


def test_a_commit_survives_a_power_cut_and_readers_do_not_disturb_it(tmp_path: Path) -> None:
    with opened(tmp_path / "file") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def test_folders_are_made(tmp_path: Path) -> None:
    with opened(tmp_path / "a" / "b" / "file"):
        pass
    assert (tmp_path / "a" / "b" / "file").is_file()


def test_an_empty_file_is_a_new_database(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    for _ in range(2):
        with opened(path) as connection:
            assert connection.execute("SELECT count(*) FROM one").fetchone() == (0,)


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    assert "is a folder" in why_not(tmp_path)


@pytest.mark.parametrize("name", ["file", "folder/file"])
def test_a_file_in_place_of_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "in the way").write_text("something")
    detail = why_not(tmp_path / "in the way" / name)
    assert "check that this user may" in detail


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("this is my diary " * 1000)
    assert "move it away" in why_not(path)
    assert path.read_text() == "this is my diary " * 1000


def test_the_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE diary (day)")
    before = path.read_bytes()
    assert "something else" in why_not(path)
    assert path.read_bytes() == before


def test_a_sink_is_not_taken_for_a_store(tmp_path: Path) -> None:
    with opened(tmp_path / "file", received_file.SCHEMA):
        pass
    assert "something else" in why_not(tmp_path / "file", event_schema.SCHEMA)


@pytest.mark.parametrize("version", [2, 4])
def test_another_schema_is_refused_with_both_versions_named(tmp_path: Path, version: int) -> None:
    path = tmp_path / "file"
    with opened(path, Schema(SCHEMA.kind, version, SCHEMA.statements)):
        pass
    before = path.read_bytes()
    detail = why_not(path)
    assert f"schema is {version}" in detail
    assert "knows 3" in detail
    assert path.read_bytes() == before


def test_a_file_in_use_names_the_process_and_is_free_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with opened(path):
        assert "in use by process" in why_not(path)
        assert "in use by process" in why_not(path)  # the refused one took no lock away
    with opened(path):
        pass


def test_a_file_that_may_not_be_written_is_named_with_the_cause(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with opened(path) as connection:
        connection.execute("PRAGMA query_only = 1")  # root may write everywhere; SQLite may not
        database = Database(path, SCHEMA)
        with pytest.raises(sqlite3.OperationalError) as raised:
            connection.execute("INSERT INTO one VALUES (1)")
    assert "check that this user may write there" in database.explain(raised.value)


def test_what_fails_within_a_transaction_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "file", SCHEMA)

    def fail() -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO one VALUES (1)")
            raise ValueError("on purpose")

    database.open()
    try:
        with pytest.raises(ValueError, match="on purpose"):
            fail()
        with database.transaction() as connection:
            connection.execute("INSERT INTO one VALUES (2)")
        assert database.connection.execute("SELECT * FROM one").fetchall() == [(2,)]
    finally:
        database.close()


def test_what_can_be_read_of_a_damaged_file_goes_into_a_new_one(tmp_path: Path) -> None:
    """As a sink may do it: any file whose tables have an integer key."""
    path = tmp_path / "received.db"
    schema = received_file.SCHEMA
    row = (7, "src", "id", "type", None, None, b"x" * 500)
    with opened(path, schema) as connection:
        columns = "hash, src, message_id, type_name, epoch, number, payload"
        connection.execute("BEGIN")
        connection.executemany(
            f"INSERT INTO event ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [row] * 2000,
        )
        connection.execute("COMMIT")
    with path.open("r+b") as file:
        file.seek(50 * 4096)
        file.write(b"\xa5" * 4096 * 50)
    database = Database(path, schema)
    database.open()
    try:
        with pytest.raises(DamagedError):
            database.check()

        def copy(source: sqlite3.Connection | None, target: sqlite3.Connection) -> int:
            assert source is not None
            return salvage_table(source, target, "event", key="arrival").count

        count, kept = database.replace_damaged(copy)
        database.check()
        found = database.connection.execute(
            "SELECT count(*), max(arrival), count(DISTINCT hash) FROM event"
        ).fetchone()
        assert found == (count, 2000, 1)
        assert 1500 < count < 1800
        assert kept.exists()
        assert "in use by process" in why_not(path, schema)
    finally:
        database.close()
