"""Headers of messages that are made, and what a received message knows."""

from typing import ClassVar

import attrs
import pytest

from gwproactor.domain.events import ShutdownEvent, StartupEvent
from gwproactor.domain.message import (
    Header,
    Json,
    Message,
    Received,
    Sequence,
    to_actor,
    to_peer,
)
from gwproactor.domain.payloads import Ack, DBGPayload, Ping
from gwproactor.domain.wire_type import Payload, WireType


def test_a_message_between_actors_is_named_after_its_payload() -> None:
    message = to_actor("a", "b", 5, message_id="m")

    assert message == Message(Header("a", "b", "int", "m"), 5)
    assert message.received is None


def test_the_values_of_the_payload_go_before_the_arguments() -> None:
    event = StartupEvent(message_id="of event", time_created_ms=1, src="originator")
    message = to_peer(event, src="forwarder", dst="a", message_id="given")

    assert message.header == Header(
        "originator", "a", "gridworks.event.startup", "of event", ack_required=True
    )


def test_even_an_empty_value_of_the_payload_goes_before_the_arguments() -> None:
    assert to_peer(StartupEvent(), src="s", message_id="given").header.message_id == ""


def test_the_class_says_whether_an_ack_is_required_unless_the_caller_does() -> None:
    assert to_peer(Ping(message_id="p"), src="s").header.ack_required is True
    assert to_peer(Ping(message_id="p"), src="s", ack_required=False).header.ack_required is False
    assert to_peer(Ack(ack_message_id="p"), src="s").header.ack_required is False
    assert to_peer(DBGPayload(), src="s", ack_required=True).header.ack_required is True


def test_a_payload_without_an_id_leaves_it_to_the_caller() -> None:
    message = to_peer(DBGPayload(), src="s", dst="d", message_id="given")

    assert message.header == Header("s", "d", "gridworks.proactor.dbg", "given")


def test_the_sequence_is_passed_on() -> None:
    sequence = Sequence("epoch", 7)

    assert to_peer(Ping(message_id="p"), src="s", sequence=sequence).header.sequence == sequence


@attrs.frozen(kw_only=True)
class Order(Payload):
    """Names of Python that differ from those of the header."""

    wire: ClassVar = WireType(
        type_name="order", names={"sender": "Src", "wants_ack": "AckRequired", "receiver": "Dst"}
    )

    sender: str
    wants_ack: bool = False
    receiver: str | None = None


def test_it_is_the_name_on_the_wire_that_counts() -> None:
    header = to_peer(Order(sender="me"), src="s", dst="d", ack_required=True).header

    assert (header.src, header.ack_required) == ("me", False)


def test_none_leaves_a_value_to_the_caller() -> None:
    assert to_peer(Order(sender="me"), src="s", dst="d").header.dst == "d"
    assert to_peer(Order(sender="me", receiver="r"), src="s", dst="d").header.dst == "r"


def received(version: Json) -> Message[ShutdownEvent]:
    header = Header("s", "d")
    wire = Received("link", "gw/s/to/d", False, header, {"Version": version})
    return Message(header, ShutdownEvent(reason="r"), wire)


def test_a_received_message_has_the_version_that_came() -> None:
    assert received("007").version == "007"


@pytest.mark.parametrize("version", [None, 7])
def test_a_received_message_without_a_version_in_text_has_none(version: Json) -> None:
    assert received(version).version is None


def test_a_message_that_is_made_has_the_version_of_its_class() -> None:
    assert to_peer(ShutdownEvent(reason="r"), src="s").version == "001"
    assert to_peer(StartupEvent(), src="s").version is None
    assert to_actor("a", "b", 5).version is None
