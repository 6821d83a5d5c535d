"""`NullEventStore` and `NullEventSink`: what they say, and that they keep nothing."""

import asyncio

import pytest

from gwproactor.adapters.persistence import NullEventSink, NullEventStore
from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.event_sink import STORED, EventSink, ReceivedEvent, SinkAnswer
from gwproactor.ports.event_store import EventStore, Quarantined, StoreFailed
from gwproactor.testing.event_store_contract import Event, kept, take


@pytest.fixture
def store() -> EventStore:
    return NullEventStore()


async def test_the_store_numbers_events_and_keeps_none(store: EventStore) -> None:
    content = (await store.open()).unwrap()
    sequences = [store.put("id", "type", b"{}").unwrap() for _ in range(3)]
    assert [one.number for one in sequences] == [1, 2, 3]
    assert {one.epoch for one in sequences} == {content.epoch}
    assert await kept(store) == []
    assert await store.read([1, 2, 3]) == Success(())
    assert store.content() == content
    assert await store.close() == Success(None)


async def test_nothing_is_ever_durable_and_the_store_says_so(store: EventStore) -> None:
    await store.open()
    number = store.put("id", "type", b"{}").unwrap().number
    match await store.durable(number):
        case Failure(StoreFailed(detail)):
            assert "keeps nothing" in detail
        case other:
            raise AssertionError(other)


async def test_what_children_send_is_not_taken_so_that_they_keep_it(store: EventStore) -> None:
    await store.open()
    assert isinstance(await take(store, Event("a").received()), StoreFailed)


async def test_nothing_is_in_quarantine(store: EventStore) -> None:
    await store.open()
    store.put("id", "type", b"{}")
    store.quarantine(Quarantined(1, "type", "why", 1))
    assert await store.quarantined() == Success(())
    store.end_quarantine("type")
    store.clear(1)


async def test_a_store_that_is_not_open_refuses(store: EventStore) -> None:
    assert isinstance(store.put("id", "type", b"{}"), Failure)
    assert NullEventStore().content().epoch != NullEventStore().content().epoch


async def test_the_sink_answers_in_order_and_keeps_nothing() -> None:
    sink: EventSink = NullEventSink()
    (await sink.open()).unwrap()
    answers: list[tuple[int, SinkAnswer]] = []
    for n in range(3):
        event = ReceivedEvent("src", "the same", "type", b"{}")
        sink.put(event, lambda answer, n=n: answers.append((n, answer))).unwrap()  # type: ignore[misc]
    assert answers == []
    await asyncio.wait_for(sink.close(), 10)
    assert answers == [(n, Success(STORED)) for n in range(3)]
