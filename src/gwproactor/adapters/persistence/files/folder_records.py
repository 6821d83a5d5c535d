"""`EventRecords` of folders with a file for each event: the original's layout, and flat ones.

What lies beside the events is left out, as the original does; `strays` names it.
"""

import contextlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import attrs

from gwproactor.adapters.persistence.event_record import EventRecord, Overview
from gwproactor.adapters.persistence.files.rolling_folder import ASIDE, ORIGIN, REASON, beside
from gwproactor.adapters.persistence.files.rolling_names import is_day, number_and_uid, stands_for
from gwproactor.adapters.persistence.files.rolling_notes import (
    LOST_REASON,
    From,
    from_of_note,
    quarantined_of_note,
)
from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.domain.stored_event import Origin, Quarantined

# No message may be larger (MQTT 3.1.1 §2.2.3); a larger file would only take memory.
FILE_BYTES_MAX: Final = 268_435_455

_NOTE: Final = re.compile(r".*(\.from|\.why|\d\.tmp)", re.DOTALL)


@attrs.frozen
class _Place:
    """A file that is named as an event. `path` is relative to the folder, and so is `origin`, a
    note beside it; empty: there is none.
    """

    number: int
    uid: str
    path: str
    origin: str
    is_aside: bool


class FolderRecords:
    """The events below *folder*: in folders of days, or flat in it.

    An event's number is the time in its file's name in microseconds since 1970, or one more than
    the number before it; its id is the one in the name. All names of one day are in memory at once.
    """

    def __init__(self, folder: Path, *, is_flat: bool) -> None:
        self.folder = folder
        self.is_flat = is_flat

    def overview(self) -> Overview:
        events = size = quarantined = 0
        for place in self._places():
            with contextlib.suppress(FileNotFoundError):
                size += (self.folder / place.path).stat().st_size
                events += 1
                quarantined += place.is_aside
        return Overview(events, size, quarantined)

    def all(self, *, newest_first: bool = False) -> Iterator[EventRecord]:
        return self._records(self._newest_first() if newest_first else self._places())

    def numbered(self, number: int) -> EventRecord | None:
        return next(self._records(p for p in self._places() if p.number == number), None)

    def named(self, message_id: str) -> list[EventRecord]:
        return list(self._records(p for p in self._places() if stands_for(p.uid, message_id)))

    def quarantined(self) -> Iterator[EventRecord]:
        return self._records(place for place in self._places() if place.is_aside)

    def close(self) -> None:
        pass

    def strays(self) -> Iterator[str]:
        """What lies between the events and is neither an event nor a note of ours: its paths."""
        for day in self._days():
            for parent in self._parents():
                for name, is_folder in sorted(_entries(self.folder / parent / day)):
                    is_event = number_and_uid(name) is not None
                    if is_folder or not (is_event or _NOTE.fullmatch(name)):
                        yield os.path.join(parent, day, name)

    def delete(self, record: EventRecord) -> None:
        """Delete its file, and then what lies beside it. Raises MediumError."""
        notes = beside(record.file.removeprefix(f"{ASIDE}/"), ORIGIN), beside(record.file, REASON)
        try:
            for path in (record.file, *notes):
                (self.folder / path).unlink(missing_ok=True)
        except OSError as error:
            raise MediumError(
                f"{error.filename} cannot be deleted ({error.strerror}): "
                "check that this user may write there, and that the disk is writable"
            ) from error

    def remove_empty_days(self) -> None:
        days = [os.path.join(parent, day) for parent in self._parents() for day in self._days()]
        for path in (*days, ASIDE):
            with contextlib.suppress(OSError):  # it is not empty
                (self.folder / path).rmdir()

    def _parents(self) -> tuple[str, ...]:
        return ("",) if self.is_flat else ("", ASIDE)

    def _days(self) -> list[str]:
        if self.is_flat:
            return [""]
        days = {
            name
            for parent in self._parents()
            for name, is_folder in _entries(self.folder / parent)
            if is_folder and is_day(name)
        }
        return sorted(days)

    def _places(self) -> Iterator[_Place]:
        last = 0
        for day in self._days():
            for place in self._of_day(day, last):
                last = place.number
                yield place

    def _of_day(self, day: str, last: int) -> Iterator[_Place]:
        found: list[tuple[int, str, str, bool]] = []
        notes: set[str] = set()
        for parent in self._parents():
            for name, is_folder in _entries(self.folder / parent / day):
                event = number_and_uid(name)
                if event is not None and not is_folder:
                    found.append((event[0], name, event[1], bool(parent)))
                elif name.endswith(ORIGIN):
                    notes.add(name)
        for number, name, uid, is_aside in sorted(found):
            last = max(number, last + 1)
            path = os.path.join(day, name)
            origin = beside(path, ORIGIN) if beside(name, ORIGIN) in notes else ""
            yield _Place(
                last, uid, os.path.join(ASIDE, path) if is_aside else path, origin, is_aside
            )

    def _newest_first(self) -> Iterator[_Place]:
        # Numbers that were raised depend on those before them.
        last, days = 0, []
        for day in self._days():
            days.append((day, last))
            last = max((place.number for place in self._of_day(day, last)), default=last)
        for day, before in reversed(days):
            yield from reversed(list(self._of_day(day, before)))

    def _records(self, places: Iterable[_Place]) -> Iterator[EventRecord]:
        return (record for record in map(self._record, places) if record is not None)

    def _record(self, place: _Place) -> EventRecord | None:
        """None: it is gone, because its node has cleared it meanwhile."""
        try:
            payload, fault = read_payload(self.folder / place.path)
        except FileNotFoundError:
            return None
        source = self._from(place)
        return EventRecord(
            number=place.number,
            message_id=place.uid,
            type_name="",
            payload=payload,
            src=source.src,
            sequence=source.origin.sequence,
            is_relayed=bool(place.origin),
            quarantined=self._quarantined(place),
            file=place.path,
            fault=fault,
        )

    def _from(self, place: _Place) -> From:
        note = self._note(place.origin) if place.origin else b""
        return from_of_note(note) if note else From(None, Origin(None))

    def _quarantined(self, place: _Place) -> Quarantined | None:
        if not place.is_aside:
            return None
        note = quarantined_of_note(place.number, self._note(beside(place.path, REASON)))
        return note or Quarantined(place.number, "", LOST_REASON, 0)

    def _note(self, path: str) -> bytes:
        try:
            return read_payload(self.folder / path)[0] or b""
        except FileNotFoundError:
            return b""


def folder_names(folder: Path) -> list[str]:
    """What the folder lists; empty if it is not there. Raises MediumError."""
    return [name for name, _ in _entries(folder)]


def read_payload(path: Path) -> tuple[bytes | None, str]:
    """What is in the file, or None and why it cannot be read. Raises FileNotFoundError."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return None, "it is no file"  # reading a pipe would wait for ever
        if status.st_size > FILE_BYTES_MAX:
            return None, "it is larger than any message"
        return path.read_bytes(), ""
    except FileNotFoundError:
        raise
    except OSError as error:
        return None, f"its file cannot be read: {error.strerror}"


def _entries(folder: Path) -> list[tuple[str, bool]]:
    """Names, and whether they are folders'."""
    try:
        with os.scandir(folder) as entries:
            return [(entry.name, entry.is_dir()) for entry in entries]
    except FileNotFoundError:
        return []  # the last event of that day was cleared
    except OSError as error:
        raise MediumError(
            f"{folder} cannot be read ({error.strerror}): check that this user may read it"
        ) from error
