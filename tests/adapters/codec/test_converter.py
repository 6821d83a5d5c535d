"""The types that fields of payloads may have."""

import inspect
import json
import sys
from collections.abc import Mapping, Sequence
from enum import Enum
from types import ModuleType
from typing import ClassVar, Literal

import attrs
import pytest

from gwproactor.adapters.codec import LinkCodec
from gwproactor.domain.events import Event, event_type
from gwproactor.domain.message import Json, JsonObject
from gwproactor.domain.namespace import MessageNamespace
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.payloads import DBGPayload
from gwproactor.domain.wire_type import Naming, Payload, WireFields, WireType
from gwproactor.ports.codec import Undecodable


class Mode(Enum):
    AUTO = "auto"
    HAND = "hand"


class Level(Enum):
    LOW = 1
    HIGH = 2


@attrs.frozen(kw_only=True)
class Part:
    wire: ClassVar = WireFields(names={"size": "SizeMm"}, omitted=frozenset({"comment"}))

    size: int
    comment: str = ""


@attrs.frozen(kw_only=True)
class Everything(Payload):
    wire: ClassVar = WireType(type_name="everything", version="001")

    an_int: int = 0
    a_float: float = 0.0
    a_str: str = ""
    a_bool: bool = False
    maybe: int | None = None
    mode: Mode = Mode.AUTO
    level: Level = Level.LOW
    word: Literal["on", "off"] = "on"
    words: Sequence[str] = ()
    numbers: list[float] = attrs.Factory(list)
    pair: tuple[str, ...] = ()
    part: Part | None = None
    parts: tuple[Part, ...] = ()
    by_name: Mapping[str, Part] = attrs.Factory(dict)
    dbg: DBGPayload | None = None
    anything: object = None
    free: Mapping[str, object] = attrs.Factory(dict)
    free_too: JsonObject = attrs.Factory(dict)


CODEC = LinkCodec(MessageNamespace.of(Everything))
FULL = Everything(
    an_int=10**30,
    a_float=0.5,
    a_str="ü",
    a_bool=True,
    maybe=3,
    mode=Mode.HAND,
    level=Level.HIGH,
    word="off",
    words=("a", "b"),
    numbers=[1, 2.5],
    pair=("c",),
    part=Part(size=1),
    parts=(Part(size=2, comment="c"), Part(size=3)),
    by_name={"x": Part(size=4)},
    dbg=DBGPayload(),
    anything=[1, {"a": None}],
    free={"b": [{"c": 1.5}]},
    free_too={"d": {}},
)


def decoded(
    codec: LinkCodec, json_object: JsonObject
) -> Success[Payload] | Failure[tuple[str, ...]]:
    data = json.dumps({"Header": {"Src": "s"}, "Payload": json_object}).encode()
    match codec.decode("link", "gw", data, retained=False):
        case Success(message):
            return Success(message.payload)
        case Failure(Undecodable(_, lines, _)):
            return Failure(lines)
        case Failure(problem):
            pytest.fail(str(problem))


def test_each_type_is_written_and_read() -> None:
    written = json.loads(CODEC.encode_payload(FULL))

    assert written == {
        "AnInt": 10**30,
        "AFloat": 0.5,
        "AStr": "ü",
        "ABool": True,
        "Maybe": 3,
        "Mode": "hand",
        "Level": 2,
        "Word": "off",
        "Words": ["a", "b"],
        "Numbers": [1, 2.5],
        "Pair": ["c"],
        "Part": {"SizeMm": 1},
        "Parts": [{"SizeMm": 2, "Comment": "c"}, {"SizeMm": 3}],
        "ByName": {"x": {"SizeMm": 4}},
        "Dbg": {
            "Levels": {"message_summary": -1, "lifecycle": -1, "comm_event": -1, "io_loop": 20},
            "Command": None,
            "TypeName": "gridworks.proactor.dbg",
        },
        "Anything": [1, {"a": None}],
        "Free": {"b": [{"c": 1.5}]},
        "FreeToo": {"d": {}},
        "TypeName": "everything",
        "Version": "001",
    }
    assert list(written)[-2:] == ["TypeName", "Version"]
    assert decoded(CODEC, written) == Success(FULL)


