"""Events: what a node must tell its parent, stored until the peer has acknowledged it.

The library's own types, and `AnyEvent` for those that this node does not know.
"""

from collections.abc import Mapping
from enum import Enum
from typing import ClassVar, Final

import attrs
from typing_extensions import override

from gwproactor.domain.message import JsonObject
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.payloads import DBGPayload
from gwproactor.domain.wire_type import (
    NO_EXCEPTIONS,
    NOTHING_KNOWN,
    Naming,
    Payload,
    WireType,
)

EVENT_PREFIX: Final = "gridworks.event"
# Years 2000 and 3000: outside them a clock was not set, or the unit was not milliseconds.
TIME_MS_MIN: Final = 946_684_800_000
TIME_MS_MAX: Final = 32_503_680_000_000


@attrs.frozen(kw_only=True)
class Event(Payload):
    """Base of events. `generate_event` fills what is left blank.

    `message_id` is unique for the source; `time_created_ms` is UTC in milliseconds since 1970;
    `src` is the long name of the node that generated it.
    """

    wire: ClassVar[WireType] = WireType(type_name="", ack_required=True)

    message_id: str = ""
    time_created_ms: int = 0
    src: str = ""


def event_type(
    type_name: str,
    *,
    version: str | None = None,
    naming: Naming = Naming.PASCAL_CASE,
    names: Mapping[str, str] = NO_EXCEPTIONS,
    omitted: frozenset[str] = frozenset(),
    unknown_reads_as: Mapping[str, object] = NOTHING_KNOWN,
) -> WireType:
    """The `wire` of an event class; its TypeName should begin with `gridworks.event`,
    or peers that do not know it cannot keep it.
    """
    return WireType(
        type_name=type_name,
        version=version,
        naming=naming,
        names=names,
        omitted=omitted,
        unknown_reads_as=unknown_reads_as,
        ack_required=True,
    )


@attrs.frozen(kw_only=True)
class StartupEvent(Event):
    """The node started."""

    wire: ClassVar = event_type("gridworks.event.startup")


@attrs.frozen(kw_only=True)
class ShutdownEvent(Event):
    """The node stops, and why."""

    wire: ClassVar = event_type("gridworks.event.shutdown", version="001")

    reason: str


class ProblemType(Enum):
    """How bad a problem is; an unknown value on the wire reads as ERROR."""

    ERROR = "error"
    WARNING = "warning"


@attrs.frozen(kw_only=True)
class ProblemEvent(Event):
    """Something that an operator should know of."""

    wire: ClassVar = event_type(
        "gridworks.event.problem",
        version="001",
        unknown_reads_as={"problem_type": ProblemType.ERROR},
    )

    problem_type: ProblemType
    summary: str
    details: str = ""


@attrs.frozen(kw_only=True)
class StoreDroppedEvent(Event):
    """A full event store gave up events for newer ones: `count` of those that `first_number` and
    `last_number` of `epoch` enclose, together `bytes` of payload.

    The numbers are those under which their source sent them; of events that it did not number,
    `epoch` is empty and the numbers are 0. After a crash some of them may arrive all the same.
    """

    wire: ClassVar = event_type("gridworks.event.store.dropped", version="000")

    epoch: str
    first_number: int
    last_number: int
    count: int
    bytes: int


@attrs.frozen(kw_only=True)
class CommEvent(Event):
    """Something that happened to a link; `peer_name` is the local name of the *link*.

    `suppressed` counts the events of this link that were left out since the last one; it is
    written only if not 0.
    """

    wire: ClassVar[WireType] = event_type("", omitted=frozenset({"suppressed"}))

    peer_name: str
    suppressed: int = 0


@attrs.frozen(kw_only=True)
class MQTTConnectEvent(CommEvent):
    """The broker accepted the connection."""

    wire: ClassVar = event_type("gridworks.event.comm.mqtt.connect", version="001")


@attrs.frozen(kw_only=True)
class MQTTDisconnectEvent(CommEvent):
    """The connection to the broker was lost."""

    wire: ClassVar = event_type("gridworks.event.comm.mqtt.disconnect", version="001")


