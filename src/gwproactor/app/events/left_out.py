"""What an export or import could not take along: counted, the first ones named."""

from typing import Final

import attrs

from gwproactor.adapters.persistence.event_record import EventRecord
from gwproactor.app.terminal import note

# More would hide the summary; the rest is found by `events ls`.
NAMED_MAX: Final = 20


@attrs.define
class LeftOut:
    count: int = 0

    def add(self, name: str, problem: str) -> None:
        self.count += 1
        if self.count <= NAMED_MAX:
            note(f"{name}: {problem}")
        elif self.count == NAMED_MAX + 1:
            note("(more are counted, but not named)")


def name_of(record: EventRecord) -> str:
    return record.file or f"event {record.number} ({record.message_id})"
