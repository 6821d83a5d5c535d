"""The journal of a directory sink: one line of JSON for each event, in order of arrival.

A line is written before its event. So a line without an event is one that a crash cut short, and
of two lines about one file the second is the true one.
"""

import json
from typing import Any, Final

import attrs

from gwproactor.domain.message import Sequence
from gwproactor.ports.event_sink import ReceivedEvent

# Other programs read larger integers as floats, and ours no decimal one of more than 4,300 digits.
_EXACT: Final = 1 << 53


@attrs.frozen
class Arrival:
    """`file` is the event's, relative to the folder of the sink."""

    file: str
    src: str
    message_id: str
    type_name: str
    sequence: Sequence | None


def to_line(event: ReceivedEvent, file: str, received_ms: int) -> bytes:
    line: dict[str, str | int] = {
        "File": file,
        "ReceivedMs": received_ms,
        "Src": event.src,
        "MessageId": event.message_id,
        "TypeName": event.type_name,
    }
    if event.sequence is not None:
        number = event.sequence.number
        line["Epoch"] = event.sequence.epoch
        line["Number"] = number if abs(number) < _EXACT else hex(number)
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def from_line(line: bytes) -> Arrival | None:
    """None: it was cut by a crash, or damaged."""
    try:
        found = json.loads(line)
        match found:
            case {
                "File": str(file),
                "Src": str(src),
                "MessageId": str(id_),
                "TypeName": str(type_),
            }:
                return Arrival(file, src, id_, type_, _sequence(found))
            case _:
                return None
    except (ValueError, RecursionError):
        return None


def _sequence(line: dict[str, Any]) -> Sequence | None:
    """Raises ValueError if the number is none."""
    match line:
        case {"Epoch": str(epoch), "Number": int(number)}:
            return Sequence(epoch, number)
        case {"Epoch": str(epoch), "Number": str(number)}:
            return Sequence(epoch, int(number, 16))
        case _:
            return None
