"""One SQLite file with one writer: opening, transactions, and errors that say what to do.

WAL with synchronous=FULL: a commit that returned survives a power cut, and readers do not disturb
the writer (sqlite.org/wal.html). Everything here belongs to the thread that calls `open`.
"""

import contextlib
import itertools
import os
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Final, TypeVar

import attrs

from gwproactor.adapters.durable_files import make_folder
from gwproactor.adapters.persistence.medium import MediumError, sole_writer
from gwproactor.adapters.persistence.sqlite.columns import UnreadableRowError
from gwproactor.adapters.persistence.sqlite.file_place import log_of, size_of
from gwproactor.adapters.persistence.sqlite.salvage import (
    Copy,
    finish_replacement,
    is_damage,
    keep_aside,
    salvage,
)
from gwproactor.adapters.persistence.sqlite.wal_check import lost_frames

T = TypeVar("T")

# How long a commit waits while another program (a backup, a shell) holds the file locked. The
# batch then counts as failed and is tried again.
BUSY_TIMEOUT_S = 5.0

_ADVICE: Final = {
    "SQLITE_BUSY": "another program holds it locked: end that program",
    "SQLITE_CANTOPEN": "check that its folder exists and that this user may write there",
    "SQLITE_CORRUPT": "it is damaged: move it away and a new one is made",
    "SQLITE_FULL": "make room on the disk",
    "SQLITE_IOERR": "the disk or its file system fails",
    "SQLITE_NOTADB": "it is no database: move it away and a new one is made",
    "SQLITE_PERM": "check that this user may write there",
    "SQLITE_READONLY": "check that this user may write there and that the disk is writable",
}


# After these a connection may be of no use for good, even when the disk is back.
_REOPEN_AFTER: Final = ("SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")


class DamagedError(MediumError):
    """The file itself is to blame: `salvage` may help."""


def is_from_damage(error: Exception) -> bool:
    """Whether the file is to blame, and a new one would do."""
    return isinstance(error, DamagedError) or is_damage(error)


def spoils_connection(error: Exception) -> bool:
    """Whether only a new connection may work after this."""
    return str(getattr(error, "sqlite_errorname", "")).startswith(_REOPEN_AFTER)


@attrs.frozen
class Schema:
    """The tables of one kind of file. `kind` is its application id in SQLite.

    `migrations` lead from a version to the next. The *first* statements make the tables with which
    the files of every version began, in this order.
    """

    kind: int
    version: int
    statements: tuple[str, ...]
    migrations: Mapping[int, tuple[str, ...]] = attrs.Factory(dict)
    first: int = 1

    def to_make(self) -> tuple[str, ...]:
        return (*self.statements, *self._to_mark())

    def to_migrate(self, version: int) -> tuple[str, ...] | None:
        """What makes a file of this older version one of ours; None: it cannot be done."""
        if not 0 < version < self.version:
            return None
        steps = [self.migrations.get(old) for old in range(version, self.version)]
        found = [step for step in steps if step is not None]
        is_complete = len(found) == len(steps)
        return (*itertools.chain(*found), *self._to_mark()) if is_complete else None

    def _to_mark(self) -> tuple[str, ...]:
        return (f"PRAGMA application_id = {self.kind}", f"PRAGMA user_version = {self.version}")