def test_what_is_absent_has_its_default() -> None:
    assert decoded(CODEC, {"TypeName": "everything"}) == Success(Everything())


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("AnInt", "17", "expected an integer @ $.Payload.AnInt"),
        ("AnInt", 1.0, "expected an integer @ $.Payload.AnInt"),
        ("AnInt", True, "expected an integer @ $.Payload.AnInt"),
        ("AnInt", None, "expected an integer @ $.Payload.AnInt"),
        ("AFloat", "1.5", "expected a number @ $.Payload.AFloat"),
        ("AFloat", False, "expected a number @ $.Payload.AFloat"),
        ("AStr", 5, "expected a string @ $.Payload.AStr"),
        ("ABool", 1, "expected true or false @ $.Payload.ABool"),
        ("ABool", "true", "expected true or false @ $.Payload.ABool"),
        ("Maybe", "3", "expected an integer @ $.Payload.Maybe"),
        ("Mode", "HAND", "expected one of ['auto', 'hand'] @ $.Payload.Mode"),
        ("Mode", ["auto"], "expected one of ['auto', 'hand'] @ $.Payload.Mode"),
        ("Level", True, "expected one of [1, 2] @ $.Payload.Level"),
        ("Level", 1.0, "expected one of [1, 2] @ $.Payload.Level"),
        ("Words", "ab", "expected an array @ $.Payload.Words"),
        ("Words", {"a": 1}, "expected an array @ $.Payload.Words"),
        ("Words", ["a", 1], "expected a string @ $.Payload.Words[1]"),
        ("Numbers", ["1"], "expected a number @ $.Payload.Numbers[0]"),
        ("Pair", "c", "expected an array @ $.Payload.Pair"),
        ("Part", [], "expected an object @ $.Payload.Part"),
        ("Part", {}, "missing @ $.Payload.Part.SizeMm"),
        ("Parts", [{"SizeMm": 1}, {}], "missing @ $.Payload.Parts[1].SizeMm"),
        ("ByName", [], "expected an object @ $.Payload.ByName"),
        ("ByName", {"x": {"SizeMm": None}}, "expected an integer @ $.Payload.ByName['x'].SizeMm"),
        ("Dbg", {"TypeName": "x"}, "expected the TypeName gridworks.proactor.dbg @ $.Payload.Dbg"),
        ("Free", [], "expected an object @ $.Payload.Free"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused_with_its_path(
    name: str, value: Json, line: str
) -> None:
    assert decoded(CODEC, {"TypeName": "everything", name: value}) == Failure((line,))


def test_every_fault_of_a_payload_is_named() -> None:
    faults = decoded(CODEC, {"TypeName": "everything", "AnInt": "1", "Part": {}, "Word": "maybe"})

    assert isinstance(faults, Failure)
    assert [line.partition(" @ ")[2] for line in faults.failure()] == [
        "$.Payload.AnInt",
        "$.Payload.Word",
        "$.Payload.Part.SizeMm",
    ]


def test_of_many_faults_the_first_ten_are_named() -> None:
    faults = decoded(CODEC, {"TypeName": "everything", "Numbers": ["x"] * 1000})

    assert isinstance(faults, Failure)
    assert len(faults.failure()) == 10
    assert faults.failure()[0] == "expected a number @ $.Payload.Numbers[0]"


@attrs.frozen(kw_only=True)
class Validated(Payload):
    wire: ClassVar = WireType(type_name="validated", naming=Naming.AS_IS)

    percent: int = attrs.field(validator=[attrs.validators.ge(0), attrs.validators.le(100)])
    name: str = attrs.field(default="", validator=attrs.validators.matches_re("x?"))


def test_what_a_validator_refuses_is_undecodable_with_its_reason() -> None:
    codec = LinkCodec(MessageNamespace.of(Validated))

    assert decoded(codec, {"TypeName": "validated", "percent": 5}) == Success(Validated(percent=5))
    refused = decoded(codec, {"TypeName": "validated", "percent": 101})
    assert isinstance(refused, Failure)
    assert "'percent' must be <= 100" in refused.failure()[0]


def test_a_fault_is_short_however_large_its_cause() -> None:
    refused = decoded(
        LinkCodec(MessageNamespace.of(Validated)),
        {"TypeName": "validated", "percent": 5, "name": "x" * 100_000},
    )

    assert isinstance(refused, Failure)
    assert [len(line) for line in refused.failure()] == [200]


@attrs.frozen(kw_only=True)
class Node:
    wire: ClassVar = WireFields()

    name: str
    children: tuple["Node", ...] = ()


@attrs.frozen(kw_only=True)
class Tree(Payload):
    """Its types are written as text, as under `from __future__ import annotations`."""

    wire: ClassVar = WireType(type_name="tree")

    root: "Node"


def test_a_class_may_contain_itself() -> None:
    codec = LinkCodec(MessageNamespace.of(Tree))
    tree = Tree(root=Node(name="r", children=(Node(name="c", children=(Node(name="d"),)),)))

    assert decoded(codec, json.loads(codec.encode_payload(tree))) == Success(tree)


def chain(length: int) -> JsonObject:
    node: JsonObject = {"Name": "leaf"}
    for _ in range(length):
        node = {"Name": "n", "Children": [node]}
    return {"TypeName": "tree", "Root": node}


def test_a_tree_is_read_as_deep_as_json_may_be_nested() -> None:
    codec = LinkCodec(MessageNamespace.of(Tree))

    assert isinstance(decoded(codec, chain(125)), Success)
    assert decoded(codec, chain(126)) == Failure(("not JSON: nested deeper than 254 levels",))


def test_no_recursion_error_escapes_where_little_of_the_stack_is_left() -> None:
    codec = LinkCodec(MessageNamespace.of(Tree))

    def from_deep_down(frames: int) -> Success[Payload] | Failure[tuple[str, ...]]:
        return decoded(codec, chain(120)) if frames == 0 else from_deep_down(frames - 1)

    used = len(inspect.stack())
    assert isinstance(from_deep_down(sys.getrecursionlimit() - used - 300), Failure)


@attrs.frozen(kw_only=True)
class Early(Event):
    """A subclass may give a field of `Event` a default; it still stands before the TypeName."""

    wire: ClassVar = event_type("gridworks.event.early")

    first: str
    src: str = "early"


def test_fields_of_event_stand_before_the_type_name_even_if_defined_again() -> None:
    event = Early(first="f", message_id="m", time_created_ms=1)

    assert json.loads(LinkCodec(MessageNamespace.of(Early)).encode_payload(event)) == {
        "MessageId": "m",
        "TimeCreatedMs": 1,
        "Src": "early",
        "TypeName": "gridworks.event.early",
        "First": "f",
    }


def test_a_class_with_a_field_that_cannot_be_read_is_refused_when_the_codec_is_built() -> None:
    @attrs.frozen(kw_only=True)
    class Unreadable(Payload):
        wire: ClassVar = WireType(type_name="unreadable")

        module: ModuleType

    with pytest.raises(TypeError, match=r"Unreadable: no field can be of type <class 'module'>"):
        LinkCodec(MessageNamespace.of(Unreadable))


def test_a_type_that_is_not_imported_is_named_when_the_codec_is_built() -> None:
    @attrs.frozen(kw_only=True)
    class Forgotten(Payload):
        wire: ClassVar = WireType(type_name="forgotten")

        part: "Prat"  # type: ignore[name-defined]  # noqa: F821 - the mistake that is tested

    with pytest.raises(TypeError, match=r"Forgotten: the type of a field is unknown: .*'Prat'"):
        LinkCodec(MessageNamespace.of(Forgotten))


def test_a_payload_outside_the_namespace_can_be_written() -> None:
    assert LinkCodec(MessageNamespace()).encode_payload(Validated(percent=1)) == (
        b'{"percent":1,"name":"","TypeName":"validated"}'
    )
