"""The events in quarantine: their files lie in a folder of its own, which the original skips.

First the note with the reason is written, then the event is moved; back, the event is moved first.
So a power cut between the two leaves a note without an event, which is deleted at the next start.
"""

import contextlib

import attrs

from gwproactor.adapters.persistence.files.file_index import FileIndex, Indexed
from gwproactor.adapters.persistence.files.rolling_folder import (
    ASIDE,
    REASON,
    RollingFolder,
    beside,
)
from gwproactor.adapters.persistence.files.rolling_notes import (
    LOST_REASON,
    quarantined_of_note,
    quarantined_to_note,
)
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.stored_event import Quarantined
from gwproactor.domain.stored_names import stored_names


@attrs.define
class RollingQuarantine:
    folder: RollingFolder
    index: FileIndex
    _events: dict[int, Quarantined] = attrs.field(init=False, factory=dict)
    _aside: set[int] = attrs.field(init=False, factory=set)
    _due: set[int] = attrs.field(init=False, factory=set)

    def __contains__(self, number: int) -> bool:
        return number in self._events

    def __len__(self) -> int:
        return len(self._events)

    def place(self, indexed: Indexed) -> str:
        """Where the file is."""
        return _aside(indexed.path) if indexed.number in self._aside else indexed.path

    def found(self, indexed: Indexed) -> None:
        """The file is in the quarantine folder."""
        self._aside.add(indexed.number)
        event = None
        with contextlib.suppress(OSError):
            note = self.folder.read(beside(_aside(indexed.path), REASON))
            event = quarantined_of_note(indexed.number, note)
        self._events[indexed.number] = event or self._without_note(indexed)

    def add(self, event: Quarantined) -> None:
        self._events[event.number] = event
        self._due.add(event.number)

    def end(self, type_name: str) -> None:
        """Of all events of this type; of none, if it is empty."""
        for number, event in [*self._events.items()]:
            if type_name and event.type_name == type_name:
                del self._events[number]
                self._due.add(number)

    def remove(self, indexed: Indexed) -> list[str]:
        """Forget the event; what is to be deleted beside it."""
        number = indexed.number
        self._events.pop(number, None)
        self._due.discard(number)
        if number not in self._aside:
            return []
        self._aside.discard(number)
        return [beside(_aside(indexed.path), REASON)]

    def oldest_of_each_type(self) -> tuple[Quarantined, ...]:
        oldest: dict[str, Quarantined] = {}
        for _, event in sorted(self._events.items()):
            oldest.setdefault(event.type_name, event)
        return tuple(oldest.values())

    def settle(self) -> None:
        """Move what is not where it should be; all events are written. Raises OSError."""
        for number in sorted(self._due):
            indexed = self.index.get(number)
            if indexed is not None:
                self._settle(indexed)
            self._due.discard(number)

    def _settle(self, indexed: Indexed) -> None:
        event = self._events.get(indexed.number)
        path, aside = indexed.path, _aside(indexed.path)
        note = beside(aside, REASON)
        try:
            if event is not None:
                self.folder.write_note(note, quarantined_to_note(event))
                if indexed.number not in self._aside:
                    self.folder.move(path, aside)
                    self._aside.add(indexed.number)
            elif indexed.number in self._aside:
                self.folder.move(aside, path)
                self._aside.discard(indexed.number)
                self.folder.delete(note)
        except FileNotFoundError:
            # Somebody has deleted the file, as the next read will find; unless all is gone.
            if not self.folder.is_there():
                raise

    def _without_note(self, indexed: Indexed) -> Quarantined:
        type_name = ""
        with contextlib.suppress(OSError):
            match stored_names(self.folder.read(_aside(indexed.path))):
                case Success(names):
                    type_name = names.type_name
                case Failure():
                    pass
        return Quarantined(indexed.number, type_name, LOST_REASON, since_ms=0)


def _aside(path: str) -> str:
    return f"{ASIDE}/{path}"
