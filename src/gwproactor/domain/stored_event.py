"""An event of this node as its store keeps it."""

import attrs

from gwproactor.domain.message import Sequence


@attrs.frozen
class StoredEvent:
    """`payload` is the event's JSON object alone, UTF-8, without an envelope."""

    sequence: Sequence
    message_id: str
    type_name: str
    payload: bytes
