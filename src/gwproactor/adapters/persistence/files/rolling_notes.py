"""The small files beside events, in JSON of ASCII: where an event is from, why it is aside."""

import json
from typing import Any, Final

import attrs

from gwproactor.domain.message import Sequence
from gwproactor.domain.stored_event import Origin, Quarantined

LOST_REASON: Final = "the note that said why is lost"


@attrs.frozen
class From:
    """Who sent an event to this relay. *src* is None where the note is cut or damaged."""

    src: str | None
    origin: Origin


def from_to_note(src: str, origin: Origin) -> bytes:
    note: dict[str, str] = {"Src": src}
    if origin.sequence is not None:
        # In hexadecimal, because Python reads no decimal number of more than 4,300 digits.
        note |= {"Epoch": origin.sequence.epoch, "Number": hex(origin.sequence.number)}
    return json.dumps(note).encode()


def from_of_note(note: bytes) -> From:
    found = _object(note)
    src = found.get("Src")
    try:
        sequence = Sequence(found["Epoch"], int(found["Number"], 16))
    except (KeyError, TypeError, ValueError):
        sequence = None
    return From(src if isinstance(src, str) else None, Origin(sequence))


def quarantined_to_note(event: Quarantined) -> bytes:
    note = {"TypeName": event.type_name, "Reason": event.reason, "SinceMs": event.since_ms}
    return json.dumps(note).encode()


def quarantined_of_note(number: int, note: bytes) -> Quarantined | None:
    """None: it is cut or damaged."""
    match _object(note):
        case {"TypeName": str(type_name), "Reason": str(reason), "SinceMs": int(since_ms)}:
            return Quarantined(number, type_name, reason, since_ms)
        case _:
            return None


def _object(note: bytes) -> dict[str, Any]:
    try:
        found = json.loads(note)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
