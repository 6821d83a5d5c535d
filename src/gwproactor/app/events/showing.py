"""`gwproactor events show`."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gwproactor.adapters.persistence.event_record import EventRecord
from gwproactor.app.events.event_facts import event_object, facts_of, time_text
from gwproactor.app.events.listing import as_object, state_of
from gwproactor.app.events.opening import Kind, Opened, opened
from gwproactor.app.terminal import note, write_json_lines, write_lines
from gwproactor.domain.message import Json
from gwproactor.domain.outcome import Failure, Success

# The highest number that a store can give.
NUMBER_MAX: Final = (1 << 63) - 1
JUNK_SHOWN_BYTES: Final = 200


def show_event(path: Path, name: str, *, as_json: bool) -> int:
    """Print the events of this number or id; the exit code."""
    with opened(path) as source:
        found = _found(source, name)
        if not found:
            note(f"{source} has no event {name}")
            return 1
        if as_json:
            write_json_lines(_object(record, source.kind) for record in found)
            return 0
        return max([_show(record, source) for record in found])


def _found(source: Opened, name: str) -> list[EventRecord]:
    if name.isascii() and name.isdecimal() and int(name) <= NUMBER_MAX:
        record = source.records.numbered(int(name))
        if record is not None:
            return [record]
    return source.records.named(name)


def _object(record: EventRecord, kind: Kind) -> dict[str, Json]:
    facts = facts_of(record)
    shown = as_object(facts, kind)
    if record.quarantined is not None:
        shown |= {
            "quarantine_reason": record.quarantined.reason,
            "quarantined_since_ms": record.quarantined.since_ms,
        }
    match event_object(record):
        case Success(event):
            return shown | {"event": dict(event)}
        case Failure(_):
            payload = base64.b64encode(record.payload or b"").decode()
            return shown | {"event": None, "payload_base64": payload}


def _show(record: EventRecord, source: Opened) -> int:
    facts = facts_of(record)
    note(f"{source}, event {record.number}: {state_of(facts, source.kind)}{_quarantine(record)}")
    match event_object(record):
        case Success(event):
            write_lines([_pretty(event)])
            return 0
        case Failure(problem):
            note(f"it cannot be read: {problem}")
            if record.payload:
                begin = record.payload[:JUNK_SHOWN_BYTES]
                end = " ..." if len(record.payload) > len(begin) else ""
                note(f"its {record.size_bytes:,} bytes: {str(begin)[2:-1]}{end}")
            return 1


def _quarantine(record: EventRecord) -> str:
    if record.quarantined is None:
        return ""
    return f" since {time_text(record.quarantined.since_ms)}: {record.quarantined.reason}"


def _pretty(event: Mapping[str, Json]) -> str:
    """Still JSON, with escapes for what could move a terminal's cursor."""
    text = json.dumps(event, indent=2, ensure_ascii=False)
    if text.replace("\n", "").isprintable():
        return text
    return "".join(
        character if character.isprintable() or character == "\n" else json.dumps(character)[1:-1]
        for character in text
    )
