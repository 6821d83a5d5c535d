"""What an event must be like to be sent and acknowledged: a peer could never ack another one."""

from functools import lru_cache
from typing import Final

from gwproactor.domain.events import AnyEvent, Event, is_plausible_time_ms
from gwproactor.domain.publication import bad_publication
from gwproactor.domain.short_text import KEY_MAX
from gwproactor.domain.topic import encode_topic

# Of a node's own types; more only cost the check anew.
TYPE_NAMES_KEPT: Final = 1_000


def bad_event(event: Event) -> str | None:
    """Why *event*, with its blanks filled, can never be delivered; None if it can."""
    if isinstance(event, AnyEvent):
        for field, value in (("TypeName", event.type_name), ("MessageId", event.message_id)):
            if event.json.get(field, value) != value:
                return f"its json has {field} {event.json[field]!r}, the event itself {value!r}"
    elif not is_plausible_time_ms(event.time_created_ms):
        return (
            f"time_created_ms of {event.type_name!r} is {event.time_created_ms}: "
            "give UTC milliseconds of the years 2000 to 2999, or 0 for now"
        )
    for field, text in (("message_id", event.message_id), ("src", event.src)):
        if not text.isascii() and not _is_unicode(text):
            return f"{field} {text!r} cannot be written as UTF-8"
    if len(event.type_name) > KEY_MAX:
        return _bad_type_name(event.type_name)
    return _remembered_bad_type_name(event.type_name)


def _bad_type_name(type_name: str) -> str | None:
    if not type_name:
        return "its TypeName is empty"
    refusal = bad_publication(encode_topic("src", "dst", type_name), 0)
    return None if refusal is None else f"TypeName {type_name!r} makes no topic: {refusal}"


_remembered_bad_type_name: Final = lru_cache(maxsize=TYPE_NAMES_KEPT)(_bad_type_name)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
