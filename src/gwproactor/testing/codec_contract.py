"""What every `Codec` must do, as tests to be run on each adapter.

Subclass `CodecContract` under a name that pytest collects, and override `codec`.
"""

import json
from typing import ClassVar, Final

import attrs

from gwproactor.domain.events import AnyEvent, Event, ProblemEvent, ProblemType, event_type
from gwproactor.domain.message import Header, JsonObject, Message, Received, Sequence, to_peer
from gwproactor.domain.namespace import CORE_NAMESPACE, MessageNamespace
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.payloads import Ack, Ping
from gwproactor.domain.stored_event import StoredEvent
from gwproactor.domain.wire_type import Payload, WireType
from gwproactor.ports.codec import Codec, Undecodable, UnknownType

TIME_MS: Final = 1_795_403_806_058
TOPIC: Final = "gw/s/to/d/x"

NOT_MESSAGES: Final = (
    b"",
    b"not json",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"5",
    b'"gw"',
    b"{}",
    b'{"Header":{"Src":"s"}}',
    b'{"Header":{"Src":"s"},"Payload":null}',
    b'{"Header":{"Src":"s"},"Payload":{}}',
    b'{"Header":{"Src":"s"},"Payload":{"TypeName":null}}',
    b'{"Header":{"Src":"s"},"Payload":{"TypeName":"gridworks.ack"}}',
    b'{"Header":{"Src":"s"},"Payload":{"TypeName":"gridworks.ping","MessageId":"\\ud800"}}',
    b'{"Header":{"Src":"s"},"Payload":{"TypeName":"gridworks.ping","MessageId":NaN}}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"[" * 5_000 + b"]" * 5_000,
    b"1" * 100_000,
    b'{"Header":{"Src":"s"},"Payload":' + b"9" * 100_000 + b"}",
)


@attrs.frozen(kw_only=True)
class Reading(Event):
    """An event of an application, for the contract."""

    wire: ClassVar = event_type(
        "gridworks.event.contract.reading",
        version="002",
        names={"celsius": "TempC"},
        omitted=frozenset({"note"}),
    )

    channel_name: str
    celsius: float | None
    note: str = ""


@attrs.frozen(kw_only=True)
class Set(Payload):
    """A command of an application, for the contract."""

    wire: ClassVar = WireType(type_name="contract.set", version="001", ack_required=True)

    values: tuple[int, ...]
    message_id: str


READING: Final = Reading(
    message_id="r", time_created_ms=TIME_MS, src="s", channel_name="tank", celsius=20.5
)


