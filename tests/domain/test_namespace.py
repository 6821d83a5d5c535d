"""Namespaces refuse what would be ambiguous, when they are built."""

from types import ModuleType
from typing import ClassVar

import attrs
import pytest

from gwproactor.domain import events, payloads
from gwproactor.domain.events import AnyEvent, CommEvent, Event, StartupEvent, event_type
from gwproactor.domain.namespace import (
    CORE_NAMESPACE,
    MessageNamespace,
    NamespaceConflictError,
    is_event_name,
)
from gwproactor.domain.payloads import Ack, Ping
from gwproactor.domain.wire_type import BadWireTypeError, Payload, WireType


@attrs.frozen(kw_only=True)
class OtherPing(Payload):
    wire: ClassVar = WireType(type_name="gridworks.ping")


@attrs.frozen(kw_only=True)
class RelayReport(Event):
    wire: ClassVar = event_type("gridworks.event.relay.report")

    relay_name: str


def module(**members: object) -> ModuleType:
    made = ModuleType("made_for_the_test")
    vars(made).update(members)
    return made


def test_the_core_namespace_has_every_type_of_the_protocol() -> None:
    assert set(CORE_NAMESPACE.types) == {
        "gridworks.ack",
        "gridworks.ping",
        "gridworks.shutdown",
        "gridworks.watchdog.pat.internal",
        "gridworks.watchdog.pat.external",
        "gridworks.proactor.dbg",
        "gridworks.event.startup",
        "gridworks.event.shutdown",
        "gridworks.event.store.dropped",
        "gridworks.event.problem",
        "gridworks.event.comm.mqtt.connect",
        "gridworks.event.comm.mqtt.connect.failed",
        "gridworks.event.comm.mqtt.disconnect",
        "gridworks.event.comm.mqtt.fully.subscribed",
        "gridworks.event.comm.peer.active",
        "gridworks.event.comm.response.timeout",
        "gridworks.event.proactor.dbg",
    }


def test_a_class_is_found_by_its_type_name() -> None:
    namespace = MessageNamespace.of(Ping, RelayReport)

    assert namespace.get("gridworks.event.relay.report") is RelayReport
    assert namespace.get("gridworks.ack") is None
    assert "gridworks.ping" in namespace
    assert "gridworks.ack" not in namespace


def test_two_classes_with_one_name_are_refused_and_both_are_named() -> None:
    with pytest.raises(NamespaceConflictError, match=r"gridworks\.ping.*\.Ping and .*OtherPing"):
        MessageNamespace.of(Ping, OtherPing)


def test_one_class_given_twice_is_no_conflict() -> None:
    assert MessageNamespace.of(Ping, Ping) == MessageNamespace.of(Ping)


def test_namespaces_join_without_changing() -> None:
    pings, reports = MessageNamespace.of(Ping), MessageNamespace.of(RelayReport, Ping)

    assert set((pings | reports).types) == {"gridworks.ping", "gridworks.event.relay.report"}
    assert set(pings.types) == {"gridworks.ping"}


def test_joining_refuses_two_classes_with_one_name() -> None:
    with pytest.raises(NamespaceConflictError, match=r"gridworks\.ping"):
        CORE_NAMESPACE | MessageNamespace.of(OtherPing)


def test_a_module_gives_the_classes_that_it_defines_or_imports() -> None:
    namespace = MessageNamespace.from_modules(
        module(RelayReport=RelayReport, Ack=Ack, number=5, function=len, plain=dict)
    )

    assert set(namespace.types) == {"gridworks.event.relay.report", "gridworks.ack"}


def test_modules_with_classes_of_one_name_are_refused() -> None:
    with pytest.raises(NamespaceConflictError, match=r"gridworks\.ping"):
        MessageNamespace.from_modules(payloads, module(OtherPing=OtherPing))


def test_a_module_that_is_given_twice_is_no_conflict() -> None:
    assert MessageNamespace.from_modules(events, payloads, events) == CORE_NAMESPACE


@attrs.frozen(kw_only=True)
class Unnamed(Payload):
    """Its author forgot the `wire`."""


@pytest.mark.parametrize("kind", [AnyEvent, CommEvent, Event, Payload, Unnamed])
def test_a_class_without_a_type_name_is_refused(kind: type[Payload]) -> None:
    with pytest.raises(NamespaceConflictError, match=f"{kind.__name__} has no TypeName"):
        MessageNamespace.of(kind)


def test_a_class_whose_fields_contradict_its_wire_is_refused() -> None:
    @attrs.frozen(kw_only=True)
    class Misspelt(Payload):
        wire: ClassVar = WireType(type_name="misspelt", names={"nmae": "Name"})

        name: str

    with pytest.raises(BadWireTypeError, match="nmae"):
        MessageNamespace.of(Misspelt)


@pytest.mark.parametrize(
    ("type_name", "is_event"),
    [
        ("gridworks.event", True),
        ("gridworks.event.zzz", True),
        ("gridworks.eventful", True),
        ("gridworks.even", False),
        ("report.event", False),
        ("", False),
    ],
)
def test_an_unknown_type_is_an_event_exactly_by_its_prefix(type_name: str, is_event: bool) -> None:
    assert is_event_name(type_name) is is_event


def test_the_names_of_this_librarys_events_begin_with_the_prefix() -> None:
    for name, kind in CORE_NAMESPACE.types.items():
        assert is_event_name(name) is issubclass(kind, Event)
    assert is_event_name(StartupEvent().type_name)
