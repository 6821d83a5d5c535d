"""How classes say their names on the wire."""

from typing import ClassVar

import attrs
import pytest

from gwproactor.domain.wire_type import (
    BadWireTypeError,
    Naming,
    Payload,
    WireField,
    WireFields,
    WireType,
    fields_by_wire_name,
    wire_fields,
)


@attrs.frozen(kw_only=True)
class Base(Payload):
    wire: ClassVar[WireType] = WireType(
        type_name="base", names={"base_id": "BaseID"}, omitted=frozenset({"base_count"})
    )

    base_id: str
    base_count: int = 0


@attrs.frozen(kw_only=True)
class Derived(Base):
    wire: ClassVar = WireType(type_name="derived", naming=Naming.AS_IS)

    relay_name: str
    is_on: bool = attrs.field(default=False, init=False)


@pytest.mark.parametrize(
    ("field", "wire_name"),
    [("message_id", "MessageId"), ("src", "Src"), ("time_created_ms", "TimeCreatedMs")],
)
def test_a_name_is_pascal_case_unless_said_otherwise(field: str, wire_name: str) -> None:
    assert WireFields().name_of(field) == wire_name
    assert WireFields(naming=Naming.AS_IS).name_of(field) == field
    assert WireFields(names={field: "Other"}).name_of(field) == "Other"


def test_inherited_fields_keep_the_spelling_of_their_class() -> None:
    assert wire_fields(Derived) == (
        WireField("base_id", "BaseID"),
        WireField("base_count", "BaseCount", is_omitted_by_default=True),
        WireField("relay_name", "relay_name"),
    )


def test_fields_are_found_by_their_name_on_the_wire() -> None:
    assert fields_by_wire_name(Base) == {"BaseID": "base_id", "BaseCount": "base_count"}


def test_an_unknown_value_may_have_a_stand_in_even_none() -> None:
    @attrs.frozen(kw_only=True)
    class Lenient(Payload):
        wire: ClassVar = WireType(type_name="lenient", unknown_reads_as={"mode": None})

        mode: str | None = None

    assert wire_fields(Lenient) == (
        WireField("mode", "Mode", has_unknown_value=True, unknown_value=None),
    )


def test_a_class_that_is_no_payload_is_spelt_as_it_is() -> None:
    @attrs.frozen
    class Plain:
        some_field: int

    assert wire_fields(Plain) == (WireField("some_field", "some_field"),)


@pytest.mark.parametrize(
    "wire_type",
    [
        WireType(type_name="misspelt", names={"nmae": "X"}),
        WireType(type_name="misspelt", omitted=frozenset({"nmae"})),
        WireType(type_name="misspelt", unknown_reads_as={"nmae": 1}),
    ],
)
def test_a_misspelt_field_in_wire_is_refused(wire_type: WireType) -> None:
    @attrs.frozen(kw_only=True)
    class Misspelt(Payload):
        wire: ClassVar = wire_type

        name: str

    with pytest.raises(BadWireTypeError, match=r"Misspelt: .*\['nmae'\]"):
        wire_fields(Misspelt)


def test_two_fields_with_one_name_on_the_wire_are_refused() -> None:
    @attrs.frozen(kw_only=True)
    class Twice(Payload):
        wire: ClassVar = WireType(type_name="twice", names={"two": "One"})

        one: str
        two: str

    with pytest.raises(BadWireTypeError, match=r"Twice: .*\['One'\]"):
        wire_fields(Twice)


def test_a_field_written_as_what_the_class_itself_writes_is_refused() -> None:
    @attrs.frozen(kw_only=True)
    class Clash(Payload):
        wire: ClassVar = WireType(type_name="clash", version="001")

        version: str

    with pytest.raises(BadWireTypeError, match=r"\['Version'\]"):
        wire_fields(Clash)


def test_without_a_version_of_the_class_a_field_may_be_called_so() -> None:
    @attrs.frozen(kw_only=True)
    class Free(Payload):
        wire: ClassVar = WireType(type_name="free")

        version: str

    assert wire_fields(Free) == (WireField("version", "Version"),)