class CodecContract:
    """The tests."""

    def codec(self, namespace: MessageNamespace) -> Codec:
        """A codec which reads the types of *namespace*."""
        raise NotImplementedError

    def test_an_event_is_written_in_wire_order(self) -> None:
        assert self.ready().encode_payload(READING) == (
            b'{"MessageId":"r","TimeCreatedMs":1795403806058,"Src":"s",'
            b'"TypeName":"gridworks.event.contract.reading",'
            b'"ChannelName":"tank","TempC":20.5,"Version":"002"}'
        )

    def test_other_payloads_end_with_their_type_name_and_version(self) -> None:
        assert self.ready().encode_payload(Set(values=(1, -2), message_id="m")) == (
            b'{"Values":[1,-2],"MessageId":"m","TypeName":"contract.set","Version":"001"}'
        )

    def test_a_field_that_may_be_omitted_is_written_if_it_says_something(self) -> None:
        written = self.ready().encode_payload(attrs.evolve(READING, note="cold"))

        assert json.loads(written)["Note"] == "cold"

    def test_an_envelope_has_every_field_of_the_header(self) -> None:
        header = Header("s", "d", "gridworks.ack", "m")

        assert self.ready().envelope(header, b'{"A":1}') == (
            b'{"Header":{"Src":"s","Dst":"d","MessageType":"gridworks.ack","MessageId":"m",'
            b'"AckRequired":false,"TypeName":"gridworks.header","Version":"001"},'
            b'"Payload":{"A":1},"TypeName":"gw"}'
        )

    def test_what_is_written_reads_as_the_same_message(self) -> None:
        codec = self.ready()
        messages: tuple[Message[Payload], ...] = (
            to_peer(READING, src="s", dst="d", sequence=Sequence("epoch", 3)),
            to_peer(attrs.evolve(READING, celsius=None, note="n"), src="s", dst="d"),
            to_peer(Set(values=(), message_id="m"), src="s", dst="d"),
            to_peer(Ping(message_id="ping"), src="s", dst="d"),
            to_peer(Ack(ack_message_id="ping"), src="s", dst="d"),
        )
        for message in messages:
            data = codec.envelope(message.header, codec.encode_payload(message.payload))
            found = self.decoded(data)

            assert (found.header, found.payload) == (message.header, message.payload)
            assert found.version == message.version

    def test_a_decoded_message_knows_what_came_and_how(self) -> None:
        data = (
            b'{"Header":{"Src":"forwarder","MessageId":"h"},'
            b'"Payload":{"TypeName":"gridworks.ping","MessageId":"p","Src":"source","New":[1]}}'
        )
        match self.ready().decode("link", TOPIC, data, retained=True):
            case Success(message):
                pass
            case other:
                raise unexpected(other)

        assert message.header == Header("source", "", "gridworks.ping", "p")
        assert message.received == Received(
            "link",
            TOPIC,
            True,
            Header("forwarder", message_id="h"),
            {"TypeName": "gridworks.ping", "MessageId": "p", "Src": "source", "New": [1]},
        )

    def test_an_unknown_event_is_kept_whole(self) -> None:
        json_object: JsonObject = {
            "MessageId": "z",
            "Src": "s",
            "TypeName": "gridworks.event.zzz",
            "More": {"a": [1.5, None, "ü"]},
        }
        codec = self.ready()
        event = self.decoded(enveloped(json_object)).payload

        assert isinstance(event, AnyEvent)
        assert (event.message_id, event.time_created_ms, event.src) == ("z", 0, "s")
        assert event.json == json_object
        assert json.loads(codec.encode_payload(event)) == json_object

    def test_a_known_event_whose_fields_do_not_fit_is_kept_whole_too(self) -> None:
        json_object: JsonObject = {
            "MessageId": "r",
            "TimeCreatedMs": TIME_MS,
            "Src": "s",
            "TypeName": "gridworks.event.contract.reading",
            "ChannelName": 5,
            "TempC": 20,
        }
        event = self.decoded(enveloped(json_object)).payload

        assert isinstance(event, AnyEvent)
        assert event.json == json_object

    def test_an_unknown_type_that_is_no_event_is_named_and_kept(self) -> None:
        json_object: JsonObject = {"TypeName": "foo.bar", "MessageId": "f"}
        match self.ready().decode("link", TOPIC, enveloped(json_object), retained=False):
            case Failure(UnknownType(topic, type_name, header, whole)):
                assert (topic, type_name) == (TOPIC, "foo.bar")
                assert header == Header("header", message_type="foo.bar", message_id="f")
                assert whole["Payload"] == json_object
            case other:
                raise unexpected(other)

    def test_a_codec_reads_only_the_types_of_its_namespace(self) -> None:
        codec = self.codec(MessageNamespace.of(Set))
        data = enveloped({"TypeName": "gridworks.ping", "MessageId": "p"})

        match codec.decode("link", TOPIC, data, retained=False):
            case Failure(UnknownType(_, "gridworks.ping", _, _)):
                pass
            case other:
                raise unexpected(other)

    def test_another_version_is_read_if_its_fields_fit(self) -> None:
        json_object: JsonObject = {"TypeName": "contract.set", "Values": [1], "MessageId": "m"}
        message = self.decoded(enveloped({**json_object, "Version": "009", "New": 1}))

        assert message.payload == Set(values=(1,), message_id="m")
        assert message.version == "009"

    def test_another_version_whose_fields_do_not_fit_is_an_unknown_type(self) -> None:
        data = enveloped({"TypeName": "contract.set", "Value": 1, "Version": "009"})

        match self.ready().decode("link", TOPIC, data, retained=False):
            case Failure(UnknownType(_, "contract.set", _, _)):
                pass
            case other:
                raise unexpected(other)

    def test_values_are_never_coerced(self) -> None:
        good: JsonObject = {"TypeName": "contract.set", "Values": [1], "MessageId": "m"}
        assert isinstance(self.decoded(enveloped(good)).payload, Set)

        bad: tuple[JsonObject, ...] = (
            {"Values": ["1"]},
            {"Values": [1.0]},
            {"Values": [True]},
            {"Values": "1"},
            {"Values": {"1": 1}},
            {"MessageId": 1},
            {"MessageId": None},
        )
        for change in bad:
            data = enveloped({**good, **change})
            match self.ready().decode("link", TOPIC, data, retained=False):
                case Failure(Undecodable()):
                    pass
                case other:
                    raise unexpected(f"{change}: {other}")

    def test_an_integer_will_do_for_a_float(self) -> None:
        data = enveloped({**json.loads(self.ready().encode_payload(READING)), "TempC": 20})
        event = self.decoded(data).payload

        assert isinstance(event, Reading)
        assert event.celsius == 20

    def test_integers_of_any_size_stay_exact(self) -> None:
        for number in (2**63 - 1, 2**63, 2**64, -(2**64), 10**18, 10**19, 10**400, -(10**400)):
            payload = f'{{"TypeName":"contract.set","Values":[{number}],"MessageId":"m"}}'
            message = self.decoded(b'{"Header":{"Src":"s"},"Payload":%b}' % payload.encode())

            assert message.payload == Set(values=(number,), message_id="m")
            assert message.received is not None
            assert self.ready().encode_json(message.received.payload_json) == payload.encode()

    def test_text_is_utf_8_without_escapes(self) -> None:
        text = 'naïve ☃ \u2028 </x> "q" \\ 😀'
        written = self.ready().encode_json({"a": text})

        assert written.decode() == '{"a":"naïve ☃ \u2028 </x> \\"q\\" \\\\ 😀"}'
        assert json.loads(written) == {"a": text}

    def test_what_json_cannot_say_is_written_as_null_or_replaced(self) -> None:
        codec = self.ready()

        assert codec.encode_json([float("nan"), float("inf"), float("-inf")]) == b"[null,null,null]"
        assert codec.encode_json([float("nan"), 10**30]) == b"[null,%d]" % 10**30
        # File names that are no UTF-8 read as lone surrogates, and may stand in any traceback.
        event = ProblemEvent(
            message_id="p", problem_type=ProblemType.ERROR, summary="no file \udcff"
        )
        assert "no file \ufffd" in codec.encode_payload(event).decode()

    def test_what_is_no_message_is_undecodable_and_nothing_raises(self) -> None:
        codec = self.ready()
        for data in NOT_MESSAGES:
            match codec.decode("link", TOPIC, data, retained=False):
                case Failure(Undecodable(topic, lines, _)):
                    assert topic == TOPIC
                    assert lines
                    assert all(lines)
                case other:
                    raise unexpected(f"{data[:60]!r}: {other}")

    def test_what_was_stored_is_an_event_if_it_was_one_before(self) -> None:
        codec = self.ready()
        odd = b'{"TypeName":"odd type","MessageId":"r","Src":"","Big":%b}' % (b"9" * 400)

        assert codec.unreadable(stored(codec.encode_payload(READING))) is None
        assert codec.unreadable(stored(odd)) is None

    def test_what_is_no_event_cannot_be_sent_and_nothing_raises(self) -> None:
        """Hazard 5."""
        codec = self.ready()
        event = codec.encode_payload(READING)
        json_event = json.loads(event)
        bad = [
            *NOT_MESSAGES,
            *(event[:length] for length in range(len(event))),
            event.replace(b"tank", b"t\xffnk"),
            event.replace(b'"r"', b'"other"'),
            *(encoded({**json_event, name: 5}) for name in ("TypeName", "MessageId", "Src")),
            *(encoded({**json_event, "TypeName": name}) for name in ("", "a" * 70_000, "\0")),
        ]
        for payload in bad:
            reason = codec.unreadable(stored(payload))
            assert reason, payload[:60]
            assert len(reason) <= 1_000

        assert codec.unreadable(stored(event.replace(b'"r"', b'""'), message_id=""))

    def ready(self) -> Codec:
        return self.codec(CORE_NAMESPACE | MessageNamespace.of(Reading, Set))

    def decoded(self, data: bytes) -> Message[Payload]:
        match self.ready().decode("link", TOPIC, data, retained=False):
            case Success(message):
                return message
            case Failure(problem):
                raise unexpected(problem)


def enveloped(payload: JsonObject) -> bytes:
    """The message with this payload and a header that names only its source."""
    return json.dumps({"Header": {"Src": "header"}, "Payload": payload}).encode()


def encoded(payload: JsonObject) -> bytes:
    return json.dumps(payload).encode()


def stored(payload: bytes, message_id: str = "r") -> StoredEvent:
    """What a store would give back."""
    return StoredEvent(Sequence("epoch", 1), message_id, READING.type_name, payload)


def unexpected(found: object) -> AssertionError:
    return AssertionError(f"unexpected: {found}")
