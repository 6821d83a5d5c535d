"""An event between `put` and its file."""

import attrs

from gwproactor.adapters.persistence.event_jobs import Take
from gwproactor.adapters.persistence.files.rolling_folder import NewFile
from gwproactor.adapters.persistence.files.rolling_notes import from_to_note
from gwproactor.domain.stored_event import Origin, StoredEvent


@attrs.frozen
class Waiting:
    """`path` is its file's. `take` is set if another node waits for it to be written."""

    event: StoredEvent
    path: str
    take: Take | None = None

    def file(self) -> NewFile:
        note = None
        if self.take is not None:
            note = from_to_note(self.take.event.src, Origin(self.take.event.sequence))
        return NewFile(self.event.sequence.number, self.path, self.event.payload, note)
