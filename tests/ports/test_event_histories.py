"""Random histories of stores and sinks, with restarts, against models of a few lines."""

import asyncio
import shutil
import tempfile
from abc import abstractmethod
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from typing_extensions import override

from gwproactor.adapters.memory import EventDisk, MemoryEventSink, MemoryEventStore
from gwproactor.adapters.persistence import SqliteEventSink, SqliteEventStore
from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.event_sink import EventSink, Kept, ReceivedEvent, SinkAnswer
from gwproactor.ports.event_store import EventStore

T = TypeVar("T")

BYTES_MAX = 300
SIZES = st.integers(0, 100)
# By their places among all numbers ever given, so that cleared and unknown ones come up, too.
PLACES = st.integers(-2, 40)


class Histories(RuleBasedStateMachine):
    """A machine with an event loop and a folder of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp())

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(main)

    @override
    def teardown(self) -> None:
        self.runner.close()
        shutil.rmtree(self.folder)


class StoreHistories(Histories):
    """The model: the size of each event that is kept, by number."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[int] = [0]
        self.sizes: dict[int, int] = {}
        self.begin()

    @abstractmethod
    def make_store(self) -> EventStore: ...

    def begin(self) -> None:
        self.store = self.make_store()
        content = self.run(self.store.open()).unwrap()
        assert (content.pending, content.pending_bytes) == (
            len(self.sizes),
            sum(self.sizes.values()),
        )

    @rule(size=SIZES)
    def put(self, size: int) -> None:
        self.run(self.put_now(size))

    @rule(sizes=st.lists(SIZES, max_size=5), place=PLACES)
    def put_many_and_clear_one_at_once(self, sizes: list[int], place: int) -> None:
        async def burst() -> None:
            for size in sizes:
                await self.put_now(size)
            self.clear_now(place)

        self.run(burst())

    @rule(place=PLACES)
    def clear(self, place: int) -> None:
        async def clear() -> None:
            self.clear_now(place)

        self.run(clear())

    @rule(place=PLACES)
    def wait_until_durable(self, place: int) -> None:
        assert self.run(self.store.durable(self.number_at(place))) == Success(None)

    @rule(place=PLACES, count=st.integers(1, 5), bytes_max=SIZES)
    def read_after(self, place: int, count: int, bytes_max: int) -> None:
        number = self.number_at(place)
        expected: list[int] = []
        for at, _ in sorted(self.sizes.items()):
            size = sum(self.sizes[n] for n in expected)
            if at > number and len(expected) < count and (not expected or size < bytes_max):
                expected.append(at)
        read = self.store.read_after(number, count=count, bytes_max=bytes_max)
        assert [event.sequence.number for event in self.run(read).unwrap()] == expected

    @rule(places=st.lists(PLACES, max_size=6))
    def read(self, places: list[int]) -> None:
        numbers = [self.number_at(place) for place in places]
        found = self.run(self.store.read(numbers)).unwrap()
        assert [event.sequence.number for event in found] == sorted(self.sizes.keys() & {*numbers})
        assert all(len(event.payload) == self.sizes[event.sequence.number] for event in found)

    @rule()
    def restart(self) -> None:
        assert self.run(self.store.close()) == Success(None)
        self.begin()

    @invariant()
    def content_is_the_models(self) -> None:
        self.run(self.store.read([]))
        content = self.store.content()
        assert (content.pending, content.pending_bytes) == (
            len(self.sizes),
            sum(self.sizes.values()),
        )

    async def put_now(self, size: int) -> None:
        # Until the next read, cleared events may still take room.
        await self.store.read([])
        match self.store.put("id", "type", b"x" * size):
            case Success(sequence):
                assert sequence.number > self.numbers[-1]
                assert sum(self.sizes.values()) + size <= BYTES_MAX
                self.numbers.append(sequence.number)
                self.sizes[sequence.number] = size
            case Failure():
                assert sum(self.sizes.values()) + size > BYTES_MAX

    def clear_now(self, place: int) -> None:
        number = self.number_at(place)
        self.store.clear(number)
        self.sizes.pop(number, None)

    def number_at(self, place: int) -> int:
        if place < len(self.numbers):
            return self.numbers[max(place, -len(self.numbers))]
        return self.numbers[-1] + place

    @override
    def teardown(self) -> None:
        self.run(self.store.close())
        super().teardown()


class SinkHistories(Histories):
    """The model: the names of the events received."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[tuple[str, str]] = set()
        self.begin()

    @abstractmethod
    def make_sink(self) -> EventSink: ...

    def begin(self) -> None:
        self.sink = self.make_sink()
        self.run(self.sink.open()).unwrap()

    @rule(names=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("abcdefgh")), max_size=5))
    def receive(self, names: list[tuple[str, str]]) -> None:
        answers: list[SinkAnswer] = []

        async def receive() -> None:
            loop = asyncio.get_running_loop()
            last: asyncio.Future[None] = loop.create_future()
            for name in names:
                self.sink.put(ReceivedEvent(*name, "type", b"{}"), answers.append).unwrap()
            self.sink.put(
                ReceivedEvent("last", "", "type", b"{}"), lambda _: last.set_result(None)
            ).unwrap()
            await last

        self.run(receive())
        for name, answer in zip(names, answers, strict=True):
            expected = Kept(duplicate=True) if name in self.names else Kept()
            assert answer == Success(expected)
            self.names.add(name)

    @rule()
    def restart(self) -> None:
        self.run(self.sink.close())
        self.begin()

    @override
    def teardown(self) -> None:
        self.run(self.sink.close())
        super().teardown()


class MemoryStoreHistories(StoreHistories):
    def __init__(self) -> None:
        self.disk = EventDisk()
        super().__init__()

    @override
    def make_store(self) -> EventStore:
        return MemoryEventStore(self.disk)


class SqliteStoreHistories(StoreHistories):
    @override
    def make_store(self) -> EventStore:
        return SqliteEventStore(self.folder / "events.db", bytes_max=BYTES_MAX)


class MemorySinkHistories(SinkHistories):
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], ReceivedEvent] = {}
        super().__init__()

    @override
    def make_sink(self) -> EventSink:
        return MemoryEventSink(self.stored)


class SqliteSinkHistories(SinkHistories):
    @override
    def make_sink(self) -> EventSink:
        return SqliteEventSink(self.folder / "received.db")


# On a disk an example takes a tenth of a second, and more on a slow one.
for histories, max_examples in (
    (MemoryStoreHistories, 50),
    (SqliteStoreHistories, 15),
    (MemorySinkHistories, 20),
    (SqliteSinkHistories, 10),
):
    histories.TestCase.settings = settings(
        max_examples=max_examples,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )

TestMemoryStoreHistories = MemoryStoreHistories.TestCase
TestSqliteStoreHistories = SqliteStoreHistories.TestCase
TestMemorySinkHistories = MemorySinkHistories.TestCase
TestSqliteSinkHistories = SqliteSinkHistories.TestCase
