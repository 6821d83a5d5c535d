"""What every `EventSink` must do, as tests to be run on each adapter.

Subclass `EventSinkContract` under a name that pytest collects, and override `sink` and `stored`.
"""

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Sequence as Items
from contextlib import asynccontextmanager
from typing import Final

import attrs
from returns.result import Failure, Success

from gwproactor.domain.message import Sequence
from gwproactor.ports.event_sink import DUPLICATE as KEPT_BEFORE
from gwproactor.ports.event_sink import STORED as KEPT
from gwproactor.ports.event_sink import EventSink, ReceivedEvent, SinkAnswer, SinkBusy

ROOMY: Final = 1_000_000
STORED: Final = Success(KEPT)
DUPLICATE: Final = Success(KEPT_BEFORE)
# What a peer may write into any name, and numbers beyond any machine's.
AWKWARD_TEXTS: Final = (
    *("", "a/b", "..", "ü☃", "a\0b", "a\0c", "\ud800", "x" * 999),
    "'); DROP TABLE event",
)
AWKWARD_NUMBERS: Final = (0, -1, 2**63 - 1, 2**63, -(2**63) - 1, 10**5000)


@attrs.define
class _Answers:
    """The answers to a number of puts, in the order in which they came."""

    expected: int = 0
    given: list[tuple[str, SinkAnswer]] = attrs.Factory(list)
    _all: asyncio.Event = attrs.Factory(asyncio.Event)

    def put(self, sink: EventSink, event: ReceivedEvent) -> None:
        def done(answer: SinkAnswer) -> None:
            self.given.append((event.message_id, answer))
            if len(self.given) == self.expected:
                self._all.set()

        self.expected += 1
        given_before = len(self.given)
        sink.put(event, done).unwrap()
        assert len(self.given) == given_before, "answered from within put"

    async def all(self) -> list[SinkAnswer]:
        if len(self.given) < self.expected:
            self._all.clear()
            await self._all.wait()
        return [answer for _, answer in self.given]


