"""What every `EventStore` must do, as tests to be run on each adapter.

Subclass `EventStoreContract` under a name that pytest collects, and override `store`; or
`ExactEventStoreContract`, unless the store keeps events in a form that others prescribe.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import attrs
from returns.result import Failure, Success

from gwproactor.domain.message import Sequence
from gwproactor.ports.event_sink import ReceivedEvent
from gwproactor.ports.event_store import (
    AlreadySeen,
    EventStore,
    Origin,
    Quarantined,
    StoreContent,
    StoredEvent,
    StoreFailed,
    TakeAnswer,
)

ROOMY: Final = 1_000_000_000
TYPE: Final = "gridworks.event.contract"
# Nothing here may make a store fail, or merge two events into one.
AWKWARD_TEXTS: Final = (
    *("", "a/b", "..", "ü☃", "a\0b", "a\0c", "\ud800", "x" * 999),
    "'); DROP TABLE event",
)


@attrs.frozen
class Event:
    """As stores must be able to keep it: an object that names its own id and type."""

    message_id: str
    type_name: str = TYPE
    size_min: int = 0

    @property
    def payload(self) -> bytes:
        names = {"MessageId": self.message_id, "TypeName": self.type_name, "Src": "contract"}
        return json.dumps(names).encode().ljust(self.size_min)

    def received(self, *, src: str = "child", sequence: Sequence | None = None) -> ReceivedEvent:
        return ReceivedEvent(src, self.message_id, self.type_name, self.payload, sequence)


class EventStoreContract:
    """The tests. Each begins with a medium that no store has opened before.

    `remembers_what_was_sent_on`: `take` knows an event again that was cleared before a restart.
    """

    remembers_what_was_sent_on: bool = True

    def store(self) -> EventStore:
        """A new store, unopened, on the same medium at every call."""
        raise NotImplementedError

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[EventStore]:
        store = self.store()
        (await store.open()).unwrap()
        try:
            yield store
        finally:
            await store.close()

    async def test_a_new_store_is_empty_and_has_an_epoch(self) -> None:
        store = self.store()
        content = (await store.open()).unwrap()
        assert content == StoreContent(content.epoch, 0, 0)
        assert content.epoch
        assert content == store.content()
        assert await kept(store) == []
        assert await store.quarantined() == Success(())
        await store.close()

    async def test_an_event_is_given_back_as_it_was_put(self) -> None:
        event = Event("id")
        async with self.opened() as store:
            sequence = store.put("id", TYPE, event.payload).unwrap()
            expected = StoredEvent(sequence, "id", TYPE, event.payload)
            assert await kept(store) == [expected]
            assert await store.read([sequence.number]) == Success((expected,))

    async def test_what_was_durable_is_there_after_a_restart_in_order(self) -> None:
        events = [Event(f"{n}") for n in range(20)]
        async with self.opened() as store:
            numbers = [put(store, event) for event in events]
            assert await store.durable(numbers[-1]) == Success(None)
            before = store.content()
        async with self.opened() as store:
            assert attrs.evolve(store.content(), epoch=before.epoch) == before
            assert [as_put(event) for event in await kept(store)] == events

    async def test_any_id_and_type_survive_a_restart(self) -> None:
        events = [Event(text, text) for text in AWKWARD_TEXTS]
        async with self.opened() as store:
            for event in events:
                put(store, event)
                assert isinstance(
                    await take(store, event.received(src=event.type_name)), StoredEvent
                )
        async with self.opened() as store:
            assert [as_put(event) for event in await kept(store)] == [
                e for e in events for _ in "12"
            ]
            for event in events:
                again = await take(store, event.received(src=event.type_name))
                assert again == AlreadySeen()

    async def test_numbers_rise_with_each_put(self) -> None:
        async with self.opened() as store:
            numbers = [put(store) for _ in range(100)]
            assert numbers == sorted(set(numbers))

    async def test_two_events_of_one_message_id_are_two_events(self) -> None:
        async with self.opened() as store:
            numbers = [put(store, Event("a")), put(store, Event("a"))]
            store.clear(numbers[0])
            assert await kept_numbers(store) == numbers[1:]

    async def test_one_wait_covers_all_events_before(self) -> None:
        async with self.opened() as store:
            numbers = [put(store) for _ in range(3)]
            await store.durable(numbers[-1])
            assert [await store.durable(number) for number in numbers] == [Success(None)] * 3

    async def test_many_may_wait_at_once_in_any_order(self) -> None:
        async with self.opened() as store:
            numbers = [put(store) for _ in range(50)]
            waits = [store.durable(number) for number in reversed(numbers)]
            assert await asyncio.gather(*waits) == [Success(None)] * 50

    async def test_a_cleared_event_counts_as_durable(self) -> None:
        async with self.opened() as store:
            number = put(store)
            store.clear(number)
            assert await store.durable(number) == Success(None)

    async def test_nobody_waits_for_a_number_that_was_never_given(self) -> None:
        async with self.opened() as store:
            assert await store.durable(10**9) == Success(None)
            number = put(store)
            assert await store.durable(number + 10**9) == Success(None)

    async def test_a_cancelled_wait_disturbs_nobody(self) -> None:
        async with self.opened() as store:
            number = put(store)
            waiting = [asyncio.ensure_future(store.durable(number)) for _ in range(2)]
            reading = asyncio.ensure_future(kept(store))
            await asyncio.sleep(0)
            waiting[0].cancel()
            reading.cancel()
            assert await waiting[1] == Success(None)
            assert await kept_numbers(store) == [number]

    async def test_reads_see_every_put_and_clear_before_them(self) -> None:
        async with self.opened() as store:
            numbers = [put(store) for _ in range(4)]
            store.clear(numbers[0])
            before = store.read_after(0, count=10, bytes_max=ROOMY)
            found = (await before).unwrap()
            store.clear(numbers[2])
            assert [event.sequence.number for event in found] == numbers[1:]
            assert await kept_numbers(store) == [numbers[1], numbers[3]]

    async def test_clearing_twice_or_the_unknown_changes_nothing(self) -> None:
        async with self.opened() as store:
            number, other = put(store), put(store)
            await store.durable(other)
            for cleared in (number, number, other + 10**9, 0, -1):
                store.clear(cleared)
            assert await kept_numbers(store) == [other]
            store.clear(number)
            assert await kept_numbers(store) == [other]
            assert store.content().pending == 1

    async def test_read_after_gives_the_lowest_above_a_number(self) -> None:
        async with self.opened() as store:
            numbers = [put(store) for _ in range(6)]
            await store.durable(numbers[2])  # some may be on the disk, some not
            found = (await store.read_after(numbers[1], count=3, bytes_max=ROOMY)).unwrap()
            assert [event.sequence.number for event in found] == numbers[2:5]
            nothing = await store.read_after(numbers[-1], count=3, bytes_max=ROOMY)
            assert list(nothing.unwrap()) == []

    async def test_read_gives_those_that_are_there_lowest_first(self) -> None:
        async with self.opened() as store:
            numbers = [put(store) for _ in range(4)]
            store.clear(numbers[1])
            wanted = [numbers[3], numbers[0], numbers[1], numbers[3] + 10**9, numbers[0]]
            found = (await store.read(wanted)).unwrap()
            assert [event.sequence.number for event in found] == [numbers[0], numbers[3]]

    async def test_content_has_forgotten_what_was_cleared_by_the_next_read(self) -> None:
        async with self.opened() as store:
            number = put(store)
            await store.durable(number)
            store.clear(number)
            assert await kept(store) == []
            assert (store.content().pending, store.content().pending_bytes) == (0, 0)

    async def test_a_store_that_is_not_open_says_so(self) -> None:
        store = self.store()
        await assert_refuses_all(store)
        await store.open()
        await store.close()
        await assert_refuses_all(store)

    async def test_what_was_stored_is_known_to_be_durable_after_close(self) -> None:
        async with self.opened() as store:
            number = put(store)
        assert await store.durable(number) == Success(None)

    async def test_close_may_be_called_at_any_time_and_twice(self) -> None:
        store = self.store()
        assert await store.close() == Success(None)
        await store.open()
        put(store)
        both = await asyncio.gather(store.close(), store.close())
        assert list(both) == [Success(None)] * 2
        assert await store.close() == Success(None)

    async def test_close_makes_durable_what_was_accepted(self) -> None:
        store = self.store()
        await store.open()
        numbers = [put(store, Event(f"{n}")) for n in range(10)]
        store.clear(numbers[0])
        assert await store.close() == Success(None)
        async with self.opened() as again:
            assert await kept_ids(again) == [f"{n}" for n in range(1, 10)]

    async def test_cleared_events_stay_away_after_a_restart(self) -> None:
        async with self.opened() as store:
            numbers = [put(store, Event(f"{n}")) for n in range(4)]
            await store.durable(numbers[-1])
            store.clear(numbers[1])
        async with self.opened() as store:
            assert await kept_ids(store) == ["0", "2", "3"]

    async def test_read_after_ends_once_the_bytes_are_reached(self) -> None:
        async with self.opened() as store:
            for size in (200, 200, 200, 1000):
                put(store, size_min=size)
            for bytes_max, expected in ((0, 1), (200, 1), (201, 2), (600, 3), (601, 4)):
                found = (await store.read_after(0, count=9, bytes_max=bytes_max)).unwrap()
                assert len(found) == expected

    async def test_content_counts_accepted_events_at_once(self) -> None:
        async with self.opened() as store:
            put(store, size_min=300)
            put(store, size_min=500)
            assert (store.content().pending, store.content().pending_bytes) == (2, 800)

    # Quarantine

    async def test_the_quarantined_are_kept_out_of_the_backlog_only(self) -> None:
        async with self.opened() as store:
            numbers = [put(store) for _ in range(3)]
            store.quarantine(quarantined(numbers[1]))
            assert await kept_numbers(store) == [numbers[0], numbers[2]]
            read = await store.read_after(0, count=9, bytes_max=ROOMY, with_quarantined=True)
            assert [event.sequence.number for event in read.unwrap()] == numbers
            found = (await store.read(numbers)).unwrap()
            assert [event.sequence.number for event in found] == numbers
            content = store.content()
            assert (content.pending, content.quarantined) == (3, 1)

    async def test_quarantine_survives_a_restart(self) -> None:
        async with self.opened() as store:
            numbers = [put(store, Event(f"{n}")) for n in range(3)]
            await store.durable(numbers[-1])
            store.quarantine(quarantined(numbers[1], reason="of no use: ü☃"))
        async with self.opened() as store:
            assert await kept_ids(store) == ["0", "2"]
            assert store.content().quarantined == 1
            (one,) = (await store.quarantined()).unwrap()
            (event,) = (await store.read([one.number])).unwrap()
            assert as_put(event) == Event("1")
            assert one == quarantined(one.number, reason="of no use: ü☃")

    async def test_the_oldest_of_each_type_in_quarantine_is_told(self) -> None:
        async with self.opened() as store:
            numbers = [put(store) for _ in range(5)]
            await store.durable(numbers[2])
            types = ("b", "a", "b", "", "")
            for number, type_name in reversed([*zip(numbers, types, strict=True)]):
                store.quarantine(quarantined(number, type_name))
            expected = [quarantined(numbers[n], types[n]) for n in (0, 1, 3)]
            assert list((await store.quarantined()).unwrap()) == expected

    async def test_quarantine_ends_for_one_type(self) -> None:
        async with self.opened() as store:
            numbers = [put(store) for _ in range(4)]
            for number, type_name in zip(numbers, ("a", "b", "a", ""), strict=True):
                store.quarantine(quarantined(number, type_name))
            store.end_quarantine("a")
            store.end_quarantine("")  # those are of no use to anybody
            store.end_quarantine("never heard of")
            assert await kept_numbers(store) == [numbers[0], numbers[2]]
            assert store.content().quarantined == 2
        async with self.opened() as store:
            assert len(await kept(store)) == 2
            types = [one.type_name for one in (await store.quarantined()).unwrap()]
            assert types == ["b", ""]

    async def test_quarantine_that_ended_may_begin_again(self) -> None:
        async with self.opened() as store:
            number = put(store)
            for _ in range(2):
                store.quarantine(quarantined(number))
                await store.durable(put(store))
                store.end_quarantine(TYPE)
                store.quarantine(quarantined(number, reason="again"))
                assert number not in await kept_numbers(store)
                (one,) = (await store.quarantined()).unwrap()
                assert one.reason == "again"
                assert store.content().quarantined == 1

    async def test_a_quarantined_event_may_be_cleared(self) -> None:
        async with self.opened() as store:
            for is_durable in (False, True):
                numbers = [put(store), put(store)]
                for number in numbers:
                    store.quarantine(quarantined(number))
                if is_durable:
                    await store.durable(put(store))
                store.clear(numbers[0])
                (one,) = (await store.quarantined()).unwrap()
                assert one.number == numbers[1]
                assert store.content().quarantined == 1
                store.clear(numbers[1])
                assert await store.quarantined() == Success(())
            content = store.content()
            assert (content.pending, content.quarantined) == (1, 0)

    async def test_an_unknown_number_is_not_put_into_quarantine(self) -> None:
        async with self.opened() as store:
            cleared = put(store)
            store.clear(cleared)
            for number in (cleared, cleared + 10**9, 0, -1):
                store.quarantine(quarantined(number))
            assert await store.quarantined() == Success(())
            assert store.content().quarantined == 0

    # Events of other nodes

    async def test_a_taken_event_is_given_back_with_whose_it_was(self) -> None:
        origin = Sequence("of the child", 7)
        async with self.opened() as store:
            taken = await take(store, Event("a").received(sequence=origin))
            assert await kept(store) == [taken]
        assert isinstance(taken, StoredEvent)
        assert taken.origin == Origin(origin)
        assert taken.header_sequence == origin
        assert taken.sequence.epoch == store.content().epoch
        assert as_put(taken) == Event("a")

    async def test_a_taken_event_without_a_sequence_is_known_to_be_anothers(self) -> None:
        async with self.opened() as store:
            taken = await take(store, Event("a").received())
            assert isinstance(taken, StoredEvent)
            assert taken.origin == Origin(None)
            assert await kept(store) == [taken]

    async def test_own_and_taken_events_share_one_order(self) -> None:
        async with self.opened() as store:
            own = [put(store, Event("0"))]
            taken = [asyncio.ensure_future(take(store, Event("1").received()))]
            await asyncio.sleep(0)
            own.append(put(store, Event("2")))
            taken.append(asyncio.ensure_future(take(store, Event("3").received())))
            await asyncio.gather(*taken)
            assert await kept_ids(store) == ["0", "1", "2", "3"]
            content = store.content()
            size = sum(len(Event(f"{n}").payload) for n in range(4))
            assert (content.pending, content.pending_bytes) == (4, size)
        async with self.opened() as store:
            assert await kept_ids(store) == ["0", "1", "2", "3"]
            assert (store.content().pending, store.content().pending_bytes) == (4, size)

    async def test_what_was_taken_is_not_taken_again(self) -> None:
        event = Event("a").received()
        async with self.opened() as store:
            both = await asyncio.gather(take(store, event), take(store, event))
            assert isinstance(both[0], StoredEvent)
            assert both[1] == AlreadySeen()
            other = await take(store, Event("a").received(src="another child"))
            assert isinstance(other, StoredEvent)
            for stored in (both[0], other):
                store.clear(stored.sequence.number)
            assert await take(store, event) == AlreadySeen()
            assert await kept(store) == []
        async with self.opened() as store:
            again = await take(store, event)
            assert (again == AlreadySeen()) is self.remembers_what_was_sent_on

    async def test_what_waits_since_before_a_restart_is_not_taken_again(self) -> None:
        async with self.opened() as store:
            own = put(store, Event("own"))
            await take(store, Event("a").received())
        async with self.opened() as store:
            assert await take(store, Event("a").received()) == AlreadySeen()
            assert isinstance(await take(store, Event("a").received(src="b")), StoredEvent)
            assert isinstance(await take(store, Event("own").received()), StoredEvent)
            assert await kept_ids(store) == ["own", "a", "a", "own"]
            assert (await store.read([own])).unwrap()[0].origin is None

    async def test_takes_are_answered_in_their_order_and_never_at_once(self) -> None:
        answers: list[int] = []
        async with self.opened() as store:
            last: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            for n in range(20):
                event = Event(f"{n % 10}").received()
                store.take(event, lambda _, n=n: answers.append(n))  # type: ignore[misc]
            store.take(Event("last").received(), lambda _: last.set_result(None))
            assert answers == []
            await last
            assert answers == [*range(20)]

    async def test_close_answers_those_that_were_taken(self) -> None:
        answers: list[TakeAnswer] = []
        store = self.store()
        await store.open()
        store.take(Event("a").received(), answers.append)
        await store.close()
        (answer,) = answers
        async with self.opened() as again:
            assert await kept_ids(again) == (["a"] if isinstance(answer, Success) else [])

    async def test_a_closed_store_takes_nothing(self) -> None:
        store = self.store()
        for _ in range(2):
            assert isinstance(await take(store, Event("a").received()), StoreFailed)
            await store.open()
            await store.close()


class ExactEventStoreContract(EventStoreContract):
    """For stores with a form of their own: exact about anything, and about numbers."""

    async def test_any_text_and_any_bytes_survive_a_restart(self) -> None:
        payloads = (b"", b"\0\xff", b"x" * 100_000)
        events = [(text, text, payload) for text in AWKWARD_TEXTS for payload in payloads]
        async with self.opened() as store:
            for event in events:
                store.put(*event).unwrap()
        async with self.opened() as store:
            found = await kept(store)
            assert [(one.message_id, one.type_name, one.payload) for one in found] == events

    async def test_any_text_in_what_is_taken_or_in_quarantine_survives_a_restart(self) -> None:
        names = [*itertools.product(AWKWARD_TEXTS, repeat=2)]
        numbers = (-1, 0, 1 << 62, 1 << 63, 10**30)
        sequences = [None, *(Sequence(text, n) for text in AWKWARD_TEXTS for n in numbers)]
        async with self.opened() as store:
            for (src, text), sequence in zip(names, itertools.cycle(sequences), strict=False):
                taken = await take(store, ReceivedEvent(src, text, text, b"{}", sequence))
                assert isinstance(taken, StoredEvent)
            expected = await kept(store)
            for text, event in zip(AWKWARD_TEXTS, expected, strict=False):
                store.quarantine(quarantined(event.sequence.number, text, text))
            in_quarantine = (await store.quarantined()).unwrap()
        async with self.opened() as store:
            for src, text in names:
                again = ReceivedEvent(src, text, text, b"{}")
                assert await take(store, again) == AlreadySeen()
            assert await store.quarantined() == Success(in_quarantine)
            for text in AWKWARD_TEXTS:
                store.end_quarantine(text)
            assert await store.read([e.sequence.number for e in expected]) == Success(
                tuple(expected)
            )
            assert await kept(store) == expected[1:]  # the first was of no type

    async def test_after_a_restart_the_epoch_stays_and_numbers_rise_on(self) -> None:
        async with self.opened() as store:
            epoch = store.content().epoch
            last = put(store)
            store.clear(last)
        async with self.opened() as store:
            sequence = store.put("id", "type", b"{}").unwrap()
            assert sequence.epoch == epoch
            assert sequence.number > last

    async def test_numbers_are_the_same_after_a_restart(self) -> None:
        async with self.opened() as store:
            for n in range(10):
                put(store)
                await take(store, Event(f"{n}").received())
            before = await kept(store)
        async with self.opened() as store:
            assert await kept(store) == before


async def assert_refuses_all(store: EventStore) -> None:
    assert isinstance(store.put("id", TYPE, b"{}"), Failure)
    store.clear(1)
    store.quarantine(quarantined(1))
    store.end_quarantine(TYPE)
    assert isinstance(await store.quarantined(), Failure)
    for read in (store.read_after(0, count=1, bytes_max=1), store.read([1])):
        match await read:
            case Failure(StoreFailed(detail)):
                assert detail
            case other:
                raise AssertionError(other)


_names: Final = itertools.count()


def put(store: EventStore, event: Event | None = None, *, size_min: int = 0) -> int:
    """Its number; without *event* one of a new id."""
    event = event or Event(f"id-{next(_names)}", size_min=size_min)
    return store.put(event.message_id, event.type_name, event.payload).unwrap().number


async def take(store: EventStore, event: ReceivedEvent) -> StoredEvent | AlreadySeen | StoreFailed:
    answered: asyncio.Future[TakeAnswer] = asyncio.get_running_loop().create_future()
    store.take(event, answered.set_result)
    assert not answered.done()
    match await answered:
        case Success(taken):
            return taken
        case Failure(failed):
            return failed


async def kept(store: EventStore) -> list[StoredEvent]:
    return list((await store.read_after(0, count=10_000, bytes_max=ROOMY)).unwrap())


async def kept_numbers(store: EventStore) -> list[int]:
    return [event.sequence.number for event in await kept(store)]


async def kept_ids(store: EventStore) -> list[str]:
    return [event.message_id for event in await kept(store)]


def as_put(event: StoredEvent) -> Event:
    found = Event(event.message_id, event.type_name)
    assert event.payload == found.payload
    return found


def quarantined(number: int, type_name: str = TYPE, reason: str = "on purpose") -> Quarantined:
    return Quarantined(number, type_name, reason, since_ms=1_700_000_000_000)
