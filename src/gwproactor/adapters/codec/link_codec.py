"""Messages of links as the bytes that travel: JSON in the envelope `gw` (adapter of `Codec`)."""

from functools import cache
from typing import Final

import attrs

from gwproactor.adapters.codec.converter import (
    Reader,
    Writer,
    payload_faults,
    payload_reader,
    payload_writer,
)
from gwproactor.adapters.codec.envelope import (
    Envelope,
    NoEnvelope,
    open_envelope,
    write_envelope,
)
from gwproactor.adapters.codec.json_text import parse_json, write_json
from gwproactor.adapters.codec.stored_event import stored_event_fault
from gwproactor.domain.events import AnyEvent, Event, is_plausible_time_ms
from gwproactor.domain.message import Header, Json, JsonObject, Message, Received
from gwproactor.domain.namespace import MessageNamespace, is_event_name
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.stored_event import StoredEvent
from gwproactor.domain.wire_type import Payload
from gwproactor.ports.codec import Undecodable, UnknownType

PAYLOAD_PATH: Final = "$.Payload"


class LinkCodec:
    """Reads the types of one namespace, and any event; writes payloads of every class.

    Building it raises TypeError if a class of the namespace has a field that cannot be read.
    """

    def __init__(self, namespace: MessageNamespace) -> None:
        self.namespace = namespace
        self._known = {name: _Known.of(kind) for name, kind in namespace.types.items()}

    def encode_payload(self, payload: Payload) -> bytes:
        kind: type = type(payload)
        return write_json(_writer(kind)(payload))

    def encode_json(self, json: Json) -> bytes:
        return write_json(json)

    def envelope(self, header: Header, payload: bytes) -> bytes:
        return write_envelope(header, payload)

    def decode(
        self, link_name: str, topic: str, data: bytes, *, retained: bool
    ) -> Outcome[Message[Payload], Undecodable | UnknownType]:
        try:
            json = parse_json(data)
        except ValueError as error:
            return Failure(Undecodable(topic, (f"not JSON: {error}",)))
        envelope = open_envelope(json)
        if isinstance(envelope, NoEnvelope):
            return Failure(Undecodable(topic, envelope.faults, json))
        payload = self._payload(topic, envelope)
        if not isinstance(payload, Payload):
            return Failure(payload)
        received = Received(link_name, topic, retained, envelope.wire_header, envelope.payload)
        return Success(Message(envelope.header, payload, received))

    def unreadable(self, event: StoredEvent) -> str | None:
        return stored_event_fault(event)

    def _payload(self, topic: str, envelope: Envelope) -> Payload | Undecodable | UnknownType:
        known = self._known.get(envelope.type_name)
        if known is not None:
            payload = known.read(envelope.payload)
            if payload is not None:
                return payload
        faults = () if known is None else known.faults(envelope.payload)
        if is_event_name(envelope.type_name):
            match AnyEvent.from_json(envelope.payload):
                case Success(event):
                    return event
                case Failure(not_an_event):
                    return Undecodable(topic, (*faults, str(not_an_event)), envelope.json)
        if known is None or known.is_other_version(envelope.payload):
            return UnknownType(topic, envelope.type_name, envelope.header, envelope.json)
        return Undecodable(topic, faults, envelope.json)


@attrs.frozen
class _Known:
    """A payload class of the namespace."""

    kind: type[Payload]
    reader: Reader
    has_version: bool

    @classmethod
    def of(cls, kind: type[Payload]) -> "_Known":
        return cls(kind, payload_reader(kind), kind.wire.version is not None)

    def read(self, json: JsonObject) -> Payload | None:
        """The payload, or None if *json* does not fit."""
        try:
            payload = self.reader(json, self.kind)
        except Exception:  # validators of users may raise anything, and `faults` will name it
            return None
        if isinstance(payload, Event) and not is_plausible_time_ms(payload.time_created_ms):
            return None
        if self.has_version and not isinstance(json.get("Version", ""), str):
            return None
        return payload

    def faults(self, json: JsonObject) -> tuple[str, ...]:
        """Why `read` gave None."""
        faults = payload_faults(json, self.kind, PAYLOAD_PATH)
        if faults:
            return faults
        if self.has_version and not isinstance(json.get("Version", ""), str):
            return (f"expected a string @ {PAYLOAD_PATH}.Version",)
        return (f"not between the years 2000 and 3000 @ {PAYLOAD_PATH}.TimeCreatedMs",)

    def is_other_version(self, json: JsonObject) -> bool:
        version = json.get("Version")
        return isinstance(version, str) and version != self.kind.wire.version


@cache
def _writer(kind: type[Payload]) -> Writer:
    return payload_writer(kind)
