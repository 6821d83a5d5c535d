"""The envelope `{"Header":…,"Payload":…,"TypeName":"gw"}` and the rule of its header.

On receipt a value of the payload goes before the header's, and one at the top level before both;
null counts as absent there. All of it is the original library's behaviour.
"""

from collections.abc import Iterator
from typing import Final, TypeAlias

import attrs

from gwproactor.adapters.codec.json_text import write_json
from gwproactor.domain.message import Header, Json, JsonObject, Sequence
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.topic import ENVELOPE

HEADER_TYPE: Final = "gridworks.header"
HEADER_VERSION: Final = "001"
# A store's integers end here; no counter comes that far.
NUMBER_MAX: Final = 2**63 - 1

Faults: TypeAlias = tuple[str, ...]

_EMPTY: Final[JsonObject] = {}


@attrs.frozen
class Envelope:
    """An opened envelope; `json` is all of it, `wire_header` the header before overriding."""

    json: JsonObject
    header: Header
    wire_header: Header
    type_name: str
    payload: JsonObject


def write_envelope(header: Header, payload: bytes) -> bytes:
    """The whole message around *payload*, the bytes of a JSON object."""
    json: dict[str, object] = {
        "Src": header.src,
        "Dst": header.dst,
        "MessageType": header.message_type,
        "MessageId": header.message_id,
        "AckRequired": header.ack_required,
        "TypeName": HEADER_TYPE,
        "Version": header.version,
    }
    if header.sequence is not None:
        json["Sequence"] = {"Epoch": header.sequence.epoch, "Number": header.sequence.number}
    return b'{"Header":%b,"Payload":%b,"TypeName":"gw"}' % (write_json(json), payload)


def open_envelope(json: Json) -> Outcome[Envelope, Faults]:
    """The parts of a received message. Fails: what is wrong with it, each with its path."""
    if not isinstance(json, dict):
        return Failure(("expected an object @ $",))
    wire, payload = json.get("Header"), json.get("Payload")
    if wire is None:
        wire = _EMPTY
    if not isinstance(wire, dict) or not isinstance(payload, dict):
        return Failure(tuple(_misshapen(wire, payload)))
    type_name = payload.get("TypeName")
    src = _effective("Src", None, json, payload, wire)
    dst = _effective("Dst", "", json, payload, wire)
    message_type = _message_type(json, payload)
    message_id = _effective("MessageId", "", json, payload, wire)
    ack_required = _effective("AckRequired", False, json, payload, wire)
    version = wire.get("Version", HEADER_VERSION)
    if not (
        isinstance(type_name, str)
        and isinstance(src, str)
        and isinstance(dst, str)
        and isinstance(message_type, str)
        and isinstance(message_id, str)
        and isinstance(ack_required, bool)
        and isinstance(version, str)
        and json.get("TypeName", ENVELOPE) == ENVELOPE
        and wire.get("TypeName", HEADER_TYPE) == HEADER_TYPE
    ):
        return Failure(tuple(_faults(json, payload, wire)))
    header = Header(
        src, dst, message_type, message_id, ack_required, version, _sequence(wire.get("Sequence"))
    )
    return Success(Envelope(json, header, _wire_header(wire, header), type_name, payload))


def _effective(
    name: str, default: Json, json: JsonObject, payload: JsonObject, wire: JsonObject
) -> Json:
    value = json.get(name)
    if value is None:
        value = payload.get(name)
        if value is None:
            return wire.get(name, default)
    return value


def _message_type(json: JsonObject, payload: JsonObject) -> Json:
    for holder, name in (
        (json, "MessageType"),
        (payload, "type_name"),
        (payload, "type_alias"),
    ):
        value = holder.get(name)
        if value is not None:
            return value
    return payload.get("TypeName")


def _wire_header(wire: JsonObject, effective: Header) -> Header:
    """The header as it came; what is absent or of another type is blank."""
    found = Header(
        _text(wire.get("Src")),
        _text(wire.get("Dst")),
        _text(wire.get("MessageType")),
        _text(wire.get("MessageId")),
        wire.get("AckRequired") is True,
        effective.version,
        effective.sequence,
    )
    return effective if found == effective else found


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _sequence(value: Json) -> Sequence | None:
    """The place in the source's history; None if there is none, or none that can be right."""
    match value:
        case {"Epoch": str(epoch), "Number": int(number)} if (
            not isinstance(number, bool) and 0 <= number <= NUMBER_MAX
        ):
            return Sequence(epoch, number)
        case _:
            return None


def _misshapen(wire: Json, payload: Json) -> Iterator[str]:
    if not isinstance(wire, dict):
        yield "expected an object @ $.Header"
    if not isinstance(payload, dict):
        yield "expected an object @ $.Payload"


def _faults(json: JsonObject, payload: JsonObject, wire: JsonObject) -> Iterator[str]:
    """Why `open_envelope` refused, in words."""
    if json.get("TypeName", ENVELOPE) != ENVELOPE:
        yield f"expected {ENVELOPE!r} @ $.TypeName"
    if wire.get("TypeName", HEADER_TYPE) != HEADER_TYPE:
        yield f"expected {HEADER_TYPE!r} @ $.Header.TypeName"
    if not isinstance(payload.get("TypeName"), str):
        yield "expected a string @ $.Payload.TypeName"
    for name, default in (("Src", None), ("Dst", ""), ("MessageId", "")):
        if not isinstance(_effective(name, default, json, payload, wire), str):
            yield f"expected a string as {name} of the header, the payload or the message"
    if not isinstance(_effective("AckRequired", False, json, payload, wire), bool):
        yield "expected true or false as AckRequired of the header, the payload or the message"
    if not isinstance(_message_type(json, payload), str):
        yield "expected a string as the payload's type_name or type_alias, or as MessageType"
    if not isinstance(wire.get("Version", HEADER_VERSION), str):
        yield "expected a string @ $.Header.Version"
