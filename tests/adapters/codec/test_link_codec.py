"""The tables of the protocol, row by row; the expected side is written by hand.

Where a row leaves something open it says what the original library (gridworks-protocol 1.3.3) did
when it was tried.
"""

import json
from collections.abc import Mapping
from typing import ClassVar, Final

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gwproactor.adapters.codec import LinkCodec
from gwproactor.domain.events import (
    AnyEvent,
    DBGEvent,
    Event,
    ProblemEvent,
    ProblemType,
    ShutdownEvent,
    StartupEvent,
    event_type,
)
from gwproactor.domain.message import Header, Json, JsonObject, Message, Sequence
from gwproactor.domain.namespace import CORE_NAMESPACE, MessageNamespace
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.payloads import (
    Ack,
    DBGCommands,
    DBGLevels,
    DBGPayload,
    PatExternalWatchdog,
    PatInternalWatchdog,
    Ping,
    Shutdown,
)
from gwproactor.domain.wire_type import Payload
from gwproactor.ports.codec import Undecodable, UnknownType

TIME_MS: Final = 1_795_403_806_058


@attrs.frozen(kw_only=True)
class ReportEvent(Event):
    """An event whose name does not begin as one, as the original's `report.event`."""

    wire: ClassVar = event_type("report.event", version="002")

    report: Mapping[str, object]


CODEC = LinkCodec(CORE_NAMESPACE | MessageNamespace.of(ReportEvent))

PING: Final[JsonObject] = {"MessageId": "p", "TypeName": "gridworks.ping"}
EVENT: Final[JsonObject] = {"MessageId": "e", "TimeCreatedMs": TIME_MS, "Src": "es"}
PROBLEM: Final[JsonObject] = {
    **EVENT,
    "TypeName": "gridworks.event.problem",
    "ProblemType": "warning",
    "Summary": "s",
}
SHUTDOWN: Final[JsonObject] = {**EVENT, "TypeName": "gridworks.event.shutdown"}
DBG: Final[JsonObject] = {"TypeName": "gridworks.proactor.dbg"}
DBG_EVENT: Final[JsonObject] = {**EVENT, "TypeName": "gridworks.event.proactor.dbg"}
REPORT: Final[JsonObject] = {**EVENT, "TypeName": "report.event"}
BASE: Final[JsonObject] = {"Header": {"Src": "h"}, "Payload": PING, "TypeName": "gw"}


def changed(json_object: JsonObject, change: JsonObject) -> JsonObject:
    """With the members of *change*; those that are "ABSENT" there are taken away."""
    members = {**json_object, **change}
    return {name: value for name, value in members.items() if value != "ABSENT"}


def decode(json_value: Json) -> Success[Message[Payload]] | Failure[Undecodable | UnknownType]:
    return CODEC.decode("link", "gw/h/to/d/x", json.dumps(json_value).encode(), retained=False)


def decoded(json_value: Json) -> Message[Payload]:
    match decode(json_value):
        case Success(message):
            return message
        case Failure(problem):
            pytest.fail(str(problem))


def payload_of(json_object: JsonObject) -> Payload:
    return decoded({**BASE, "Payload": json_object}).payload


def undecodable(json_value: Json) -> Undecodable:
    match decode(json_value):
        case Failure(Undecodable() as problem):
            assert problem.json == json_value
            return problem
        case other:
            pytest.fail(f"not undecodable: {other}")


