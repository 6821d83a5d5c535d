"""An event as it lies in a store, a sink or a folder, for operators."""

from collections.abc import Iterator
from typing import Protocol

import attrs

from gwproactor.domain.message import Sequence
from gwproactor.domain.stored_event import Quarantined


@attrs.frozen
class EventRecord:
    """`number` is its place: the store's number, the order of arrival in a sink, or the place in
    the order of a folder's paths. `is_relayed`: its store is to send it on for another node.

    `payload` is None if the medium does not give it, and then `fault` says why. `src` is None where
    only the payload names it. `file` is the path below the folder, empty in a database.
    """

    number: int
    message_id: str
    type_name: str
    payload: bytes | None
    src: str | None = None
    sequence: Sequence | None = None
    is_relayed: bool = False
    quarantined: Quarantined | None = None
    file: str = ""
    fault: str = ""

    @property
    def size_bytes(self) -> int:
        return len(self.payload or b"")


@attrs.frozen
class Overview:
    """What is there: events, their payload, and how many of them are in quarantine."""

    events: int
    payload_bytes: int
    quarantined: int = 0


class EventRecords(Protocol):
    """Reads what another process may be writing, and changes nothing. `close` is due.

    Blocks; raises MediumError, whose text names the path, the cause and what to do.
    """

    def overview(self) -> Overview: ...

    def all(self, *, newest_first: bool = False) -> Iterator[EventRecord]:
        """Each event in the order of numbers, a page of them in memory at a time."""
        ...

    def numbered(self, number: int) -> EventRecord | None: ...

    def named(self, message_id: str) -> list[EventRecord]:
        """Those with this id, lowest numbers first; a sink may have it from several sources."""
        ...

    def quarantined(self) -> Iterator[EventRecord]:
        """Those in quarantine, lowest numbers first."""
        ...

    def close(self) -> None: ...
