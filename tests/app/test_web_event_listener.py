"""Events by HTTP: what is answered for what, on a real socket and an event log in memory."""

import asyncio
import json

import attrs
import pytest
from aiohttp import FormData
from pydantic import ValidationError
from typing_extensions import override

from gwproactor import CORE_NAMESPACE, Event, Outcome, ShNode
from gwproactor.adapters.clock import LoopClock
from gwproactor.adapters.codec import JsonEventReader, LinkCodec
from gwproactor.adapters.memory import MemoryEventLog, MemoryWebServers, SeededChance
from gwproactor.adapters.web import HTTPHandler
from gwproactor.adapters.web.config import WebLimits
from gwproactor.app.web_event_listener import WebEventListener, WebEventListenerSettings
from gwproactor.ports.event_log import (
    EventRefused,
    Fate,
    SinkBusy,
    Stopped,
    StoreFailed,
    StoreFull,
)
from tests.support.family import TYPES
from tests.support.web import AUTHORIZED, SOON_S, Answer, Data, Site, head

READER = JsonEventReader(CORE_NAMESPACE | TYPES)
READING = {
    "MessageId": "m1",
    "TimeCreatedMs": 1_700_000_000_000,
    "Src": "d1.house",
    "TypeName": "gridworks.event.test.reading",
    "Value": 7,
}


@attrs.define
class SlowEventLog(MemoryEventLog):
    """Nothing is durable before `go_on` is set."""

    asked: asyncio.Event = attrs.field(init=False, factory=asyncio.Event)
    go_on: asyncio.Event = attrs.field(init=False, factory=asyncio.Event)

    @override
    async def durable(self, event: Event) -> Outcome[Fate, StoreFailed]:
        self.asked.set()
        await self.go_on.wait()
        return await MemoryEventLog.durable(self, event)


class Listening:
    """A listener on a web server of its own."""

    def __init__(self, limits: WebLimits | None = None) -> None:
        self.site = Site(limits)
        codec = LinkCodec(CORE_NAMESPACE)
        self.log = SlowEventLog(LoopClock(), SeededChance(1), codec=codec, message_bytes_max=2_000)
        self.log.go_on.set()
        self.actor = WebEventListener(
            "web-event",
            event_log=self.log,
            event_reader=READER,
            web_servers=self.site.servers,
        )

    async def post(self, data: Data) -> Answer:
        return await self.site.ask("POST", "/events", data=data, headers=AUTHORIZED)

    async def post_reading(self, **changes: object) -> Answer:
        return await self.post(json.dumps(READING | changes))


async def answered(data: Data) -> tuple[int, str]:
    """Status and reason for *data*, of which no event must come."""
    listening = Listening()
    async with listening.site.serving():
        answer = await listening.post(data)
    assert not listening.log.events
    assert not listening.site.failures
    return answer.status, str(json.loads(answer.text)["reason"])


async def test_an_event_is_answered_with_its_id_and_kept_whole() -> None:
    listening = Listening()
    async with listening.site.serving():
        answer = await listening.post_reading(Comment="by hand", Serial=10**30)
    assert answer.status == 200
    assert json.loads(answer.text) == {"MessageId": "m1", "Fate": "durable"}
    (event,) = listening.log.events
    kept = json.loads(LinkCodec(CORE_NAMESPACE).encode_payload(event))
    assert kept == READING | {"Comment": "by hand", "Serial": 10**30}


async def test_what_is_left_blank_is_filled_and_answered() -> None:
    listening = Listening()
    async with listening.site.serving():
        answer = await listening.post(b'{"TypeName": "gridworks.event.test.reading", "Value": 7}')
    (event,) = listening.log.events
    assert json.loads(answer.text)["MessageId"] == event.message_id != ""
    assert event.src == "memory"
    assert event.time_created_ms > READING["TimeCreatedMs"]  # type: ignore[operator] # it is an int


async def test_an_event_of_a_type_that_only_others_know_is_taken() -> None:
    listening = Listening()
    async with listening.site.serving():
        answer = await listening.post_reading(TypeName="gridworks.event.other")
    assert answer.status == 200
    assert [event.type_name for event in listening.log.events] == ["gridworks.event.other"]


async def test_nobody_is_answered_before_the_event_is_stored() -> None:
    listening = Listening()
    listening.log.go_on.clear()
    async with listening.site.serving():
        posting = asyncio.create_task(listening.post_reading())
        await asyncio.wait_for(listening.log.asked.wait(), SOON_S)
        assert not posting.done()
        listening.log.deliver(listening.log.events[0])
        listening.log.go_on.set()
        answer = await posting
    assert json.loads(answer.text) == {"MessageId": "m1", "Fate": "delivered"}


