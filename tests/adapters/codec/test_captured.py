"""Every captured message of the original library is understood, and written byte for byte.

The classes here are those of its example tree; they show how an application defines its own.
"""

from collections.abc import Mapping
from typing import ClassVar

import attrs
import pytest

from gwproactor.adapters.codec import LinkCodec
from gwproactor.domain.events import AnyEvent, Event, event_type
from gwproactor.domain.message import Message, Received
from gwproactor.domain.namespace import CORE_NAMESPACE, MessageNamespace
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.wire_type import Naming, Payload, WireFields, WireType
from gwproactor.ports.codec import Undecodable, UnknownType
from tests.support.captured import Captured, captured_messages


@attrs.frozen(kw_only=True)
class SetRelay(Payload):
    wire: ClassVar = WireType(type_name="gridworks.dummy.set.relay", ack_required=True)

    relay_name: str
    closed: bool
    message_id: str


@attrs.frozen(kw_only=True)
class RelayReportEvent(Event):
    """An event whose fields are written as in Python."""

    wire: ClassVar[WireType] = event_type("gridworks.event.relay.report", naming=Naming.AS_IS)

    relay_name: str
    closed: bool
    changed: bool


@attrs.frozen(kw_only=True)
class RelayReportReceivedEvent(RelayReportEvent):
    wire: ClassVar = event_type("gridworks.event.relay.report.received", naming=Naming.AS_IS)

    mismatch: bool
    mismatch_count: int


@attrs.frozen(kw_only=True)
class RelayState:
    """A part of a payload has no TypeName; its `wire` says only how its fields are spelt."""

    wire: ClassVar = WireFields()

    closed: bool
    mismatch_count: int


@attrs.frozen(kw_only=True)
class RelayStates(Payload):
    wire: ClassVar = WireType(type_name="gridworks.dummy.relay.states")

    total_change_mismatches: int
    relays: Mapping[str, RelayState]


@attrs.frozen(kw_only=True)
class CommandInfo:
    wire: ClassVar = WireFields()

    user: str
    src_machine: str


@attrs.frozen(kw_only=True)
class RelayInfo:
    wire: ClassVar = WireFields()

    relay_name: str
    closed: bool


@attrs.frozen(kw_only=True)
class AdminSetRelay(Payload):
    wire: ClassVar = WireType(
        type_name="gridworks.dummy.admin.command.set.relay", ack_required=True
    )

    command_info: CommandInfo
    relay_info: RelayInfo
    message_id: str


@attrs.frozen(kw_only=True)
class AdminReadRelays(Payload):
    wire: ClassVar = WireType(
        type_name="gridworks.dummy.admin.command.read.relays", ack_required=True
    )

    command_info: CommandInfo
    message_id: str


@attrs.frozen(kw_only=True)
class AdminSetRelayEvent(Event):
    wire: ClassVar = event_type("gridworks.event.admin.command.set.relay", naming=Naming.AS_IS)

    command: AdminSetRelay


TREE = MessageNamespace.of(
    SetRelay,
    RelayReportEvent,
    RelayReportReceivedEvent,
    RelayStates,
    AdminSetRelay,
    AdminReadRelays,
    AdminSetRelayEvent,
)
CODEC = LinkCodec(CORE_NAMESPACE | TREE)

NOT_JSON = {"pair_11_unknown_and_invalid:33", "pair_11_unknown_and_invalid:36"}
# Neither known nor events by their name.
UNKNOWN = {"foo.bar", "capture.odd.event"}
# Known to no class, or a known one without its fields.
ANY_EVENTS = {"gridworks.event.zzz", "gridworks.event.capture.sample"}
INCOMPLETE = {"pair_11_unknown_and_invalid:21"}

MESSAGES = captured_messages()
READABLE = [
    message
    for message in MESSAGES
    if message.name not in NOT_JSON and message.type_name not in UNKNOWN
]
each_scenario = pytest.mark.parametrize("scenario", sorted({m.scenario for m in MESSAGES}))


def readable(scenario: str) -> list[Captured]:
    return [message for message in READABLE if message.scenario == scenario]


def compact(scenario: str) -> list[Captured]:
    return [message for message in readable(scenario) if message.is_compact]


def decoded(message: Captured) -> Message[Payload]:
    match CODEC.decode("link", message.topic, message.data, retained=False):
        case Success(decoded):
            return decoded
        case Failure(problem):
            pytest.fail(f"{message.name}: {problem}")


def received(message: Captured) -> Received:
    found = decoded(message).received
    assert found is not None
    return found


def expected_class(message: Captured) -> type[Payload] | None:
    is_any = message.type_name in ANY_EVENTS or message.name in INCOMPLETE
    return AnyEvent if is_any else (CORE_NAMESPACE | TREE).get(message.type_name)


def test_the_captures_are_all_there() -> None:
    assert len(MESSAGES) == 487
    assert sum(message.is_compact for message in READABLE) == 473


@each_scenario
def test_a_captured_message_reads_as_its_own_class(scenario: str) -> None:
    found = {message.name: type(decoded(message).payload) for message in readable(scenario)}

    assert found == {message.name: expected_class(message) for message in readable(scenario)}


@each_scenario
def test_what_was_received_is_written_as_the_same_bytes(scenario: str) -> None:
    for message in compact(scenario):
        wire = received(message)
        written = CODEC.envelope(wire.wire_header, CODEC.encode_json(wire.payload_json))

        assert written == message.data, message.name


@each_scenario
def test_a_typed_payload_is_written_as_the_same_bytes(scenario: str) -> None:
    for message in compact(scenario):
        payload = CODEC.encode_payload(decoded(message).payload)

        assert CODEC.envelope(received(message).wire_header, payload) == message.data, message.name


def test_what_is_no_json_is_undecodable() -> None:
    for message in MESSAGES:
        if message.name in NOT_JSON:
            match CODEC.decode("link", message.topic, message.data, retained=False):
                case Failure(Undecodable(topic, (line,), None)):
                    assert topic == message.topic
                    assert line.startswith("not JSON: ")
                case other:
                    pytest.fail(f"{message.name}: {other}")


def test_an_unknown_type_is_named_and_kept_whole() -> None:
    unknown = [m for m in MESSAGES if m.name not in NOT_JSON and m.type_name in UNKNOWN]
    assert len(unknown) == 6
    for message in unknown:
        match CODEC.decode("link", message.topic, message.data, retained=False):
            case Failure(UnknownType(topic, type_name, header, json)):
                assert (topic, type_name) == (message.topic, message.type_name)
                assert header.message_id == message.payload["MessageId"]
                assert json == message.json
            case other:
                pytest.fail(f"{message.name}: {other}")


def test_a_forwarded_event_reads_as_from_its_originator_but_its_wire_header_is_kept() -> None:
    forwarded = [m for m in READABLE if received(m).wire_header.src != decoded(m).header.src]

    assert {message.scenario for message in forwarded} == {
        "tree_01_start_and_relay",
        "tree_02_admin",
        "tree_03_forwarding_without_atn",
    }
    for message in forwarded:
        assert decoded(message).header.src == message.payload["Src"]


def test_the_id_to_acknowledge_is_that_of_the_payload() -> None:
    commands = [message for message in READABLE if "CommandInfo" in message.payload]

    assert commands
    for command in commands:
        assert decoded(command).header.message_id == command.payload["MessageId"]
        assert received(command).wire_header.message_id != command.payload["MessageId"]