# ------------------------------------------------------------------ Envelope


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, Header("h", "", "gridworks.ping", "p")),
        ({"TypeName": "ABSENT"}, Header("h", "", "gridworks.ping", "p")),
        ({"Header": {"Src": "h", "Dst": "d"}}, Header("h", "d", "gridworks.ping", "p")),
        ({"Header": {"Src": "h", "MessageType": "x"}}, Header("h", "", "gridworks.ping", "p")),
        ({"Header": {"Src": "h", "MessageType": 5}}, Header("h", "", "gridworks.ping", "p")),
        (
            {"Header": {"Src": "h", "AckRequired": True}},
            Header("h", "", "gridworks.ping", "p", ack_required=True),
        ),
        (
            {"Header": {"Src": "h", "Version": "777"}},
            Header("h", "", "gridworks.ping", "p", version="777"),
        ),
        (
            {"Header": {"Src": "h", "Extra": [1]}, "Extra": 2},
            Header("h", "", "gridworks.ping", "p"),
        ),
        (
            {"Header": {"Src": "", "TypeName": "gridworks.header"}},
            Header("", "", "gridworks.ping", "p"),
        ),
    ],
)
def test_what_the_envelope_lacks_is_taken_as_the_table_says(
    change: JsonObject, expected: Header
) -> None:
    assert decoded(changed(BASE, change)).header == expected


@pytest.mark.parametrize("header", ["ABSENT", None, {}])
def test_without_a_header_the_payload_fills_it(header: Json) -> None:
    message = changed(BASE, {"Header": header, "Payload": {**PING, "Src": "ps"}})

    assert decoded(message).header == Header("ps", "", "gridworks.ping", "p")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"Header": "ABSENT"}, "expected a string as Src"),
        ({"Header": {}}, "expected a string as Src"),
        ({"Header": {"Src": None}}, "expected a string as Src"),
        ({"Header": {"Src": 5}}, "expected a string as Src"),
        ({"Header": "h"}, "expected an object @ $.Header"),
        ({"Header": []}, "expected an object @ $.Header"),
        ({"Header": {"Src": "h", "Dst": None}}, "expected a string as Dst"),
        ({"Header": {"Src": "h", "MessageId": 5}, "Payload": {"TypeName": "gridworks.ping"}},
         "expected a string as MessageId"),
        ({"Header": {"Src": "h", "AckRequired": "true"}}, "expected true or false as AckRequired"),
        ({"Header": {"Src": "h", "AckRequired": 1}}, "expected true or false as AckRequired"),
        ({"Header": {"Src": "h", "Version": 1}}, "expected a string as Version"),
        ({"Header": {"Src": "h", "TypeName": "x"}},
         "expected 'gridworks.header' @ $.Header.TypeName"),
        ({"TypeName": "gw2"}, "expected 'gw' @ $.TypeName"),
        ({"TypeName": None}, "expected 'gw' @ $.TypeName"),
        ({"Payload": "ABSENT"}, "expected an object @ $.Payload"),
        ({"Payload": None}, "expected an object @ $.Payload"),
        ({"Payload": [PING]}, "expected an object @ $.Payload"),
        ({"Payload": {"MessageId": "p"}}, "expected a string @ $.Payload.TypeName"),
        ({"Payload": {**PING, "TypeName": 5}}, "expected a string @ $.Payload.TypeName"),
        ({"Payload": {**PING, "Dst": 5}}, "expected a string as Dst"),
        ({"Payload": {**PING, "type_name": 5}}, "expected a string as MessageType"),
    ],
)  # fmt: skip
def test_an_envelope_against_the_table_is_undecodable_and_the_fault_is_named(
    change: JsonObject, line: str
) -> None:
    assert undecodable(changed(BASE, change)).lines == (line,)


def test_every_fault_of_a_header_is_named() -> None:
    message: JsonObject = {**BASE, "Header": {"Dst": 5, "TypeName": "x"}, "TypeName": "y"}

    assert len(undecodable(message).lines) == 4


@pytest.mark.parametrize("json_value", [None, True, 5, "gw", [], [BASE]])
def test_json_that_is_no_object_is_undecodable(json_value: Json) -> None:
    assert undecodable(json_value).lines == ("expected an object @ $",)


# ------------------------------------------ The payload overrides the header


WIRE: Final[JsonObject] = {
    "Src": "h", "Dst": "hd", "MessageType": "ht", "MessageId": "hm", "AckRequired": True
}  # fmt: skip


