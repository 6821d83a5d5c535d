"""What an operator wants to know of an event; junk is told as what it is."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from gwproactor.adapters.codec.json_text import parse_json
from gwproactor.adapters.persistence.event_record import EventRecord
from gwproactor.domain.events import is_plausible_time_ms
from gwproactor.domain.message import Json
from gwproactor.domain.outcome import Failure, Outcome, Success

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@attrs.frozen
class EventFacts:
    """`created_ms` is UTC in ms since 1970, None if the event does not say it.

    `problem` says why it cannot be read as an event; empty if it can.
    """

    record: EventRecord
    type_name: str
    src: str
    created_ms: int | None
    problem: str = ""

    @property
    def created(self) -> str:
        return time_text(self.created_ms)


def facts_of(record: EventRecord) -> EventFacts:
    src = record.src or ""
    match event_object(record):
        case Failure(problem):
            return EventFacts(record, record.type_name, src, None, problem)
        case Success(event):
            payload_src = event.get("Src")
            return EventFacts(
                record,
                record.type_name or str(event["TypeName"]),
                src or (payload_src if isinstance(payload_src, str) else ""),
                _time_ms(event.get("TimeCreatedMs")),
            )


def event_object(record: EventRecord) -> Outcome[Mapping[str, Json], str]:
    """The JSON object of an event, or why it is none."""
    if record.payload is None:
        return Failure(record.fault)
    if not record.payload:
        return Failure("it is empty")
    try:
        value = parse_json(record.payload)
    except ValueError as error:  # includes what is not UTF-8
        return Failure(f"it is no JSON ({error})")
    if not isinstance(value, dict):
        return Failure("it is no JSON object")
    for name in ("TypeName", "MessageId"):
        text = value.get(name)
        if not isinstance(text, str) or not text:
            return Failure(f"it has no {name}")
    return Success(value)


def _time_ms(value: Json) -> int | None:
    return value if isinstance(value, int) and is_plausible_time_ms(value) else None


def time_text(ms: int | None) -> str:
    """ISO 8601 in UTC; a time that no calendar knows as its number; '-' if there is none."""
    if ms is None:
        return "-"
    try:
        time = _EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        return f"{ms} ms"
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
