"""A SQLite file that is looked at without a trace: nothing is made, changed or locked for long.

`mode=ro` alone is not that (tried with SQLite 3.40): a file in WAL mode that nobody has open gets a
`-wal` and a `-shm` beside it, which stay, and it cannot be opened where they cannot be made. So the
way depends on what lies there (sqlite.org/wal.html#read_only_databases):

- no log: the file is read as if it could not change, and read again if it did;
- a log and its index: a node runs, or was killed; the index is mapped read-only;
- a log without an index (after a power cut, or copied so): both are copied, and the copy is read.
"""

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

import attrs

from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.adapters.persistence.sqlite.columns import UnreadableRowError
from gwproactor.adapters.persistence.sqlite.database import BUSY_TIMEOUT_S
from gwproactor.adapters.persistence.sqlite.file_place import index_of, log_of, size_of

T = TypeVar("T")

# A node that starts or stops while we look changes what lies there at most a few times.
TRIES_MAX: Final = 5

_DAMAGED: Final = (
    "it is damaged: when its node finds that, it keeps the file, and goes on with what it can read"
)
# For one who looks only; `database` has another for one who writes.
_ADVICE: Final = {
    "SQLITE_BUSY": "another program holds it locked: end that program",
    "SQLITE_CANTOPEN": "check that this user may read it, and what lies beside it",
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_IOERR": "the disk or its file system fails",
    "SQLITE_NOTADB": "it is no database: name a node's event store or sink",
    "SQLITE_PERM": "check that this user may read it, and what lies beside it",
}


@attrs.frozen
class FileKind:
    """What SQLite says of a file: `kind` is its application id."""

    kind: int
    version: int


@attrs.define
class ReadOnlyDatabase:
    """The file at *path*; `close` is due. Any thread, one at a time.

    Every method blocks and raises MediumError, whose text names the path, the cause and what to do.
    """

    path: Path = attrs.field(converter=Path)
    _copy: tempfile.TemporaryDirectory[str] | None = attrs.field(init=False, default=None)

    def kind(self) -> FileKind:
        return self.read(_kind)

    def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """What *query* returns, which sees one state of the file. It may be called again."""
        with self._explained():
            for _ in range(TRIES_MAX):
                before = self._state()
                if self._copy is None and before.has_log and not before.has_index:
                    self._copy = self._copied()
                try:
                    result = self._read_by(before, query)
                except (sqlite3.Error, UnreadableRowError):
                    if self._state() == before:
                        raise
                    continue
                if before.has_log or self._state() == before:
                    return result
        raise MediumError(f"{self.path} changes too fast to be read: try again")

    def close(self) -> None:
        if self._copy is not None:
            self._copy.cleanup()
            self._copy = None

    def _read_by(self, state: "_State", query: Callable[[sqlite3.Connection], T]) -> T:
        if self._copy is not None:
            uri = (Path(self._copy.name) / self.path.resolve().name).as_uri()
        elif state.has_log:
            uri = f"{self.path.absolute().as_uri()}?mode=ro&readonly_shm=1"
        else:
            uri = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        with contextlib.closing(connection):
            connection.execute("BEGIN")
            return query(connection)

    def _copied(self) -> "tempfile.TemporaryDirectory[str]":
        folder = tempfile.TemporaryDirectory(prefix="gwproactor-read-")
        try:
            for file in (self.path.resolve(), log_of(self.path.resolve())):
                shutil.copyfile(file, Path(folder.name) / file.name)
        except BaseException:
            folder.cleanup()
            raise
        return folder

    def _state(self) -> "_State":
        # SQLite's own files lie beside the one that a link points to.
        file, path = self.path.stat(), self.path.resolve()
        return _State(
            (file.st_ino, file.st_size, file.st_mtime_ns),
            has_log=size_of(log_of(path)) > 0,
            has_index=index_of(path).exists(),
        )

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            name = error.filename or self.path
            raise MediumError(
                f"{name} cannot be read ({error.strerror}): check the path, and that this user "
                "may read it"
            ) from error
        except UnreadableRowError as error:
            raise MediumError(f"{self.path}: {error} ({_DAMAGED})") from error
        except sqlite3.Error as error:
            code = str(getattr(error, "sqlite_errorname", ""))
            advice = (text for known, text in _ADVICE.items() if code.startswith(known))
            raise MediumError(f"{self.path}: {error} ({next(advice, code)})") from error


@attrs.frozen
class _State:
    file: tuple[int, int, int]
    has_log: bool
    has_index: bool


def _kind(connection: sqlite3.Connection) -> FileKind:
    # Reading a table's name too makes sure that this is a database at all.
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (kind,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return FileKind(kind, version)