@attrs.define
class Database:
    """The file at *path*, once opened for its only writer."""

    path: Path
    schema: Schema
    _connection: sqlite3.Connection | None = attrs.field(init=False, default=None)
    _lock: IO[str] | None = attrs.field(init=False, default=None)

    @property
    def connection(self) -> sqlite3.Connection:
        if self._connection is None:
            raise MediumError(f"{self.path} is not open")
        return self._connection

    def open(self) -> None:
        """Make the file and its folders if missing.

        Raises DamagedError or MediumError; `close` is due even so.
        """
        with self.explained():
            if self.path.is_dir():
                raise MediumError(f"{self.path} is a folder: name a file")
            make_folder(self.path.parent)
            self.hold_lock()
            finish_replacement(self.path)
            self._check_log()
            self.reopen()

    def hold_lock(self) -> None:
        """Be the only writer, also if the lock's file was removed. Raises MediumError if in use."""
        # It lies beside the database, because closing a second descriptor of the database itself
        # would drop SQLite's own locks (sqlite.org/howtocorrupt.html §2.2).
        path = self.path.resolve()
        path = path.with_name(path.name + ".lock")
        if self._lock is not None and _is_same(self._lock, path):
            return
        held, self._lock = self._lock, sole_writer(path, self.path)
        if held is not None:
            held.close()

    def reopen(self) -> None:
        """Connect anew, to what lies at the path now. Raises as `open`."""
        self.disconnect()
        with self.explained():
            log = log_of(self.path)
            if size_of(self.path) == 0 and size_of(log) > 0:  # SQLite would delete the log
                raise DamagedError(f"{self.path} is empty or missing, but {log.name} is not")
            self._connection = self.connect()
            self._check_or_make_tables()

    def check(self) -> None:
        """Read all of it. Raises DamagedError."""
        with self.explained():
            (found,) = self.connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise DamagedError(f"{self.path} is damaged: {found}")

    def replace_damaged(self, copy: Copy[T]) -> tuple[T, Path]:
        """Keep the file beside, and go on with a new one, into which *copy* puts what it can read
        of the old; such as by `salvage_table`. What *copy* returned, and the path of the old one.

        Raises MediumError, and then the old one is still in its place.
        """
        with self.explained():
            self.disconnect()
            result = salvage(self.path, self.schema.to_make(), self.schema.first, copy)
            kept = keep_aside(self.path, "damaged")
            finish_replacement(self.path)
            self.reopen()
        return result, kept

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block is durable after it, or, if something raised, nothing of it is kept."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # after some disk errors SQLite has rolled back itself
                connection.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Errors of the block are raised as MediumError."""
        try:
            yield
        except (OSError, sqlite3.Error, UnreadableRowError) as error:
            kind = DamagedError if is_damage(error) else MediumError
            raise kind(self.explain(error)) from error

    def explain(self, error: Exception) -> str:
        """The path, the cause, and what to do about it."""
        if isinstance(error, MediumError):
            return str(error)
        if isinstance(error, OSError):
            return (
                f"{self.path}: {error.strerror} ({error.filename}): check that this user may make "
                "and write files there"
            )
        if isinstance(error, UnreadableRowError):
            return f"{self.path}: {error}"
        if not isinstance(error, sqlite3.Error):
            return f"{self.path}: {error!r}"
        name = getattr(error, "sqlite_errorname", "")
        advice = (text for code, text in _ADVICE.items() if name.startswith(code))
        return f"{self.path}: {error} ({next(advice, name or type(error).__name__)})"

    def disconnect(self) -> None:
        """Let go of the file, but not of its lock."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        self.disconnect()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _check_log(self) -> None:
        log = log_of(self.path)
        lost = lost_frames(log)
        if lost:
            raise DamagedError(
                f"{self.path} has a damaged log: {lost} pages behind the damage in {log.name} are "
                "whole, but SQLite does not read them"
            )

    def _check_or_make_tables(self) -> None:
        kind, version, tables = (
            self.connection.execute(query).fetchone()[0]
            for query in (
                "PRAGMA application_id",
                "PRAGMA user_version",
                "SELECT count(*) FROM sqlite_master",
            )
        )
        is_new = (kind, version, tables) == (0, 0, 0)
        if not is_new and kind != self.schema.kind:
            raise MediumError(f"{self.path} is a database for something else: name another file")
        steps: tuple[str, ...] | None = ()
        if is_new:
            steps = self.schema.to_make()
        elif version != self.schema.version:
            steps = self.schema.to_migrate(version)
        if steps is None:
            raise MediumError(
                f"{self.path} was made by another release of this library (its schema is "
                f"{version}, this release knows {self.schema.version}): install that release, or "
                "move the file away"
            )
        mode = self.connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise MediumError(f"{self.path}: its file system cannot hold a WAL: use a local disk")
        self.connection.execute("PRAGMA synchronous = FULL")
        if steps:
            with self.transaction() as connection:
                for statement in steps:
                    connection.execute(statement)


def _is_same(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False