@attrs.frozen(kw_only=True)
class MQTTConnectFailedEvent(CommEvent):
    """A connection to the broker could not be made; no node sends this, some may know it."""

    wire: ClassVar = event_type("gridworks.event.comm.mqtt.connect.failed", version="001")


@attrs.frozen(kw_only=True)
class MQTTFullySubscribedEvent(CommEvent):
    """The broker granted every filter of the link."""

    wire: ClassVar = event_type("gridworks.event.comm.mqtt.fully.subscribed", version="001")


@attrs.frozen(kw_only=True)
class PeerActiveEvent(CommEvent):
    """The peer hears and is heard."""

    wire: ClassVar = event_type("gridworks.event.comm.peer.active", version="001")


@attrs.frozen(kw_only=True)
class ResponseTimeoutEvent(CommEvent):
    """The peer did not answer in time."""

    wire: ClassVar = event_type("gridworks.event.comm.response.timeout", version="001")


@attrs.frozen(kw_only=True)
class DBGEvent(Event):
    """What a dbg message changed: `count` levels; `path` is a code of the way taken."""

    wire: ClassVar = event_type("gridworks.event.proactor.dbg")

    command: DBGPayload
    path: str = ""
    count: int = 0
    msg: str = ""


@attrs.frozen
class NotAnEvent:
    """A JSON object without what every event has: `missing` strings of these names."""

    missing: tuple[str, ...]

    @override
    def __str__(self) -> str:
        return f"not an event: it needs a string as {', '.join(self.missing)}"


@attrs.frozen(kw_only=True)
class AnyEvent(Event):
    """An event of a type that this node does not know, kept whole in `json`.

    `time_created_ms` is 0 where the event has none or no integer, and may be any integer.
    """

    wire: ClassVar[WireType] = event_type("")

    event_type_name: str
    json: JsonObject

    @classmethod
    def from_json(cls, json: JsonObject) -> "Outcome[AnyEvent, NotAnEvent]":
        """The event with this payload. Fails: NotAnEvent."""
        match json:
            case {"MessageId": str(message_id), "Src": str(src), "TypeName": str(type_name)}:
                time_ms = json.get("TimeCreatedMs")
                event = cls(
                    message_id=message_id,
                    time_created_ms=time_ms if type(time_ms) is int else 0,
                    src=src,
                    event_type_name=type_name,
                    json=json,
                )
                return Success(event)
            case _:
                names = ("MessageId", "Src", "TypeName")
                missing = (name for name in names if not isinstance(json.get(name), str))
                return Failure(NotAnEvent(tuple(missing)))

    @property
    @override
    def type_name(self) -> str:
        return self.event_type_name

    @property
    def filled_json(self) -> JsonObject:
        """`json`; what it leaves blank is filled from the fields."""
        filled: JsonObject = {
            "MessageId": self.message_id,
            "TimeCreatedMs": self.time_created_ms,
            "Src": self.src,
            "TypeName": self.event_type_name,
        }
        added = {name: value for name, value in filled.items() if value and not self.json.get(name)}
        return {**self.json, **added} if added else self.json


def is_plausible_time_ms(time_ms: int) -> bool:
    """Whether a known event may have this creation time (years 2000 to 2999)."""
    return TIME_MS_MIN <= time_ms < TIME_MS_MAX


__all__ = [
    "EVENT_PREFIX",
    "AnyEvent",
    "CommEvent",
    "DBGEvent",
    "Event",
    "MQTTConnectEvent",
    "MQTTConnectFailedEvent",
    "MQTTDisconnectEvent",
    "MQTTFullySubscribedEvent",
    "NotAnEvent",
    "PeerActiveEvent",
    "ProblemEvent",
    "ProblemType",
    "ResponseTimeoutEvent",
    "ShutdownEvent",
    "StartupEvent",
    "StoreDroppedEvent",
    "event_type",
    "is_plausible_time_ms",
]
