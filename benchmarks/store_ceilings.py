"""What a disk gives at most: SQLite alone, in the main thread, without this library.

    python -m benchmarks.store_ceilings w5 [--count 20000]
    python -m benchmarks.store_ceilings puts --outstanding 1|100 [--count 2000]

One table of the columns that the store has, WAL and synchronous=FULL as there; as many rows per
transaction as events are outstanding elsewhere, each inserted by an `execute` of its own, as events
come one by one.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from benchmarks.figures import Figures, say
from benchmarks.messages import check_sizes, stored_events
from benchmarks.process_facts import disk_bytes, written_bytes
from gwproactor.domain.events import DBGEvent

TYPE_NAME = DBGEvent.wire.type_name
OUTSTANDING = 100

T = TypeVar("T")


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    folder.mkdir()
    with closing(sqlite3.connect(folder / "events.sqlite", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(
            "CREATE TABLE event (number INTEGER PRIMARY KEY, message_id, type_name, payload BLOB)"
        )
        yield connection


def insert(
    connection: sqlite3.Connection, events: Sequence[tuple[str, bytes]], outstanding: int
) -> float:
    """Events a second."""
    started_s = time.perf_counter()
    query = "INSERT INTO event (message_id, type_name, payload) VALUES (?, ?, ?)"
    for batch in batches(events, outstanding):
        connection.execute("BEGIN")
        for message_id, payload in batch:
            connection.execute(query, (message_id, TYPE_NAME, payload))
        connection.execute("COMMIT")
    return len(events) / (time.perf_counter() - started_s)


def delete(connection: sqlite3.Connection, count: int) -> float:
    """Events a second."""
    started_s = time.perf_counter()
    for batch in batches(range(1, count + 1), OUTSTANDING):
        connection.execute("BEGIN")
        for number in batch:
            connection.execute("DELETE FROM event WHERE number = ?", (number,))
        connection.execute("COMMIT")
    return count / (time.perf_counter() - started_s)


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def keep(count: int, folder: Path) -> Figures:
    """W5."""
    one = keep_outstanding(1, count // 4, folder / "one")
    many = keep_outstanding(OUTSTANDING, count, folder / "many")
    with opened(folder / "cleared") as connection:
        insert(connection, stored_events(count), OUTSTANDING)
        clear_rate = delete(connection, count)
    return {
        "workload": "w5",
        "count": count,
        **{f"one_{name}": value for name, value in one.items()},
        **{f"many_{name}": value for name, value in many.items()},
        "disk_bytes": many["disk_bytes"],
        "clear_rate": round(clear_rate),
    }


def keep_outstanding(outstanding: int, count: int, folder: Path) -> Figures:
    events = stored_events(count)
    written_before = written_bytes()
    with opened(folder) as connection:
        rate = insert(connection, events, outstanding)
    return {
        "rate": round(rate),
        "written_bytes": round((written_bytes() - written_before) / count),
        "disk_bytes": round(disk_bytes(folder) / count),
    }


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The ceilings of W5.")
    workloads = parser.add_subparsers(dest="workload", required=True)
    workloads.add_parser("w5").add_argument("--count", type=int, default=20_000)
    puts = workloads.add_parser("puts")
    puts.add_argument("--count", type=int, default=2_000)
    puts.add_argument("--outstanding", type=int, required=True)
    return parser.parse_args()


def main() -> None:
    arguments = parsed_arguments()
    check_sizes()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "store")
        if arguments.workload == "w5":
            place.mkdir()
            say(keep(arguments.count, place))
        else:
            figures = keep_outstanding(arguments.outstanding, arguments.count, place)
            say({"workload": "puts", "count": arguments.count, **figures})


if __name__ == "__main__":
    main()
