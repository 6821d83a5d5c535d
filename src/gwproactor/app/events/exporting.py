"""`gwproactor events export`: all events, as lines of JSON or in the original's folders.

What is written appears under its name only when it is complete.
"""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs

from gwproactor.adapters.codec.json_text import write_json
from gwproactor.adapters.durable_files import new_file, new_folder, sync, write_synced
from gwproactor.adapters.persistence.event_record import EventRecord
from gwproactor.adapters.persistence.files.rolling_names import day_name, file_name, uid_for
from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.app.events.event_facts import event_object
from gwproactor.app.events.left_out import LeftOut, name_of
from gwproactor.app.events.opening import Opened, opened
from gwproactor.app.terminal import is_terminal, note, tracked
from gwproactor.domain.message import Json
from gwproactor.domain.outcome import Failure, Outcome, Success

# The limit of the file systems in use.
NAME_BYTES_MAX: Final = 255
# Microseconds since 1970: 2000-01-01 for an event that does not say when it was created and has
# none before it, and the end of what is believed.
TIME_MIN: Final = 946_684_800_000_000
TIME_MAX: Final = 32_503_680_000_000_000


def export_lines(path: Path, to: Path | None) -> int:
    """One event a line, as its JSON object; *to* None: stdout. The exit code."""
    left_out, written = LeftOut(), 0
    with opened(path) as source, contextlib.ExitStack() as stack:
        file = sys.stdout.buffer if to is None else stack.enter_context(new_file(to))
        for record in _tracked(source, hidden=to is None and is_terminal()):
            match _line(record):
                case Success(line):
                    file.write(line + b"\n")
                    written += 1
                case Failure(problem):
                    left_out.add(name_of(record), problem)
        file.flush()
    return _told(source, written, left_out, to)


def export_rolling_files(path: Path, to: Path) -> int:
    """One file an event, as the original keeps them, in the order of numbers. The exit code."""
    left_out = LeftOut()
    with opened(path) as source:
        if not source.kind.is_store:
            raise MediumError(
                f"{source}, whose events need not be sent on: export them with --format jsonl"
            )
        with new_folder(to) as folder:
            files = _RollingFiles(folder)
            for record in _tracked(source):
                match files.write(record):
                    case Failure(problem):
                        left_out.add(name_of(record), problem)
                    case Success(_):
                        pass
            files.sync()
    return _told(source, files.written, left_out, to)


@attrs.define
class _RollingFiles:
    """Files are named by creation times; these are raised where that keeps the order."""

    folder: Path
    written: int = 0
    _number: int = TIME_MIN
    _days: set[str] = attrs.Factory(set)

    def write(self, record: EventRecord) -> Outcome[None, str]:
        match event_object(record):
            case Failure(problem):
                return Failure(problem)  # the original would delete it, or stop at it
            case Success(event):
                message_id, created_ms = str(event["MessageId"]), event.get("TimeCreatedMs")
                self._write(message_id, created_ms, record.payload or b"")
                return Success(None)

    def _write(self, message_id: str, created_ms: Json, payload: bytes) -> None:
        created = created_ms * 1000 if isinstance(created_ms, int) else 0
        number = max(created if created < TIME_MAX else 0, self._number + 1)
        uid = uid_for(message_id, number, name_bytes_max=NAME_BYTES_MAX)
        day = self.folder / day_name(number)
        if day.name not in self._days:
            day.mkdir()
            self._days.add(day.name)
        write_synced(day / file_name(number, uid), payload)
        self._number = number
        self.written += 1

    def sync(self) -> None:
        for day in self._days:
            sync(self.folder / day)


def _line(record: EventRecord) -> Outcome[bytes, str]:
    match event_object(record):
        case Failure(problem):
            return Failure(problem)
        case Success(event):
            payload = record.payload or b""
            is_line = b"\n" not in payload and b"\r" not in payload
            return Success(payload if is_line else write_json(dict(event)))


def _tracked(source: Opened, *, hidden: bool = False) -> Iterator[EventRecord]:
    records = source.records.all()
    if hidden:
        return records
    return tracked(records, "exporting", lambda: source.records.overview().events)


def _told(source: Opened, written: int, left_out: LeftOut, to: Path | None) -> int:
    note(f"{source}, {written:,} exported" + (f" to {to}" if to else ""))
    if left_out.count:
        note(
            f"{left_out.count:,} cannot be read and were left out; they are still in {source.path}"
        )
    return 1 if left_out.count else 0
