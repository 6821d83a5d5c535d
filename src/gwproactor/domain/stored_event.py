"""An event as a store keeps it: of this node, or received and to be sent on."""

import itertools
from collections.abc import Iterable, Iterator

import attrs

from gwproactor.domain.message import Sequence


@attrs.frozen
class Origin:
    """Whose event a relay sends on; `sequence` is None where the source wrote none."""

    sequence: Sequence | None = None


@attrs.frozen
class StoredEvent:
    """`payload` is the event's JSON object alone, UTF-8, without an envelope.

    `sequence` is its place in this store; `origin` is set if another node generated it.
    """

    sequence: Sequence
    message_id: str
    type_name: str
    payload: bytes
    origin: Origin | None = None

    @property
    def header_sequence(self) -> Sequence | None:
        """What its header says on the wire: a relay passes the originator's on."""
        return self.sequence if self.origin is None else self.origin.sequence


@attrs.frozen
class Quarantined:
    """A stored event that is not sent, because the peer does not take it or nobody can read it.

    `type_name` is empty if it cannot be read: then it is never tried again. `since_ms` is UTC in
    milliseconds since 1970.
    """

    number: int
    type_name: str
    reason: str
    since_ms: int


def first_of(events: Iterable[StoredEvent], *, count: int, bytes_max: int) -> Iterator[StoredEvent]:
    """Up to *count* of them, no more once their payloads reach *bytes_max* together."""
    size = 0
    for event in itertools.islice(events, count):
        yield event
        size += len(event.payload)
        if size >= bytes_max:
            return