@pytest.mark.parametrize(
    ("payload", "top", "expected"),
    [
        ({}, {}, Header("h", "hd", "gridworks.ping", "p", ack_required=True)),
        ({"MessageId": "ABSENT"}, {}, Header("h", "hd", "gridworks.ping", "hm", ack_required=True)),
        ({"MessageId": ""}, {}, Header("h", "hd", "gridworks.ping", "", ack_required=True)),
        ({"Src": "ps"}, {}, Header("ps", "hd", "gridworks.ping", "p", ack_required=True)),
        ({"Src": ""}, {}, Header("", "hd", "gridworks.ping", "p", ack_required=True)),
        ({"Src": None}, {}, Header("h", "hd", "gridworks.ping", "p", ack_required=True)),
        ({"Dst": "pd"}, {}, Header("h", "pd", "gridworks.ping", "p", ack_required=True)),
        ({"AckRequired": False}, {}, Header("h", "hd", "gridworks.ping", "p")),
        ({"type_alias": "al"}, {}, Header("h", "hd", "al", "p", ack_required=True)),
        ({"type_name": "tn"}, {}, Header("h", "hd", "tn", "p", ack_required=True)),
        (
            {"type_alias": "al", "type_name": "tn"},
            {},
            Header("h", "hd", "tn", "p", ack_required=True),
        ),
        (
            {"Src": "ps", "Dst": "pd", "AckRequired": True},
            {
                "Src": "ts",
                "Dst": "td",
                "MessageId": "tm",
                "AckRequired": False,
                "MessageType": "tt",
            },
            Header("ts", "td", "tt", "tm"),
        ),
        (
            {"Src": "ps"},
            {"Src": None},
            Header("ps", "hd", "gridworks.ping", "p", ack_required=True),
        ),
    ],
)
def test_the_payload_overrides_the_header_and_the_top_level_both(
    payload: JsonObject, top: JsonObject, expected: Header
) -> None:
    message = decoded({**top, "Header": WIRE, "Payload": changed(PING, payload)})

    assert message.header == expected
    assert message.received is not None
    assert message.received.wire_header == Header("h", "hd", "ht", "hm", ack_required=True)


def test_a_header_of_other_types_counts_as_blank_where_it_is_overridden() -> None:
    message = decoded({"Header": {"Src": 5, "MessageId": []}, "Payload": {**PING, "Src": "ps"}})

    assert message.header == Header("ps", "", "gridworks.ping", "p")
    assert message.received is not None
    assert message.received.wire_header == Header("")


# ------------------------------------------------------------------ Sequence


@pytest.mark.parametrize(
    ("sequence", "expected"),
    [
        ({"Epoch": "e", "Number": 0}, Sequence("e", 0)),
        ({"Epoch": "e", "Number": 7, "More": 1}, Sequence("e", 7)),
        ({"Epoch": "e", "Number": 2**63 - 1}, Sequence("e", 2**63 - 1)),
        ({"Epoch": "e", "Number": 2**63}, None),
        ({"Epoch": "e", "Number": -1}, None),
        ({"Epoch": "e", "Number": 1.0}, None),
        ({"Epoch": "e", "Number": True}, None),
        ({"Epoch": "e", "Number": "1"}, None),
        ({"Epoch": 5, "Number": 1}, None),
        ({"Number": 1}, None),
        ({}, None),
        (None, None),
        ("e/1", None),
        (["e", 1], None),
    ],
)
def test_an_ill_formed_sequence_is_ignored(sequence: Json, expected: Sequence | None) -> None:
    header = decoded({**BASE, "Header": {"Src": "h", "Sequence": sequence}}).header

    assert header.sequence == expected


def test_a_sequence_is_written_last_and_only_where_it_is_known() -> None:
    known = CODEC.envelope(Header("h", sequence=Sequence("e", 3)), b"{}")

    assert b',"Version":"001","Sequence":{"Epoch":"e","Number":3}}' in known
    assert b"Sequence" not in CODEC.envelope(Header("h"), b"{}")


