"""Reads an event that somebody wrote by hand or by script (adapter of `EventReader`)."""

from collections.abc import Iterator
from typing import Final

from gwproactor.adapters.codec.converter import payload_faults, payload_reader
from gwproactor.adapters.codec.json_text import parse_json
from gwproactor.domain.events import EVENT_PREFIX, AnyEvent, Event, is_plausible_time_ms
from gwproactor.domain.message import Json, JsonObject
from gwproactor.domain.namespace import MessageNamespace, is_event_name
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.wire_type import Payload
from gwproactor.ports.event_reader import NoEvent, NotJson

TEXTS: Final = ("MessageId", "Src")
TIME: Final = "TimeCreatedMs"
# A stranger's garbage must not fill the answer to it.
NAME_LENGTH_MAX: Final = 100


class JsonEventReader:
    """Knows the types of one namespace.

    Building it raises TypeError if a class of the namespace has a field that cannot be read.
    """

    def __init__(self, namespace: MessageNamespace) -> None:
        self._readers = {name: payload_reader(kind) for name, kind in namespace.types.items()}
        self._namespace = namespace

    def read_event(self, data: bytes) -> Outcome[AnyEvent, NotJson | NoEvent]:
        try:
            json = parse_json(data)
        except ValueError as error:
            return Failure(NotJson(str(error)))
        if not isinstance(json, dict):
            return Failure(NoEvent(("expected an object @ $",)))
        json = {name: value for name, value in json.items() if not _is_blank(name, value)}
        faults = self._faults(json)
        return Failure(NoEvent(faults)) if faults else Success(_event(json))

    def _faults(self, json: JsonObject) -> tuple[str, ...]:
        type_name = json.get("TypeName")
        if not isinstance(type_name, str):
            return ("expected a string @ $.TypeName",)
        strings = [name for name in TEXTS if not isinstance(json.get(name, ""), str)]
        faults = tuple(f"expected a string @ $.{name}" for name in strings)
        faults += tuple(_time_faults(json.get(TIME, 0)))
        if faults:
            return faults
        kind = self._namespace.get(type_name)
        if kind is None:
            return _unknown(type_name)
        return self._misfits(type_name, kind, json)

    def _misfits(self, type_name: str, kind: type[Payload], json: JsonObject) -> tuple[str, ...]:
        if not issubclass(kind, Event):
            return (f"messages of type {type_name!r} are no events @ $.TypeName",)
        version = json.get("Version", kind.wire.version or "")
        if not isinstance(version, str):
            return ("expected a string @ $.Version",)
        try:
            self._readers[type_name](json, kind)
        except Exception:  # validators of users may raise anything, and the faults will name it
            if version != (kind.wire.version or "") and is_event_name(type_name):
                return ()  # of another version, which nobody knows here
            return payload_faults(json, kind, "$")
        return ()


def _is_blank(name: str, value: Json) -> bool:
    if name in TEXTS:
        return value is None or value == ""
    return name == TIME and (value is None or (type(value) is int and value == 0))


def _time_faults(time_ms: Json) -> Iterator[str]:
    """Of known types and unknown: seconds, or a clock that was never set, are no use to anybody."""
    if type(time_ms) is not int:
        yield f"expected an integer @ $.{TIME}"
    elif time_ms != 0 and not is_plausible_time_ms(time_ms):
        yield f"not between the years 2000 and 3000 @ $.{TIME}"


def _unknown(type_name: str) -> tuple[str, ...]:
    if is_event_name(type_name):
        return ()
    return (
        f"unknown type {type_name[:NAME_LENGTH_MAX]!r}, and its name does not begin with "
        f"{EVENT_PREFIX!r} @ $.TypeName",
    )


def _event(json: JsonObject) -> AnyEvent:
    message_id, time_ms, src = (json.get(name) for name in ("MessageId", TIME, "Src"))
    return AnyEvent(
        message_id=message_id if isinstance(message_id, str) else "",
        time_created_ms=time_ms if type(time_ms) is int else 0,
        src=src if isinstance(src, str) else "",
        event_type_name=str(json["TypeName"]),
        json=json,
    )
