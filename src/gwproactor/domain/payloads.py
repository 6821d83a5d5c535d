"""The library's own payloads that are not events (`gridworks.*`)."""

from enum import Enum
from typing import ClassVar, Final

import attrs

from gwproactor.domain.wire_type import Naming, Payload, WireFields, WireType

LEAVE_LEVEL: Final = -1


@attrs.frozen(kw_only=True)
class Ping(Payload):
    """Asks the peer whether it hears; the answer is an ack of `message_id`.

    A peer that leaves the id to the header gives a blank one here.
    """

    wire: ClassVar = WireType(type_name="gridworks.ping", ack_required=True)

    message_id: str = ""


@attrs.frozen(kw_only=True)
class Ack(Payload):
    """Says that the message `ack_message_id` was received, and, if an event, stored."""

    wire: ClassVar = WireType(type_name="gridworks.ack", names={"ack_message_id": "AckMessageID"})

    ack_message_id: str


@attrs.frozen(kw_only=True)
class Shutdown(Payload):
    """Asks a node's application to stop; over a link it is only handed to the application."""

    wire: ClassVar = WireType(type_name="gridworks.shutdown")

    reason: str = ""


@attrs.frozen(kw_only=True)
class PatInternalWatchdog(Payload):
    """A pat of the internal watchdog; over a link it is only handed to the application."""

    wire: ClassVar = WireType(type_name="gridworks.watchdog.pat.internal")


@attrs.frozen(kw_only=True)
class PatExternalWatchdog(Payload):
    """A pat of the external watchdog; over a link it is only handed to the application."""

    wire: ClassVar = WireType(type_name="gridworks.watchdog.pat.external")


class DBGCommands(Enum):
    """What a peer may ask for besides logger levels."""

    SHOW_SUBSCRIPTIONS = "show_subscriptions"


@attrs.frozen(kw_only=True)
class DBGLevels:
    """Logger levels to set; -1 leaves a level as it is."""

    wire: ClassVar = WireFields(naming=Naming.AS_IS)

    message_summary: int = LEAVE_LEVEL
    lifecycle: int = LEAVE_LEVEL
    comm_event: int = LEAVE_LEVEL
    io_loop: int = 20


@attrs.frozen(kw_only=True)
class DBGPayload(Payload):
    """A peer's wish about logging. `command` None is no command, or one we do not know."""

    wire: ClassVar = WireType(
        type_name="gridworks.proactor.dbg", unknown_reads_as={"command": None}
    )

    levels: DBGLevels = DBGLevels()
    command: DBGCommands | None = None
