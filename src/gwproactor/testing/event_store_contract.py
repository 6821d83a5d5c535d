"""What every `EventStore` must do, as tests to be run on each adapter.

Subclass `EventStoreContract` under a name that pytest collects, and override `store`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from returns.result import Failure, Success

from gwproactor.ports.event_store import (
    EventStore,
    StoreContent,
    StoredEvent,
    StoreFailed,
    StoreFull,
)

ROOMY: Final = 1_000_000
# Nothing here may make a store fail, or merge two events into one.
AWKWARD_TEXTS: Final = (
    *("", "a/b", "..", "ü☃", "a\0b", "a\0c", "\ud800", "x" * 999),
    "'); DROP TABLE event",
)


class EventStoreContract:
    """The tests. Each begins with a medium that no store has opened before."""

    def store(self, *, bytes_max: int) -> EventStore:
        """A new store, unopened, on the same medium at every call."""
        raise NotImplementedError

    @asynccontextmanager
    async def opened(self, *, bytes_max: int = ROOMY) -> AsyncIterator[EventStore]:
        store = self.store(bytes_max=bytes_max)
        (await store.open()).unwrap()
        try:
            yield store
        finally:
            await store.close()

    async def test_a_new_store_is_empty_and_has_an_epoch(self) -> None:
        store = self.store(bytes_max=ROOMY)
        content = (await store.open()).unwrap()
        assert content == StoreContent(content.epoch, 0, 0)
        assert content.epoch
        assert content == store.content()
        assert await self.kept(store) == []
        await store.close()

    async def test_an_event_is_given_back_as_it_was_put(self) -> None:
        async with self.opened() as store:
            sequence = store.put("id", "type", b'{"a": 1}').unwrap()
            expected = StoredEvent(sequence, "id", "type", b'{"a": 1}')
            assert await self.kept(store) == [expected]
            assert await store.read([sequence.number]) == Success((expected,))

    async def test_any_text_and_any_bytes_survive_a_restart(self) -> None:
        payloads = (b"", b"\0\xff", b"x" * 100_000)
        events = [(text, text, payload) for text in AWKWARD_TEXTS for payload in payloads]
        async with self.opened(bytes_max=100 * ROOMY) as store:
            for event in events:
                store.put(*event).unwrap()
        async with self.opened(bytes_max=100 * ROOMY) as store:
            kept = await self.kept(store)
            assert [(one.message_id, one.type_name, one.payload) for one in kept] == events

    async def test_numbers_rise_with_each_put(self) -> None:
        async with self.opened() as store:
            numbers = [self.put(store) for _ in range(100)]
            assert numbers == sorted(set(numbers))

    async def test_after_a_restart_the_epoch_stays_and_numbers_rise_on(self) -> None:
        async with self.opened() as store:
            epoch = store.content().epoch
            last = self.put(store)
            store.clear(last)
        async with self.opened() as store:
            sequence = store.put("id", "type", b"{}").unwrap()
            assert sequence.epoch == epoch
            assert sequence.number > last

    async def test_two_events_of_one_message_id_are_two_events(self) -> None:
        async with self.opened() as store:
            numbers = [self.put(store), self.put(store)]
            store.clear(numbers[0])
            assert await self.kept_numbers(store) == numbers[1:]

    async def test_what_was_durable_is_there_after_a_restart(self) -> None:
        async with self.opened() as store:
            numbers = [self.put(store) for _ in range(10)]
            assert await store.durable(numbers[-1]) == Success(None)
        async with self.opened() as store:
            assert store.content().pending == 10
            assert store.content().pending_bytes == 20
            assert await self.kept_numbers(store) == numbers

    async def test_close_makes_durable_what_was_accepted(self) -> None:
        store = self.store(bytes_max=ROOMY)
        await store.open()
        numbers = [self.put(store) for _ in range(10)]
        store.clear(numbers[0])
        assert await store.close() == Success(None)
        async with self.opened() as again:
            assert await self.kept_numbers(again) == numbers[1:]

    async def test_one_wait_covers_all_events_before(self) -> None:
        async with self.opened() as store:
            numbers = [self.put(store) for _ in range(3)]
            await store.durable(numbers[-1])
            assert [await store.durable(number) for number in numbers] == [Success(None)] * 3

    async def test_many_may_wait_at_once_in_any_order(self) -> None:
        async with self.opened() as store:
            numbers = [self.put(store) for _ in range(50)]
            waits = [store.durable(number) for number in reversed(numbers)]
            assert await asyncio.gather(*waits) == [Success(None)] * 50

    async def test_a_cleared_event_counts_as_durable(self) -> None:
        async with self.opened() as store:
            number = self.put(store)
            store.clear(number)
            assert await store.durable(number) == Success(None)

    async def test_nobody_waits_for_a_number_that_was_never_given(self) -> None:
        async with self.opened() as store:
            assert await store.durable(10**9) == Success(None)
            number = self.put(store)
            assert await store.durable(number + 10**9) == Success(None)

    async def test_a_cancelled_wait_disturbs_nobody(self) -> None:
        async with self.opened() as store:
            number = self.put(store)
            waiting = [asyncio.ensure_future(store.durable(number)) for _ in range(2)]
            reading = asyncio.ensure_future(self.kept(store))
            await asyncio.sleep(0)
            waiting[0].cancel()
            reading.cancel()
            assert await waiting[1] == Success(None)
            assert await self.kept_numbers(store) == [number]

    async def test_reads_see_every_put_and_clear_before_them(self) -> None:
        async with self.opened() as store:
            numbers = [self.put(store) for _ in range(4)]
            store.clear(numbers[0])
            before = store.read_after(0, count=10, bytes_max=ROOMY)
            found = (await before).unwrap()
            store.clear(numbers[2])
            assert [event.sequence.number for event in found] == numbers[1:]
            assert await self.kept_numbers(store) == [numbers[1], numbers[3]]

    async def test_cleared_events_stay_away_after_a_restart(self) -> None:
        async with self.opened() as store:
            numbers = [self.put(store) for _ in range(4)]
            await store.durable(numbers[-1])
            store.clear(numbers[1])
        async with self.opened() as store:
            assert await self.kept_numbers(store) == [numbers[0], *numbers[2:]]

    async def test_clearing_twice_or_the_unknown_changes_nothing(self) -> None:
        async with self.opened() as store:
            number, other = self.put(store), self.put(store)
            await store.durable(other)
            for cleared in (number, number, other + 10**9, 0, -1):
                store.clear(cleared)
            assert await self.kept_numbers(store) == [other]
            store.clear(number)
            assert await self.kept_numbers(store) == [other]
            assert store.content().pending == 1

    async def test_read_after_gives_the_lowest_above_a_number(self) -> None:
        async with self.opened() as store:
            numbers = [self.put(store) for _ in range(6)]
            await store.durable(numbers[2])  # some may be on the disk, some not
            found = (await store.read_after(numbers[1], count=3, bytes_max=ROOMY)).unwrap()
            assert [event.sequence.number for event in found] == numbers[2:5]
            nothing = await store.read_after(numbers[-1], count=3, bytes_max=ROOMY)
            assert list(nothing.unwrap()) == []

    async def test_read_after_ends_once_the_bytes_are_reached(self) -> None:
        async with self.opened() as store:
            for size in (10, 10, 10, 1000):
                store.put("id", "type", b"x" * size)
            for bytes_max, expected in ((0, 1), (10, 1), (11, 2), (30, 3), (31, 4)):
                found = (await store.read_after(0, count=9, bytes_max=bytes_max)).unwrap()
                assert len(found) == expected

    async def test_read_gives_those_that_are_there_lowest_first(self) -> None:
        async with self.opened() as store:
            numbers = [self.put(store) for _ in range(4)]
            store.clear(numbers[1])
            wanted = [numbers[3], numbers[0], numbers[1], numbers[3] + 10**9, numbers[0]]
            found = (await store.read(wanted)).unwrap()
            assert [event.sequence.number for event in found] == [numbers[0], numbers[3]]

    async def test_content_counts_accepted_events_at_once(self) -> None:
        async with self.opened() as store:
            store.put("id", "type", b"12345")
            store.put("id", "type", b"123")
            assert (store.content().pending, store.content().pending_bytes) == (2, 8)

    async def test_content_has_forgotten_what_was_cleared_by_the_next_read(self) -> None:
        async with self.opened() as store:
            number = self.put(store)
            await store.durable(number)
            store.clear(number)
            assert await self.kept(store) == []
            assert (store.content().pending, store.content().pending_bytes) == (0, 0)

    async def test_a_full_store_refuses_and_is_unchanged(self) -> None:
        async with self.opened(bytes_max=10) as store:
            first = store.put("a", "type", b"x" * 6).unwrap().number
            assert store.put("b", "type", b"x" * 5) == Failure(StoreFull(10))
            assert store.content().pending_bytes == 6
            assert await self.kept_numbers(store) == [first]
            store.put("c", "type", b"x" * 4).unwrap()

    async def test_a_full_store_has_room_once_events_are_cleared(self) -> None:
        async with self.opened(bytes_max=10) as store:
            number = store.put("a", "type", b"x" * 10).unwrap().number
            await store.durable(number)
            store.clear(number)
            await self.kept(store)
            store.put("b", "type", b"x" * 10).unwrap()

    async def test_the_room_is_for_all_events_and_not_for_those_since_the_start(self) -> None:
        async with self.opened() as store:
            store.put("a", "type", b"x" * 10).unwrap()
        async with self.opened(bytes_max=19) as store:
            assert store.put("b", "type", b"x" * 10) == Failure(StoreFull(19))

    async def test_a_store_that_is_not_open_says_so(self) -> None:
        store = self.store(bytes_max=ROOMY)
        await self.assert_refuses_all(store)
        await store.open()
        await store.close()
        await self.assert_refuses_all(store)

    async def test_what_was_stored_is_known_to_be_durable_after_close(self) -> None:
        async with self.opened() as store:
            number = self.put(store)
        assert await store.durable(number) == Success(None)

    async def test_close_may_be_called_at_any_time_and_twice(self) -> None:
        store = self.store(bytes_max=ROOMY)
        assert await store.close() == Success(None)
        await store.open()
        self.put(store)
        both = await asyncio.gather(store.close(), store.close())
        assert list(both) == [Success(None)] * 2
        assert await store.close() == Success(None)

    async def assert_refuses_all(self, store: EventStore) -> None:
        assert isinstance(store.put("id", "type", b"{}"), Failure)
        store.clear(1)
        for read in (store.read_after(0, count=1, bytes_max=1), store.read([1])):
            match await read:
                case Failure(StoreFailed(detail)):
                    assert detail
                case other:
                    raise AssertionError(other)

    @staticmethod
    def put(store: EventStore) -> int:
        return store.put("id", "type", b"{}").unwrap().number

    @staticmethod
    async def kept(store: EventStore) -> list[StoredEvent]:
        return list((await store.read_after(0, count=10_000, bytes_max=100 * ROOMY)).unwrap())

    async def kept_numbers(self, store: EventStore) -> list[int]:
        return [event.sequence.number for event in await self.kept(store)]
