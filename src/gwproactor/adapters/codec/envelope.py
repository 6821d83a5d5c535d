"""The envelope `{"Header":…,"Payload":…,"TypeName":"gw"}` and the rule of its header.

On receipt a value of the payload goes before the header's, and one at the top level before both;
null counts as absent there. All of it is the original library's behaviour.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from gwproactor.adapters.codec.json_text import write_json
from gwproactor.domain.message import Header, Json, JsonObject, Sequence
from gwproactor.domain.topic import ENVELOPE

HEADER_TYPE: Final = "gridworks.header"
HEADER_VERSION: Final = "001"
# A store's integers end here; no counter comes that far.
NUMBER_MAX: Final = 2**63 - 1

OVERRIDING: Final = ("Src", "Dst", "MessageId", "AckRequired")
TEXTS: Final = ("Src", "Dst", "MessageId", "MessageType", "Version")


class Envelope(NamedTuple):
    """An opened envelope; `json` is all of it, `wire_header` the header before overriding."""

    json: JsonObject
    header: Header
    wire_header: Header
    type_name: str
    payload: JsonObject


class NoEnvelope(NamedTuple):
    """Why JSON is no message: each fault with its path."""

    faults: tuple[str, ...]


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
    return b"".join(
        (b'{"Header":', write_json(json), b',"Payload":', payload, b',"TypeName":"gw"}')
    )


def open_envelope(json: Json) -> Envelope | NoEnvelope:
    """The parts of a received message."""
    if not isinstance(json, dict):
        return NoEnvelope(("expected an object @ $",))
    wire, payload = json.get("Header"), json.get("Payload")
    if wire is None:
        wire = {}
    if not isinstance(wire, dict):
        return NoEnvelope(("expected an object @ $.Header",))
    if not isinstance(payload, dict):
        return NoEnvelope(("expected an object @ $.Payload",))
    type_name = payload.get("TypeName")
    if not isinstance(type_name, str):
        return NoEnvelope(("expected a string @ $.Payload.TypeName",))
    overridden = _overridden(json, wire, payload)
    header = _header({**wire, **overridden} if overridden else wire)
    if header is None or json.get("TypeName", ENVELOPE) != ENVELOPE:
        return NoEnvelope(tuple(_faults(json, {**wire, **overridden})))
    wire_header = _wire_header(wire, header) if overridden else header
    return Envelope(json, header, wire_header, type_name, payload)


def _overridden(json: JsonObject, wire: JsonObject, payload: JsonObject) -> dict[str, Json]:
    """What the payload and the top level say otherwise than the header."""
    overridden: dict[str, Json] = {}
    for name in OVERRIDING:
        value = json.get(name)
        if value is None:
            value = payload.get(name)
        if value is not None and value != wire.get(name):
            overridden[name] = value
    message_type = json.get("MessageType")
    if message_type is None:
        message_type = _type_name(payload)
    if message_type != wire.get("MessageType"):
        overridden["MessageType"] = message_type
    return overridden


def _type_name(payload: JsonObject) -> Json:
    name = payload.get("type_name")
    if name is None:
        name = payload.get("type_alias")
    return payload["TypeName"] if name is None else name


def _header(json: JsonObject) -> Header | None:
    """The header with these members, None if one is missing or of another type."""
    src = json.get("Src")
    dst = json.get("Dst", "")
    message_type = json.get("MessageType", "")
    message_id = json.get("MessageId", "")
    ack_required = json.get("AckRequired", False)
    version = json.get("Version", HEADER_VERSION)
    if (
        isinstance(src, str)
        and isinstance(dst, str)
        and isinstance(message_type, str)
        and isinstance(message_id, str)
        and isinstance(ack_required, bool)
        and isinstance(version, str)
        and json.get("TypeName", HEADER_TYPE) == HEADER_TYPE
    ):
        sequence = _sequence(json["Sequence"]) if "Sequence" in json else None
        return Header(src, dst, message_type, message_id, ack_required, version, sequence)
    return None


def _wire_header(wire: JsonObject, effective: Header) -> Header:
    """The header as it came; what it lacks, or has of another type, is blank."""
    return Header(
        _text(wire.get("Src")),
        _text(wire.get("Dst")),
        _text(wire.get("MessageType")),
        _text(wire.get("MessageId")),
        wire.get("AckRequired") is True,
        effective.version,
        effective.sequence,
    )


def _text(json: Json) -> str:
    return json if isinstance(json, str) else ""


def _sequence(json: Json) -> Sequence | None:
    """The place in the source's history; None for one that cannot be right."""
    # A dict pattern says the same, but takes four times as long.
    if not isinstance(json, dict):
        return None
    epoch, number = json.get("Epoch"), json.get("Number")
    if isinstance(epoch, str) and type(number) is int and 0 <= number <= NUMBER_MAX:
        return Sequence(epoch, number)
    return None


def _faults(json: JsonObject, header: JsonObject) -> Iterator[str]:
    if json.get("TypeName", ENVELOPE) != ENVELOPE:
        yield f"expected {ENVELOPE!r} @ $.TypeName"
    if header.get("TypeName", HEADER_TYPE) != HEADER_TYPE:
        yield f"expected {HEADER_TYPE!r} @ $.Header.TypeName"
    # These may come from the header, the payload or the top level, so the path is not known.
    texts: dict[str, Json] = {"Dst": "", "MessageId": "", "Version": ""}
    for name in TEXTS:
        if not isinstance(header.get(name, texts.get(name)), str):
            yield f"expected a string as {name}"
    if not isinstance(header.get("AckRequired", False), bool):
        yield "expected true or false as AckRequired"