# ------------------------------------------------------------- Payload types


@pytest.mark.parametrize(
    ("json_object", "expected"),
    [
        (PING, Ping(message_id="p")),
        # The original makes up an id here; the header's is what its sender waits for.
        ({"TypeName": "gridworks.ping"}, Ping()),
        ({"AckMessageID": "a", "TypeName": "gridworks.ack"}, Ack(ack_message_id="a")),
        ({**EVENT, "TypeName": "gridworks.event.startup"},
         StartupEvent(message_id="e", time_created_ms=TIME_MS, src="es")),
        ({**SHUTDOWN, "Reason": "r"},
         ShutdownEvent(message_id="e", time_created_ms=TIME_MS, src="es", reason="r")),
        (PROBLEM, ProblemEvent(message_id="e", time_created_ms=TIME_MS, src="es",
                               problem_type=ProblemType.WARNING, summary="s")),
        (DBG, DBGPayload()),
        ({**DBG, "Levels": {"lifecycle": 10, "zzz": 1}},
         DBGPayload(levels=DBGLevels(lifecycle=10))),
        ({**DBG, "Command": "show_subscriptions"},
         DBGPayload(command=DBGCommands.SHOW_SUBSCRIPTIONS)),
        ({**DBG_EVENT, "Command": {}, "Count": 2},
         DBGEvent(message_id="e", time_created_ms=TIME_MS, src="es", command=DBGPayload(),
                  count=2)),
        ({"TypeName": "gridworks.shutdown", "Reason": "r"}, Shutdown(reason="r")),
        ({"TypeName": "gridworks.watchdog.pat.internal"}, PatInternalWatchdog()),
        ({"TypeName": "gridworks.watchdog.pat.external"}, PatExternalWatchdog()),
        ({**REPORT, "Report": {"Id": "x"}},
         ReportEvent(message_id="e", time_created_ms=TIME_MS, src="es", report={"Id": "x"})),
    ],
)  # fmt: skip
def test_a_payload_reads_as_its_class_with_its_defaults(
    json_object: JsonObject, expected: Payload
) -> None:
    assert payload_of(json_object) == expected


@pytest.mark.parametrize("value", ["worse", "", None, 5, ["error"], {}])
def test_an_unknown_problem_type_reads_as_error(value: Json) -> None:
    event = payload_of({**PROBLEM, "ProblemType": value})

    assert isinstance(event, ProblemEvent)
    assert event.problem_type is ProblemType.ERROR


@pytest.mark.parametrize("value", ["reboot", "", None, 5, ["show_subscriptions"], {}])
def test_an_unknown_command_reads_as_none(value: Json) -> None:
    payload = payload_of({**DBG, "Command": value})

    assert payload == DBGPayload(command=None)


# ----------------------------------------------------- Unknown and bad input


@pytest.mark.parametrize(
    ("json_object", "time_ms"),
    [
        # Unknown types that begin as an event.
        ({**EVENT, "TypeName": "gridworks.event.zzz", "More": [1]}, TIME_MS),
        ({"MessageId": "e", "Src": "es", "TypeName": "gridworks.event.zzz"}, 0),
        ({**EVENT, "TypeName": "gridworks.event.zzz", "TimeCreatedMs": 10**40}, 10**40),
        ({**EVENT, "TypeName": "gridworks.event.zzz", "TimeCreatedMs": "now"}, 0),
        ({**EVENT, "TypeName": "gridworks.event"}, TIME_MS),
        # Known ones with bad or missing fields.
        ({"MessageId": "e", "Src": "es", "TypeName": "gridworks.event.problem"}, 0),
        (SHUTDOWN, TIME_MS),
        ({**SHUTDOWN, "Reason": 5}, TIME_MS),
        ({**PROBLEM, "Details": None}, TIME_MS),
        ({**DBG_EVENT, "Command": {"TypeName": "x"}}, TIME_MS),
        ({**DBG_EVENT, "Command": "{}"}, TIME_MS),
        ({**PROBLEM, "Version": 2}, TIME_MS),
        # Times that cannot be.
        ({**EVENT, "TypeName": "gridworks.event.startup", "TimeCreatedMs": 5}, 5),
        ({**EVENT, "TypeName": "gridworks.event.startup", "TimeCreatedMs": 10**14}, 10**14),
        ({**EVENT, "TypeName": "gridworks.event.startup", "TimeCreatedMs": 1.5}, 0),
        ({"MessageId": "e", "Src": "es", "TypeName": "gridworks.event.startup"}, 0),
    ],
)  # fmt: skip
def test_an_unknown_or_ill_formed_event_is_read_as_any_event(
    json_object: JsonObject, time_ms: int
) -> None:
    assert payload_of(json_object) == AnyEvent(
        message_id="e",
        time_created_ms=time_ms,
        src="es",
        event_type_name=str(json_object["TypeName"]),
        json=json_object,
    )


