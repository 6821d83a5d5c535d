"""One event on its way to the upstream peer."""

from collections.abc import Container
from enum import Enum

import attrs

from gwproactor.domain.stored_event import StoredEvent


class Way(Enum):
    """How an event is sent, and so whose place it takes."""

    LIVE = "live"
    BACKLOG = "backlog"  # in the window of the backlog
    RETRY = "retry"  # again, in the window of retries
    ALONE = "alone"  # with nothing else in flight
    REPORT = "report"  # past an event that blocks, in strict order


@attrs.define
class Upload:
    """An event that is not acked, stored under `numbers` (more than one if this node generated the
    same id again; `is_own`: it is this node's).

    `due_s` None: it was sent and its ack is waited for; else it waits, and that is when it is sent
    again at the earliest. `size` is that of its payload in bytes. `quarantined`: it is sent only to
    see whether the peer takes it now.
    """

    numbers: tuple[int, ...]
    type_name: str
    size: int
    way: Way
    due_s: float | None = None
    quarantined: bool = False
    is_own: bool = True

    @classmethod
    def of(cls, event: StoredEvent, way: Way, due_s: float | None = None) -> "Upload":
        numbers = (event.sequence.number,)
        size, is_own = len(event.payload), event.origin is None
        return cls(numbers, event.type_name, size, way, due_s, is_own=is_own)

    def add(self, event: StoredEvent) -> None:
        """The same id was stored once more."""
        self.numbers += (event.sequence.number,)
        self.size = max(self.size, len(event.payload))

    def drop(self, gone: Container[int]) -> None:
        """These numbers are no longer stored."""
        self.numbers = tuple(number for number in self.numbers if number not in gone)


@attrs.frozen
class Condemned:
    """An event that belongs in quarantine; `is_reported`: a problem event has told of it."""

    numbers: tuple[int, ...]
    type_name: str
    reason: str
    is_reported: bool