class EventSinkContract:
    """The tests. Each begins with a medium that no sink has opened before."""

    def sink(self, *, events_max: int, bytes_max: int) -> EventSink:
        """A new sink, unopened, on the same medium at every call."""
        raise NotImplementedError

    def stored(self) -> Items[ReceivedEvent]:
        """The durable events on the medium, in order of arrival."""
        raise NotImplementedError

    @asynccontextmanager
    async def opened(
        self, *, events_max: int = 1000, bytes_max: int = 100 * ROOMY
    ) -> AsyncIterator[EventSink]:
        sink = self.sink(events_max=events_max, bytes_max=bytes_max)
        (await sink.open()).unwrap()
        try:
            yield sink
        finally:
            await sink.close()

    async def test_an_event_is_stored_before_it_is_answered(self) -> None:
        event = received("id", sequence=Sequence("epoch", 7))
        async with self.opened() as sink:
            seen: asyncio.Future[list[ReceivedEvent]] = asyncio.get_running_loop().create_future()
            sink.put(event, lambda _: seen.set_result(list(self.stored()))).unwrap()
            assert await seen == [event]

    async def test_answers_come_in_the_order_of_the_puts(self) -> None:
        ids = [f"id {number}" for number in range(200)]
        async with self.opened() as sink:
            answers = _Answers()
            for message_id in ids:
                answers.put(sink, received(message_id))
            await answers.all()
            assert answers.given == [(message_id, STORED) for message_id in ids]
        assert [event.message_id for event in self.stored()] == ids

    async def test_a_second_event_of_one_source_and_id_is_a_duplicate(self) -> None:
        async with self.opened() as sink:
            assert await answered(sink, received("id"), received("id")) == [STORED, DUPLICATE]
            assert await answered(sink, received("id", payload=b"other")) == [DUPLICATE]
        async with self.opened() as sink:
            assert await answered(sink, received("id")) == [DUPLICATE]
        assert list(self.stored()) == [received("id")]

    async def test_one_id_from_two_sources_is_two_events(self) -> None:
        events = [received("id", src="a"), received("id", src="b")]
        async with self.opened() as sink:
            assert await answered(sink, *events) == [STORED, STORED]
        assert list(self.stored()) == events

    async def test_no_two_names_are_taken_for_one(self) -> None:
        names = [(src, id_) for src in ("a", "a\0", "") for id_ in ("\0b", "b", "\0", "")]
        async with self.opened() as sink:
            events = [received(id_, src=src) for src, id_ in names]
            assert await answered(sink, *events) == [STORED] * len(names)

    async def test_whatever_a_peer_writes_is_kept_as_it_came(self) -> None:
        events = [
            ReceivedEvent(text, text, text, b"\0\xff", Sequence(text, number))
            for text, number in zip(AWKWARD_TEXTS, AWKWARD_NUMBERS * 2, strict=False)
        ]
        events += [received("id", payload=payload, src=str(len(payload))) for payload in PAYLOADS]
        async with self.opened() as sink:
            assert await answered(sink, *events) == [STORED] * len(events)
        async with self.opened():
            assert list(self.stored()) == events

    async def test_a_full_queue_refuses_without_answering(self) -> None:
        async with self.opened(events_max=2) as sink:
            answers = _Answers()
            answers.put(sink, received("a"))
            answers.put(sink, received("b"))
            busy = sink.put(received("c"), lambda _: answers.given.append(("c", STORED)))
            assert busy == Failure(SinkBusy(2, 100 * ROOMY))
            assert await answers.all() == [STORED, STORED]
            assert await answered(sink, received("c")) == [STORED]
        assert [event.message_id for event in self.stored()] == ["a", "b", "c"]

    async def test_a_queue_is_full_by_bytes_too(self) -> None:
        async with self.opened(bytes_max=10) as sink:
            answers = _Answers()
            answers.put(sink, received("a", payload=b"x" * 6))
            busy = sink.put(received("b", payload=b"x" * 5), print)
            assert busy == Failure(SinkBusy(1000, 10))
            answers.put(sink, received("c", payload=b"x" * 4))
            await answers.all()
            assert await answered(sink, received("b", payload=b"x" * 5)) == [STORED]

    async def test_one_event_always_finds_room(self) -> None:
        async with self.opened(bytes_max=10) as sink:
            assert await answered(sink, received("a", payload=b"x" * 11)) == [STORED]

    async def test_there_is_room_again_when_an_answer_is_given(self) -> None:
        async with self.opened(events_max=1) as sink:
            second: asyncio.Future[SinkAnswer] = asyncio.get_running_loop().create_future()

            def put_another(_: SinkAnswer) -> None:
                sink.put(received("b"), second.set_result).unwrap()

            sink.put(received("a"), put_another).unwrap()
            assert await second == STORED

    async def test_an_answer_that_raises_is_reported_and_disturbs_no_other(self) -> None:
        reported: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))
        fault = ValueError("from the callback")

        def broken(_: SinkAnswer) -> None:
            raise fault

        async with self.opened() as sink:
            sink.put(received("a"), broken).unwrap()
            assert await answered(sink, received("b")) == [STORED]
        assert reported == [fault]

    async def test_close_stores_and_answers_everything_taken(self) -> None:
        answers = _Answers()
        async with self.opened() as sink:
            for number in range(50):
                answers.put(sink, received(str(number)))
        assert [answer for _, answer in answers.given] == [STORED] * 50
        assert len(self.stored()) == 50

    async def test_a_sink_that_is_not_open_answers_that_it_failed(self) -> None:
        sink = self.sink(events_max=10, bytes_max=ROOMY)
        assert isinstance((await answered(sink, received("a")))[0], Failure)
        await sink.open()
        await sink.close()
        assert isinstance((await answered(sink, received("a")))[0], Failure)
        assert list(self.stored()) == []

    async def test_puts_while_it_closes_are_answered_after_those_before(self) -> None:
        async with self.opened() as sink:
            answers = _Answers()
            answers.put(sink, received("a"))
            closing = asyncio.ensure_future(sink.close())
            await asyncio.sleep(0)
            answers.put(sink, received("b"))
            await closing
            await answers.all()
            assert [message_id for message_id, _ in answers.given] == ["a", "b"]
            stored = {event.message_id for event in self.stored()}
            assert {id_ for id_, answer in answers.given if answer == STORED} == stored

    async def test_close_may_be_called_at_any_time_and_twice(self) -> None:
        sink = self.sink(events_max=10, bytes_max=ROOMY)
        await sink.close()
        await sink.open()
        await asyncio.gather(sink.close(), sink.close())
        await sink.close()


PAYLOADS: Final = (b"", b"{}", b"\0", b"x" * 200_000)


def received(
    message_id: str,
    *,
    src: str = "a.child",
    payload: bytes = b"{}",
    sequence: Sequence | None = None,
) -> ReceivedEvent:
    return ReceivedEvent(src, message_id, "gridworks.event.x", payload, sequence)


async def answered(sink: EventSink, *events: ReceivedEvent) -> list[SinkAnswer]:
    """The answers to *events*, put at once."""
    answers = _Answers()
    for event in events:
        answers.put(sink, event)
    return await answers.all()