def test_an_unknown_event_is_written_as_it_came_with_its_blanks_filled() -> None:
    event = payload_of({"MessageId": "e", "Src": "", "TypeName": "gridworks.event.zzz", "A": 1})
    assert isinstance(event, AnyEvent)

    assert CODEC.encode_payload(event) == (
        b'{"MessageId":"e","Src":"","TypeName":"gridworks.event.zzz","A":1}'
    )
    assert CODEC.encode_payload(attrs.evolve(event, src="own")) == (
        b'{"MessageId":"e","Src":"own","TypeName":"gridworks.event.zzz","A":1}'
    )


@pytest.mark.parametrize("missing", ["MessageId", "Src"])
@pytest.mark.parametrize("type_name", ["gridworks.event.zzz", "gridworks.event.shutdown"])
def test_an_event_without_id_or_source_that_no_class_can_read_is_undecodable(
    missing: str, type_name: str
) -> None:
    payload = changed({**EVENT, "TypeName": type_name}, {missing: "ABSENT"})

    assert missing in undecodable({**BASE, "Payload": payload}).lines[-1]


def test_another_version_of_an_event_that_does_not_fit_is_kept_whole() -> None:
    event = payload_of({**SHUTDOWN, "Version": "009"})

    assert isinstance(event, AnyEvent)


@pytest.mark.parametrize("type_name", ["foo.bar", "capture.odd.event", "gw", "", "gridworks.even"])
def test_an_unknown_type_that_does_not_begin_as_an_event_is_unknown(type_name: str) -> None:
    message = {**BASE, "Payload": {**EVENT, "TypeName": type_name}}

    match decode(message):
        case Failure(UnknownType() as problem):
            assert problem.type_name == type_name
            assert problem.header == Header("es", "", type_name, "e")
            assert problem.json == message
            assert repr(type_name) in str(problem)
        case other:
            pytest.fail(str(other))


def test_an_unknown_type_without_a_source_is_undecodable() -> None:
    undecodable({"Payload": {"TypeName": "foo.bar"}})


@pytest.mark.parametrize(
    ("json_object", "line"),
    [
        ({"TypeName": "gridworks.ack"}, "missing @ $.Payload.AckMessageID"),
        ({**PING, "MessageId": []}, "expected a string as MessageId"),
        ({"TypeName": "gridworks.ack", "AckMessageID": 5},
         "expected a string @ $.Payload.AckMessageID"),
        ({**DBG, "Levels": None}, "expected an object @ $.Payload.Levels"),
        ({**DBG, "Levels": "x"}, "expected an object @ $.Payload.Levels"),
        ({**DBG, "Levels": {"lifecycle": "10"}},
         "expected an integer @ $.Payload.Levels.lifecycle"),
        ({**DBG, "Levels": {"io_loop": True}},
         "expected an integer @ $.Payload.Levels.io_loop"),
        (REPORT, "missing @ $.Payload.Report"),
        ({**REPORT, "Report": {}, "TimeCreatedMs": 5},
         "not between the years 2000 and 3000 @ $.Payload.TimeCreatedMs"),
        ({**REPORT, "Report": {}, "Version": 2},
         "expected a string @ $.Payload.Version"),
    ],
)  # fmt: skip
def test_a_known_type_with_bad_fields_that_does_not_begin_as_an_event_is_undecodable(
    json_object: JsonObject, line: str
) -> None:
    problem = undecodable({**BASE, "Payload": json_object})

    assert problem.lines == (line,)
    assert str(problem) == f"undecodable message on topic [gw/h/to/d/x]: {line}"


