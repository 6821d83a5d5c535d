"""A set of texts that may be larger than the memory of a small machine."""

import sqlite3
from collections.abc import Iterable

from gwproactor.adapters.persistence.sqlite.columns import text_to_column


class IdSet:
    """Holds the texts in a temporary file of SQLite; `close` deletes it."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("CREATE TABLE id (text PRIMARY KEY) WITHOUT ROWID")
        self._database.execute("BEGIN")
        self._database.executemany(
            "INSERT OR IGNORE INTO id VALUES (?)", ((text_to_column(text),) for text in texts)
        )
        self._database.execute("COMMIT")

    def __contains__(self, text: str) -> bool:
        query = "SELECT 1 FROM id WHERE text = ?"
        return self._database.execute(query, (text_to_column(text),)).fetchone() is not None

    def add(self, text: str) -> bool:
        """Whether it is new."""
        query = "INSERT OR IGNORE INTO id VALUES (?)"
        return self._database.execute(query, (text_to_column(text),)).rowcount == 1

    def close(self) -> None:
        self._database.close()
