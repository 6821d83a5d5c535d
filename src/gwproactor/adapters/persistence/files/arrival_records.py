"""`EventRecords` of a directory sink: what its journal lists, with the files that are there."""

import contextlib
import stat
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from gwproactor.adapters.persistence.event_record import EventRecord, Overview
from gwproactor.adapters.persistence.files.arrivals import Arrival, from_line
from gwproactor.adapters.persistence.files.folder_records import folder_names, read_payload
from gwproactor.adapters.persistence.files.received_folder import ARRIVALS, file_of
from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.adapters.persistence.sqlite.id_set import IdSet


class ArrivalRecords:
    """The events of the sink at *folder*; an event's number is its place in the journal.

    The journal is read first, of which eight bytes for each event stay in memory.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def overview(self) -> Overview:
        events = size = 0
        for _, arrival in self._arrivals(newest_first=False):
            with contextlib.suppress(FileNotFoundError):
                size += (self.folder / arrival.file).stat().st_size
                events += 1
        return Overview(events, size)

    def all(self, *, newest_first: bool = False) -> Iterator[EventRecord]:
        for number, arrival in self._arrivals(newest_first=newest_first):
            yield from self._records(number, arrival)

    def numbered(self, number: int) -> EventRecord | None:
        for place, arrival in self._arrivals(newest_first=False):
            if place == number:
                return next(self._records(number, arrival), None)
        return None

    def named(self, message_id: str) -> list[EventRecord]:
        return [
            record
            for number, arrival in self._arrivals(newest_first=False)
            if arrival.message_id == message_id
            for record in self._records(number, arrival)
        ]

    def quarantined(self) -> Iterator[EventRecord]:
        return iter(())

    def close(self) -> None:
        pass

    def _records(self, number: int, arrival: Arrival) -> Iterator[EventRecord]:
        """One, or none: it was not stored after all, or was moved elsewhere."""
        try:
            payload, fault = read_payload(self.folder / arrival.file)
        except FileNotFoundError:
            return
        yield EventRecord(
            number=number,
            message_id=arrival.message_id,
            type_name=arrival.type_name,
            payload=payload,
            src=arrival.src,
            sequence=arrival.sequence,
            file=arrival.file,
            fault=fault,
        )

    def _arrivals(self, *, newest_first: bool) -> Iterator[tuple[int, Arrival]]:
        index = self._index()
        order = -1 if newest_first else 1
        number = sum(len(offsets) for _, offsets in index) + 1 if newest_first else 0
        for journal, offsets in index[::order]:
            with self._opened(journal) as lines:
                for offset in offsets[::order]:
                    number += order
                    lines.seek(offset)
                    arrival = from_line(lines.readline())
                    if arrival is not None:
                        yield number, arrival

    def _index(self) -> "list[tuple[Path, array[int]]]":
        """Where the lines are, the last one of each file: it is repeated where a disk failed."""
        names = [name for name in folder_names(self.folder / ARRIVALS) if name.endswith(".jsonl")]
        index: list[tuple[Path, array[int]]] = []
        with contextlib.closing(IdSet()) as seen:
            for name in sorted(names, reverse=True):
                journal = self.folder / ARRIVALS / name
                with self._opened(journal) as lines:
                    index.append((journal, _new_lines(lines, seen)))
        return index[::-1]

    @contextlib.contextmanager
    def _opened(self, journal: Path) -> Iterator[BinaryIO]:
        try:
            if not stat.S_ISREG(journal.stat().st_mode):  # reading a pipe would wait for ever
                raise MediumError(f"{journal} cannot be read (it is no file): move it away")
            with journal.open("rb") as lines:
                yield lines
        except OSError as error:
            raise MediumError(
                f"{journal} cannot be read ({error.strerror}): check that this user may read it"
            ) from error


def _new_lines(lines: BinaryIO, seen: IdSet) -> "array[int]":
    """The offsets of those that no later line repeats."""
    starts, start = array("q"), 0
    for line in lines:
        starts.append(start)
        start += len(line)
    new = array("q")
    for start in reversed(starts):
        lines.seek(start)
        if _is_new(from_line(lines.readline()), seen):
            new.append(start)
    return new[::-1]


def _is_new(arrival: Arrival | None, seen: IdSet) -> bool:
    """Not so for a cut line, nor for one that names a file of others."""
    if arrival is None or arrival.file != file_of(arrival.src, arrival.message_id):
        return False
    return seen.add(arrival.file)
