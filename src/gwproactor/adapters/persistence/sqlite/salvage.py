"""A damaged SQLite file is kept beside, and what can be read of it goes into a new one.

The new file is whole and durable under another name (".salvage") before the damaged one is moved.
So a crash leaves either the damaged file in its place, to be found again, or none, and then
`finish_replacement` moves the new one in.
"""

import contextlib
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs

from gwproactor.adapters.durable_files import sync
from gwproactor.adapters.persistence.sqlite.columns import UnreadableRowError
from gwproactor.adapters.persistence.sqlite.file_place import index_of, log_of, size_of

T = TypeVar("T")

# Each unreadable page costs some ten failed reads, and a lost inner page thousands. More of them
# would take minutes of a disk that is dying.
FAILURES_MAX: Final = 50_000

_LAST: Final = (1 << 63) - 1

# Damage that has no error code of its own. The first is Python's: a text that is no longer UTF-8.
# The tables are missed where the schema that the file claims to have has them.
_DAMAGE_TEXTS: Final = (
    "decode to UTF-8",
    "unsupported file format",
    "no such table",
    "no such column",
)

# From what can be read, if anything, to the new file.
Copy = Callable[[sqlite3.Connection | None, sqlite3.Connection], T]


def is_damage(error: BaseException) -> bool:
    """Whether the file itself is to blame, not the disk, other programs or us."""
    if isinstance(error, UnreadableRowError):
        return True
    name = getattr(error, "sqlite_errorname", "")
    is_said = isinstance(error, sqlite3.OperationalError) and any(
        text in str(error) for text in _DAMAGE_TEXTS
    )
    return name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or is_said


def replacement_of(path: Path) -> Path:
    return path.with_name(path.name + ".salvage")


@contextlib.contextmanager
def building_replacement(path: Path) -> Iterator[sqlite3.Connection]:
    """A new database, empty; whole and durable as `replacement_of` *path* if nothing is raised."""
    draft = _draft_of(path)
    draft.unlink(missing_ok=True)
    with closing(sqlite3.connect(draft, isolation_level=None)) as target:
        for pragma in ("journal_mode = MEMORY", "synchronous = OFF"):
            target.execute(f"PRAGMA {pragma}")
        yield target
    sync(draft)
    draft.rename(replacement_of(path))
    sync(path.parent)


def salvage(path: Path, statements: tuple[str, ...], first: int, copy: Copy[T]) -> T:
    """Make the file that is to replace *path*, whose connections must be closed.

    The *first* statements are those with which every file of this kind began; should the page that
    names the tables be lost, the tables of these are known to be where they are in a new file.
    """
    with building_replacement(path) as target:
        for statement in ("BEGIN", *statements):
            target.execute(statement)
        with _reading(path, statements[:first]) as source:
            result = copy(source, target)
        target.execute("COMMIT")
    index_of(path).unlink(missing_ok=True)
    return result


def keep_aside(path: Path, why: str, *, with_log: bool = True) -> Path:
    """Rename the file and its log to `<name>.<why>-<UTC>`, and say to what; the file may miss.

    A log that belongs to another file goes.
    """
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    kept = path.with_name(f"{path.name}.{why}-{stamp}")
    number = 1
    while kept.exists() or log_of(kept).exists():
        number += 1
        kept = path.with_name(f"{path.name}.{why}-{stamp}-{number}")
    # The file first: a file without its log would look whole, only older.
    with contextlib.suppress(FileNotFoundError):
        path.rename(kept)
    if with_log and size_of(log_of(path)) > 0:
        log_of(path).rename(log_of(kept))
    log_of(path).unlink(missing_ok=True)
    index_of(path).unlink(missing_ok=True)
    sync(path.parent)
    return kept


def finish_replacement(path: Path) -> None:
    """Move the new file in, if the damaged one was moved away; else that is looked at again."""
    for left in (_draft_of(path), _copy_of(path)):
        left.unlink(missing_ok=True)
    new = replacement_of(path)
    if not new.exists():
        return
    if path.exists():
        new.unlink()
        return
    if log_of(path).exists():
        keep_aside(path, "damaged")
    new.rename(path)
    sync(path.parent)


@attrs.frozen
class Salvaged:
    """Rows of one table; *last* is the highest key among them, 0 if there are none."""

    count: int = 0
    last: int = 0


def salvage_table(
    source: sqlite3.Connection,
    target: sqlite3.Connection,
    table: str,
    *,
    key: str,
    is_readable: Callable[[tuple[Any, ...]], bool] = lambda _: True,
) -> Salvaged:
    """Copy the readable rows of *table*, in the columns that both files have.

    *key* is its integer primary key, and comes first in the rows that *is_readable* is asked about.
    """
    try:
        columns = [name for name in _columns(target, table) if name in _columns(source, table)]
    except sqlite3.DatabaseError:
        return Salvaged()
    if key not in columns:
        return Salvaged()
    columns = [key, *(name for name in columns if name != key)]
    names = ", ".join(columns)
    # By its other name the key is found even if the text that makes it the key is damaged.
    query = (
        f"SELECT {', '.join(['rowid', *columns[1:]])} FROM {table} "  # noqa: S608 constants
        "WHERE rowid BETWEEN ? AND ? ORDER BY rowid"
    )
    marks = ", ".join("?" * len(columns))
    insert = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 constants
    count = last = 0
    for row in readable_rows(source, query):
        if not is_readable(row):
            continue
        count += target.execute(insert, row).rowcount
        last = max(last, row[0])
    return Salvaged(count, last)


def readable_rows(source: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    """The rows of *query*, which begin with its key, between two bounds of it, and in its order.

    Where rows cannot be read the rest is halved, and halved again, until what can be read is found.
    """
    spans = [(0, _LAST)]
    failures = 0
    while spans and failures < FAILURES_MAX:
        low, high = spans.pop()
        try:
            for row in source.execute(query, (low, high)):
                yield row
                low = row[0] + 1
        except sqlite3.DatabaseError:
            failures += 1
            middle = (low + high) // 2
            if low < high:
                spans += [(middle + 1, high), (low, middle)]


def _draft_of(path: Path) -> Path:
    return path.with_name(path.name + ".draft")


def _copy_of(path: Path) -> Path:
    return path.with_name(path.name + ".copy")


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


@contextlib.contextmanager
def _reading(path: Path, first: tuple[str, ...]) -> Iterator[sqlite3.Connection | None]:
    """The damaged file, for reading only, so that it stays as it is; None if that cannot be."""
    if size_of(path) == 0:  # SQLite would touch its log
        yield None
        return
    copy = _copy_of(path)
    source = _readable(path)
    if source is None:
        shutil.copyfile(path, copy)
        with copy.open("rb+") as file:
            file.write(_first_page(first))
        source = _readable(copy)
    try:
        yield source
    finally:
        if source is not None:
            source.close()
        copy.unlink(missing_ok=True)


def _readable(path: Path) -> sqlite3.Connection | None:
    """None: the tables cannot be found."""
    source = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        source.close()
        return None
    return source


def _first_page(statements: tuple[str, ...]) -> bytes:
    """Of a new file; it does not say how many pages there are, and SQLite goes by the file."""
    with closing(sqlite3.connect(":memory:")) as new:
        for statement in statements:
            new.execute(statement)
        (size,) = new.execute("PRAGMA page_size").fetchone()
        page = bytearray(new.serialize()[:size])
    page[28:32] = bytes(4)
    return bytes(page)
