"""Damage to SQLite files that are closed, and what a store keeps of them."""

import sqlite3
from contextlib import closing
from pathlib import Path

PAGE = 4096


def changed(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def kept_aside(path: Path, kind: str = "Z") -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.damaged-*{kind}"))


def leaves_swapped(path: Path) -> None:
    """Two leaves of the table of events change places, so that numbers do not rise any more."""
    content = bytearray(path.read_bytes())
    of_table, cells = 13, 4
    leaves = [
        at
        for at in range(PAGE, len(content), PAGE)
        if content[at] == of_table and content[at + cells] >= 6  # of a full page of events
    ]
    one, other = slice(leaves[2], leaves[2] + PAGE), slice(leaves[-1], leaves[-1] + PAGE)
    content[one], content[other] = content[other], content[one]
    path.write_bytes(content)