def test_an_ack_may_be_required_without_any_id() -> None:
    ack: JsonObject = {"AckMessageID": "nothing", "TypeName": "gridworks.ack"}
    message = decoded({"Header": {"Src": "h", "AckRequired": True}, "Payload": ack})

    assert message.header == Header("h", "", "gridworks.ack", "", ack_required=True)


def test_unknown_fields_are_dropped_from_the_payload_but_kept_as_received() -> None:
    message = decoded({**BASE, "Payload": {**PING, "New": 5}})

    assert message.payload == Ping(message_id="p")
    assert message.received is not None
    assert message.received.payload_json == {**PING, "New": 5}


def test_of_fields_with_one_name_the_last_counts() -> None:
    payload = b'{"TypeName":"gridworks.ping","MessageId":"1","MessageId":"2"}'
    data = b'{"Header":{"Src":"h"},"Payload":%b}' % payload

    match CODEC.decode("link", "gw", data, retained=False):
        case Success(message):
            assert message.header.message_id == "2"
        case Failure(problem):
            pytest.fail(str(problem))


# ------------------------------------------------------- Whatever the bytes


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
TYPE_NAMES = st.sampled_from([*CORE_NAMESPACE.types, "gridworks.event.zzz", "foo.bar"])
FIELDS = st.sampled_from(
    ["MessageId", "TimeCreatedMs", "Src", "Dst", "AckRequired", "Reason", "ProblemType",
     "Summary", "PeerName", "Suppressed", "Command", "Levels", "AckMessageID", "Version",
     "type_name", "Header", "Sequence", "TypeName", "MessageType"]
)  # fmt: skip
MEMBERS = st.dictionaries(FIELDS, JSON_VALUES | st.text("ab", max_size=2), max_size=8)
NEARLY_MESSAGES = st.builds(
    lambda header, payload, type_name, top: {
        **top,
        "Header": header,
        "Payload": {**payload, "TypeName": type_name},
    },
    MEMBERS | JSON_VALUES,
    MEMBERS,
    TYPE_NAMES | JSON_VALUES,
    MEMBERS,
)


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    assert isinstance(CODEC.decode("link", "gw", data, retained=False), Success | Failure)


@settings(deadline=None)
@given(JSON_VALUES | NEARLY_MESSAGES)
def test_any_json_is_decoded_or_refused_and_what_is_decoded_can_be_sent_on(
    json_value: Json,
) -> None:
    data = json.dumps(json_value).encode()

    match CODEC.decode("link", "gw", data, retained=False):
        case Success(message):
            assert message.received is not None
            payload = CODEC.encode_json(message.received.payload_json)
            again = CODEC.envelope(message.header, payload)
            assert json.loads(again)["Payload"] == json.loads(data)["Payload"]
            assert CODEC.encode_payload(message.payload)
        case Failure(problem):
            assert str(problem)


EVENTS = st.builds(
    ProblemEvent,
    message_id=st.text(),
    time_created_ms=st.integers(946_684_800_000, 32_503_679_999_999),
    src=st.text(),
    problem_type=st.sampled_from(ProblemType),
    summary=st.text(),
    details=st.text(),
)


@settings(deadline=None)
@given(EVENTS)
def test_what_is_encoded_decodes_as_itself(event: ProblemEvent) -> None:
    data = CODEC.envelope(Header("h"), CODEC.encode_payload(event))

    assert decoded(json.loads(data)).payload == event
