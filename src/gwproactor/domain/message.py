"""Messages: a header and a payload, between actors or over a link."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import attrs

from gwproactor.domain.wire_type import Payload, fields_by_wire_name

if TYPE_CHECKING:
    Json: TypeAlias = "bool | int | float | str | list[Json] | Mapping[str, Json] | None"
else:  # What reads the types of fields, as a codec does, cannot resolve an alias within itself.
    Json = object
JsonObject: TypeAlias = Mapping[str, Json]

T = TypeVar("T")
PayloadT_co = TypeVar("PayloadT_co", covariant=True)
WirePayloadT = TypeVar("WirePayloadT", bound=Payload)


@attrs.frozen
class Sequence:
    """The place of an event in its source's history: numbers of one epoch never repeat.

    `epoch` is a random id made with the event store; `number` rises with creation and may skip.
    """

    epoch: str
    number: int


@attrs.frozen
class Header:
    """Who says what to whom; `message_id` is what an ack names."""

    src: str
    dst: str = ""
    message_type: str = ""
    message_id: str = ""
    ack_required: bool = False
    version: str = "001"
    sequence: Sequence | None = None


@attrs.frozen
class Received:
    """What came over the link, as it came.

    `wire_header` is the header before the payload's values were laid over it: only the topic says
    who really sent a message. What it lacked is blank there. `payload_json` is the payload's whole
    JSON object, with fields that its class does not know.
    """

    link_name: str
    topic: str
    retained: bool
    wire_header: Header
    payload_json: JsonObject


@attrs.frozen
class Message(Generic[PayloadT_co]):
    """*payload* addressed by *header*; `received` is set for what came over a link."""

    header: Header
    payload: PayloadT_co
    received: Received | None = None

    @property
    def version(self) -> str | None:
        """The payload's Version on the wire, which may differ from its class's; None if absent."""
        if self.received is None:
            return self.payload.wire.version if isinstance(self.payload, Payload) else None
        version = self.received.payload_json.get("Version")
        return version if isinstance(version, str) else None


def to_actor(src: str, dst: str, payload: T, *, message_id: str = "") -> Message[T]:
    """A message between actors of one node; *payload* may be any object."""
    return Message(Header(src, dst, type(payload).__name__, message_id), payload)


def to_peer(
    payload: WirePayloadT,
    *,
    src: str,
    dst: str = "",
    message_id: str = "",
    ack_required: bool | None = None,
    sequence: Sequence | None = None,
) -> Message[WirePayloadT]:
    """A message for a link. The payload's own values go before the arguments, as on receipt.

    `ack_required` None means what the payload's class says.
    """
    kind: type = type(payload)
    own = fields_by_wire_name(kind)

    def effective(wire_name: str, given: T) -> T:
        field = own.get(wire_name)
        value: T | None = None if field is None else getattr(payload, field)
        return given if value is None else value

    by_class = payload.wire.ack_required
    header = Header(
        src=effective("Src", src),
        dst=effective("Dst", dst),
        message_type=payload.type_name,
        message_id=effective("MessageId", message_id),
        ack_required=effective("AckRequired", by_class if ack_required is None else ack_required),
        sequence=sequence,
    )
    return Message(header, payload)
