"""Lines for programs that collect logs: one JSON object each."""

import json
import logging
import math
from datetime import UTC, datetime, tzinfo
from typing import Final

from typing_extensions import override

# What every record has; the rest came by `extra=`.
_OWN_FIELDS: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_FIRST: Final = ("time", "level", "logger", "message", "thread", "place", "exception", "stack")


class JsonLinesFormatter(logging.Formatter):
    """`time` is ISO 8601 with its offset, in UTC if *use_utc*; `place` is FILE:LINE.

    `exception` and `stack` are there if the record has them, and whatever was logged with `extra=`,
    under its own name. No line break is written within an object.
    """

    def __init__(self, *, use_utc: bool) -> None:
        super().__init__()
        self._zone: tzinfo | None = UTC if use_utc else None

    @override
    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).astimezone(self._zone)
        line: dict[str, object] = {
            "time": time.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "thread": record.threadName,
            "place": f"{record.filename}:{record.lineno}",
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = self.formatStack(record.stack_info)
        for name, value in vars(record).items():
            if name not in _OWN_FIELDS and name not in _FIRST:
                line[name] = _plain(value)
        return json.dumps(line, ensure_ascii=False)


def _plain(value: object) -> object:
    """Collectors want a field of one type, and JSON knows no infinity."""
    match value:
        case None | bool() | int() | str():
            return value
        case float() if math.isfinite(value):
            return value
        case _:
            return str(value)
