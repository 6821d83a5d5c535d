"""Whether what a store gives back is an event: a power cut or a bad disk may have had it."""

from typing import Final

import orjson

from gwproactor.adapters.codec.json_text import parse_json
from gwproactor.domain.event_check import bad_event
from gwproactor.domain.events import AnyEvent
from gwproactor.domain.message import Json
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.store_problems import DecodingError, JSONDecodingError
from gwproactor.domain.stored_event import StoredEvent
from gwproactor.domain.stored_names import stored_names

# What is wrong may be very long: it stands in the reason.
REASON_MAX: Final = 300


def stored_event_fault(event: StoredEvent) -> str | None:
    """Why *event* can never be sent, shortly, or None."""
    fault = _fault(event)
    return None if fault is None else fault[:REASON_MAX]


def _fault(event: StoredEvent) -> str | None:
    try:
        json = _parsed(event.payload)
    except ValueError as error:
        return _decoding_problem(event, error)
    if not isinstance(json, dict):
        return str(DecodingError("not a JSON object", event.message_id))
    match AnyEvent.from_json(json):
        case Success(found):
            if found.message_id != event.message_id:
                return f"its MessageId is {found.message_id!r}, not {event.message_id!r}"
            # A peer does not ack what has no id.
            return bad_event(found) if found.message_id else "its MessageId is empty"
        case Failure(not_an_event):
            return str(not_an_event)


def _decoding_problem(event: StoredEvent, error: ValueError) -> str:
    """In the words of the original library, whose operators may look for them."""
    match stored_names(event.payload, event.message_id):
        case Failure(problem):
            return str(problem)
        case Success():  # there are more things that JSON text may not hold
            return str(JSONDecodingError(str(error), event.message_id))


def _parsed(payload: bytes) -> Json:
    """Inexact for large integers, which are sent as they are stored."""
    try:
        json: Json = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return parse_json(payload)
    return json