async def test_an_event_whose_sender_does_not_wait_is_kept() -> None:
    listening = Listening()
    listening.log.go_on.clear()
    body = json.dumps(READING).encode()
    token = "Authorization: Bearer s3cret"
    async with listening.site.serving():
        _, writer = await listening.site.connect()
        request = head("POST", "/events", f"Content-Length: {len(body)}", token)
        writer.write(request + b"\r\n" + body)
        await asyncio.wait_for(listening.log.asked.wait(), SOON_S)
        writer.transport.abort()
        listening.log.go_on.set()
    assert [event.message_id for event in listening.log.events] == ["m1"]
    assert not listening.site.failures


async def test_an_event_may_be_posted_again() -> None:
    listening = Listening()
    async with listening.site.serving():
        answers = [await listening.post_reading() for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]


async def test_without_a_token_nothing_is_taken() -> None:
    listening = Listening()
    async with listening.site.serving():
        answer = await listening.site.ask("POST", "/events", data=json.dumps(READING))
    assert answer.status == 401
    assert not listening.log.events


@pytest.mark.parametrize("data", [b"", b"{", b"MessageId=m1", b"\xff"])
async def test_what_is_no_json_is_a_bad_request(data: bytes) -> None:
    status, reason = await answered(data)
    assert status == 400
    assert reason.startswith("not JSON: ")


async def test_a_form_is_another_media_type() -> None:
    form = FormData()
    form.add_field("file", b"{}", filename="event.json")
    status, reason = await answered(form)
    assert (status, reason) == (
        415,
        "post the JSON object of an event as application/json, not a form",
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"TypeName": "d1.reading"}, "unknown type 'd1.reading'"),
        ({"TypeName": "gridworks.ping"}, "are no events"),
        ({"TypeName": None}, "expected a string @ $.TypeName"),
        ({"Value": "seven"}, "expected an integer @ $.Value"),
        ({"MessageId": 1}, "expected a string @ $.MessageId"),
    ],
)
async def test_what_is_no_event_cannot_be_processed(change: dict[str, object], words: str) -> None:
    status, reason = await answered(json.dumps(READING | change))
    assert status == 422
    assert words in reason


async def test_an_event_that_no_message_holds_is_too_large() -> None:
    status, reason = await answered(json.dumps(READING | {"Comment": "x" * 2_000}))
    assert status == 413
    assert "the limit (message_bytes_max) is 2000" in reason


async def test_a_body_that_the_server_does_not_take_is_too_large() -> None:
    listening = Listening(WebLimits(body_bytes_max=100))
    async with listening.site.serving():
        answer = await listening.post_reading()
    assert answer.status == 413
    assert "larger than 100 bytes" in answer.text


@pytest.mark.parametrize(
    "refusal",
    [Stopped(), StoreFull(7), StoreFailed("the disk is gone"), SinkBusy(1, 2)],
    ids=lambda refusal: type(refusal).__name__,
)
async def test_a_node_that_cannot_keep_the_event_says_why(refusal: EventRefused) -> None:
    listening = Listening()
    listening.log.refuse_with(refusal)
    async with listening.site.serving():
        answer = await listening.post_reading()
    assert (answer.status, json.loads(answer.text)["reason"]) == (503, str(refusal))


async def test_an_event_that_could_not_be_written_may_be_posted_again_by_its_id() -> None:
    listening = Listening()
    listening.log.fail_with("no space left on device")
    async with listening.site.serving():
        answer = await listening.post(b'{"TypeName": "gridworks.event.other"}')
    said = json.loads(answer.text)
    assert answer.status == 503
    assert "no space left on device" in said["reason"]
    assert said["MessageId"] == listening.log.events[0].message_id


async def test_an_event_that_was_dropped_at_once_is_not_kept() -> None:
    listening = Listening()
    listening.log.go_on.clear()
    async with listening.site.serving():
        posting = asyncio.create_task(listening.post_reading())
        await asyncio.wait_for(listening.log.asked.wait(), SOON_S)
        listening.log.drop(listening.log.events[0])
        listening.log.go_on.set()
        answer = await posting
    assert answer.status == 503
    assert "gave the event up" in answer.text


def test_path_and_server_are_settings() -> None:
    servers = MemoryWebServers[HTTPHandler]()
    WebEventListener(
        "w",
        event_log=MemoryEventLog(LoopClock(), SeededChance(1)),
        event_reader=READER,
        web_servers=servers,
        settings=WebEventListenerSettings(http_path="/in", server_name="admin"),
    )
    assert list(servers.routes) == [("admin", "POST", "/in")]


def test_the_settings_of_the_original_are_the_default() -> None:
    settings = WebEventListenerSettings()
    assert (settings.http_path, settings.server_name) == ("/events", "default")
    with pytest.raises(ValidationError):
        WebEventListenerSettings(http_path="events")


def test_it_has_a_node_of_the_layout() -> None:
    assert WebEventListener.default_node() == ShNode(
        name="web-event", actor_class="WebEventListener"
    )
