"""`RelaySink`: the contract of a sink, kept by a node's own store; and what it says of an event."""

import asyncio
from collections.abc import Callable
from collections.abc import Sequence as Items

import attrs
import pytest
from typing_extensions import override

from gwproactor.adapters.memory import EventDisk, MemoryEventStore
from gwproactor.app.relay_sink import RelaySink
from gwproactor.domain.message import Sequence
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.store_room import StorePolicy, WhenFull
from gwproactor.domain.stored_event import Origin, StoredEvent
from gwproactor.ports.event_sink import (
    DUPLICATE,
    STORED,
    EventSink,
    Kept,
    ReceivedEvent,
    SinkAnswer,
    SinkBusy,
    SinkFailed,
    StoreFull,
    StoreProblem,
)
from gwproactor.testing.event_sink_contract import EventSinkContract, answered, received

POLICY = StorePolicy(1_000_000_000, WhenFull.DROP_OLDEST)


@attrs.define
class AnySink:
    """A `RelaySink` with its store as a sink of any kind would be: it opens and closes both, and
    answers STORED. `sources` remembers who sent what has which number.
    """

    relay: RelaySink
    sources: dict[int, str]

    def listen(self, tell: Callable[[StoreProblem], None]) -> None:
        self.relay.listen(tell)

    async def open(self) -> Outcome[None, SinkFailed]:
        (await self.relay.store.open()).unwrap()
        return await self.relay.open()

    def put(
        self, event: ReceivedEvent, done: Callable[[SinkAnswer], None]
    ) -> Outcome[None, SinkBusy | StoreFull]:
        def answer(given: SinkAnswer) -> None:
            if isinstance(given, Success) and given.unwrap().relayed is not None:
                self.sources[relayed(given).sequence.number] = event.src
                given = Success(STORED)
            done(given)

        return self.relay.put(event, answer)

    async def close(self) -> None:
        await self.relay.close()
        await self.relay.store.close()


class TestRelaySink(EventSinkContract):
    @pytest.fixture(autouse=True)
    def _disk(self) -> None:
        self.disk = EventDisk()
        self.sources: dict[int, str] = {}

    @override
    def sink(self, *, events_max: int, bytes_max: int) -> EventSink:
        relay = RelaySink(MemoryEventStore(self.disk), POLICY, events_max, bytes_max)
        return AnySink(relay, self.sources)

    @override
    def stored(self) -> Items[ReceivedEvent]:
        return [
            ReceivedEvent(
                self.sources[number],
                event.message_id,
                event.type_name,
                event.payload,
                event.header_sequence,
            )
            for number, event in self.disk.events.items()
        ]


def relayed(answer: SinkAnswer) -> StoredEvent:
    event = answer.unwrap().relayed
    assert event is not None
    return event


async def opened() -> tuple[MemoryEventStore, RelaySink]:
    store = MemoryEventStore()
    await store.open()
    sink = RelaySink(store, POLICY)
    await sink.open()
    return store, sink


@pytest.mark.parametrize("sequence", [Sequence("the child's", 7), None])
async def test_what_is_to_be_sent_on_comes_with_the_answer(sequence: Sequence | None) -> None:
    store, sink = await opened()
    own = store.put("own", "type", b"{}").unwrap()
    [answer] = await answered(sink, received("id", payload=b'{"a":1}', sequence=sequence))

    event = relayed(answer)
    number = Sequence(own.epoch, own.number + 1)
    expected = StoredEvent(number, "id", "gridworks.event.x", b'{"a":1}', Origin(sequence))
    assert event == expected
    assert event.header_sequence == sequence
    assert store.disk.events[number.number] == event


async def test_what_was_sent_on_and_acknowledged_is_still_a_duplicate() -> None:
    store, sink = await opened()
    [answer] = await answered(sink, received("id"))
    store.clear(relayed(answer).sequence.number)
    assert await answered(sink, received("id")) == [Success(DUPLICATE)]
    assert store.content().pending == 0


async def test_a_failing_store_is_told_in_its_words() -> None:
    store, sink = await opened()
    store.fail_with("disk is full")
    assert await answered(sink, received("id")) == [Failure(SinkFailed("disk is full"))]
    store.recover()
    [answer] = await answered(sink, received("id"))
    assert relayed(answer).message_id == "id"


async def test_a_full_store_that_refuses_new_events_takes_none_of_a_child() -> None:
    store, _ = await opened()
    sink = RelaySink(store, StorePolicy(10, WhenFull.REFUSE_NEW))
    answers: list[SinkAnswer] = []
    sink.put(received("1", payload=b"x" * 6), answers.append).unwrap()
    assert sink.put(received("2", payload=b"x" * 5), answers.append) == Failure(StoreFull(10))
    await sink.close()
    assert sink.put(received("2", payload=b"x" * 5), answers.append) == Failure(StoreFull(10))
    store.clear(relayed(answers[0]).sequence.number)
    assert len(await answered(sink, received("2", payload=b"x" * 5))) == 1
    assert [event.message_id for event in store.kept.values()] == ["2"]


async def test_it_closes_once_the_store_has_answered() -> None:
    store, sink = await opened()
    store.hold()
    answers: list[SinkAnswer] = []
    sink.put(received("id"), answers.append).unwrap()
    closing = asyncio.ensure_future(sink.close())
    await asyncio.sleep(0)
    assert not closing.done()
    store.release()
    await closing
    assert answers[0].unwrap() == Kept(relayed=store.kept[1])
