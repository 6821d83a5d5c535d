"""Events that somebody wrote by hand: which are taken, and what is said of the others."""

import json
from typing import ClassVar

import attrs
import pytest

from gwproactor import CORE_NAMESPACE, AnyEvent, Failure, MessageNamespace, Success, event_type
from gwproactor.adapters.codec import JsonEventReader, LinkCodec
from gwproactor.domain.events import Event
from gwproactor.ports.event_reader import NoEvent, NotJson

TIME_MS = 1_700_000_000_000


@attrs.frozen(kw_only=True)
class TankReading(Event):
    wire: ClassVar = event_type("gridworks.event.tank", version="002")

    celsius: float
    depth: int = 1


@attrs.frozen(kw_only=True)
class FussyEvent(Event):
    """Its class raises what no codec expects."""

    wire: ClassVar = event_type("gridworks.event.fussy", version="002")

    mood: str = attrs.field()

    @mood.validator
    def _check(self, attribute: object, value: str) -> None:
        if value != "fine":
            raise LookupError(f"no such mood: {value}")


READER = JsonEventReader(CORE_NAMESPACE | MessageNamespace.of(TankReading, FussyEvent))
TANK = {
    "MessageId": "m1",
    "TimeCreatedMs": TIME_MS,
    "Src": "d1.house",
    "TypeName": "gridworks.event.tank",
    "Celsius": 41.5,
    "Version": "002",
}


def read(*changes: dict[str, object], without: str = "") -> AnyEvent | str:
    """What the reader makes of TANK with *changes*: the event, or the words about it."""
    given = {name: value for name, value in TANK.items() if name != without}
    for change in changes:
        given |= change
    match READER.read_event(json.dumps(given).encode()):
        case Success(event):
            return event
        case Failure(fault):
            return str(fault)


def test_an_event_of_a_known_type_is_kept_whole() -> None:
    extra = {"Comment": "read by hand", "Serial": 12345678901234567890123}
    event = read(extra)
    assert isinstance(event, AnyEvent)
    assert event.json == TANK | extra
    assert (event.type_name, event.message_id, event.src, event.time_created_ms) == (
        "gridworks.event.tank",
        "m1",
        "d1.house",
        TIME_MS,
    )


def test_an_event_of_an_unknown_type_is_kept_whole() -> None:
    event = read({"TypeName": "gridworks.event.other", "Celsius": [None, {}]})
    assert isinstance(event, AnyEvent)
    assert event.json["Celsius"] == [None, {}]


@pytest.mark.parametrize("type_name", ["gridworks.event.tank", "gridworks.event.other"])
@pytest.mark.parametrize("blank", ["left out", None, ""])
@pytest.mark.parametrize("name", ["MessageId", "Src"])
def test_id_and_source_may_be_blank(name: str, blank: object, type_name: str) -> None:
    given = {} if blank == "left out" else {name: blank}
    event = read({"TypeName": type_name}, given, without=name)
    assert isinstance(event, AnyEvent)
    assert name not in event.json
    assert (event.message_id == "") == (name == "MessageId")
    assert (event.src == "") == (name == "Src")


@pytest.mark.parametrize("type_name", ["gridworks.event.tank", "gridworks.event.other"])
@pytest.mark.parametrize("given", [{}, {"TimeCreatedMs": None}, {"TimeCreatedMs": 0}])
def test_the_time_may_be_blank(given: dict[str, object], type_name: str) -> None:
    event = read({"TypeName": type_name}, given, without="TimeCreatedMs")
    assert isinstance(event, AnyEvent)
    assert event.time_created_ms == 0
    assert "TimeCreatedMs" not in event.json


def test_a_filled_event_can_be_encoded_with_its_filling() -> None:
    event = read({"MessageId": ""})
    assert isinstance(event, AnyEvent)
    filled = attrs.evolve(event, message_id="new")
    encoded = json.loads(LinkCodec(CORE_NAMESPACE).encode_payload(filled))
    assert encoded == TANK | {"MessageId": "new"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Celsius": "hot"}, "expected a number @ $.Celsius"),
        ({"Depth": 1.5}, "expected an integer @ $.Depth"),
        ({"TypeName": 7}, "expected a string @ $.TypeName"),
        ({"TypeName": None}, "expected a string @ $.TypeName"),
        ({"TypeName": ""}, "unknown type ''"),
        ({"TypeName": "tank"}, "unknown type 'tank', and its name does not begin with"),
        ({"TypeName": "gridworks.ping"}, "messages of type 'gridworks.ping' are no events"),
        ({"MessageId": 7}, "expected a string @ $.MessageId"),
        ({"MessageId": []}, "expected a string @ $.MessageId"),
        ({"Src": False}, "expected a string @ $.Src"),
        ({"TimeCreatedMs": "now"}, "expected an integer @ $.TimeCreatedMs"),
        ({"TimeCreatedMs": False}, "expected an integer @ $.TimeCreatedMs"),
        ({"TimeCreatedMs": 1_700_000_000}, "not between the years 2000 and 3000"),
        ({"Version": 2}, "expected a string @ $.Version"),
        ({"TypeName": "gridworks.event.fussy", "Mood": "bad"}, "no such mood: bad @ $"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(change: dict[str, object], words: str) -> None:
    said = read(change)
    assert isinstance(said, str)
    assert words in said


@pytest.mark.parametrize("time_ms", [-5, 1_700_000_000, 10**23])
@pytest.mark.parametrize(
    "kind", [{"TypeName": "gridworks.event.other"}, {"Version": "003"}, {}], ids=str
)
def test_the_time_of_an_unknown_type_is_judged_as_that_of_a_known_one(
    kind: dict[str, object], time_ms: int
) -> None:
    said = read(kind | {"TimeCreatedMs": time_ms})
    assert isinstance(said, str)
    assert "not between the years 2000 and 3000 @ $.TimeCreatedMs" in said


def test_a_missing_field_is_named() -> None:
    assert read(without="Celsius") == "missing @ $.Celsius"


def test_of_another_version_nothing_is_known() -> None:
    """As on a link: what this node cannot judge it passes on."""
    event = read({"Version": "003", "Celsius": "warm"})
    assert isinstance(event, AnyEvent)
    assert event.json["Version"] == "003"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"{}{}",
        b"\xff\xfe",
        b'{"TypeName": NaN}',
        b'{"TypeName": "\\ud800"}',
        b"[" * 100_000,
        b'{"A":' + b"9" * 100_000 + b"}",
    ],
    ids=lambda data: repr(data[:20]),
)
def test_what_is_no_json_is_said_to_be_none(data: bytes) -> None:
    read = READER.read_event(data)
    assert isinstance(read, Failure)
    assert isinstance(read.failure(), NotJson)
    assert len(str(read.failure())) < 300


@pytest.mark.parametrize("data", [b"null", b"[]", b'"gridworks.event.tank"', b"17"])
def test_json_that_is_no_object_is_no_event(data: bytes) -> None:
    assert READER.read_event(data) == Failure(NoEvent(("expected an object @ $",)))


def test_what_is_said_of_a_long_name_is_short() -> None:
    said = read({"TypeName": "x" * 100_000})
    assert isinstance(said, str)
    assert len(said) < 300
