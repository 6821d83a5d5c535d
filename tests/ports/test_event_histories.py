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
from gwproactor.adapters.persistence import (
    DirectoryEventSink,
    RollingFilesEventStore,
    SqliteEventSink,
    SqliteEventStore,
)
from gwproactor.domain.outcome import Success
from gwproactor.ports.event_sink import EventSink, Kept, ReceivedEvent, SinkAnswer
from gwproactor.ports.event_store import (
    AlreadySeen,
    EventStore,
    Quarantined,
    StoredEvent,
    TakeAnswer,
)

T = TypeVar("T")

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
    """The model: the payload of each event that is kept, the type of each in quarantine, and the
    names of those taken.
    """

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[int] = [0]
        self.payloads: dict[int, bytes] = {}
        self.quarantine: dict[int, str] = {}
        self.taken: set[str] = set()
        self.begin()

    @abstractmethod
    def make_store(self) -> EventStore: ...

    def begin(self) -> None:
        self.store = self.make_store()
        self.run(self.store.open()).unwrap()
        self.content_is_the_models()

    @rule(sizes=st.lists(SIZES, min_size=1, max_size=5), place=PLACES)
    def put_many_and_clear_one(self, sizes: list[int], place: int) -> None:
        async def burst() -> None:
            for size in sizes:
                number = self.store.put("id", "type", b"x" * size).unwrap().number
                self.keep(number, b"x" * size)
            self.clear_now(place)

        self.run(burst())

    @rule(place=PLACES)
    def clear(self, place: int) -> None:
        async def clear() -> None:
            self.clear_now(place)

        self.run(clear())

    @rule(
        ids=st.lists(st.sampled_from("abcdefghijkl"), min_size=1, max_size=4),
        is_put_between=st.booleans(),
    )
    def take(self, ids: list[str], *, is_put_between: bool) -> None:
        async def take() -> list[TakeAnswer]:
            answers: list[TakeAnswer] = []
            last: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            for message_id in ids:
                event = ReceivedEvent("src", message_id, "type", message_id.encode())
                self.store.take(event, answers.append)
            if is_put_between:
                own.append(self.store.put("id", "type", b"own").unwrap().number)
            # One that the store has, so that it is asked, and changes nothing.
            again = ReceivedEvent("src", ids[0], "type", b"")
            self.store.take(again, lambda _: last.set_result(None))
            await last
            return answers

        own: list[int] = []
        answers = self.run(take())
        assert len(answers) == len(ids)
        for message_id, answer in zip(ids, answers, strict=True):
            event = answer.unwrap()
            if message_id in self.taken:
                assert event == AlreadySeen()
            else:
                assert isinstance(event, StoredEvent)
                self.taken.add(message_id)
                self.keep(event.sequence.number, message_id.encode())
        for number in own:
            self.keep(number, b"own")

    @rule(place=PLACES, type_name=st.sampled_from(("a", "b", "")))
    def put_into_quarantine(self, place: int, type_name: str) -> None:
        async def quarantine() -> None:
            self.store.quarantine(Quarantined(number, type_name, "on purpose", 1))

        number = self.number_at(place)
        self.run(quarantine())
        if number in self.payloads:
            self.quarantine[number] = type_name

    @rule(type_name=st.sampled_from(("a", "b", "")))
    def end_quarantine(self, type_name: str) -> None:
        async def end() -> None:
            self.store.end_quarantine(type_name)

        self.run(end())
        if type_name:
            self.quarantine = {n: one for n, one in self.quarantine.items() if one != type_name}

    @rule()
    def ask_for_quarantine(self) -> None:
        oldest: dict[str, int] = {}
        for number, type_name in sorted(self.quarantine.items()):
            oldest.setdefault(type_name, number)
        found = self.run(self.store.quarantined()).unwrap()
        assert [(one.type_name, one.number) for one in found] == list(oldest.items())

    @rule(place=PLACES)
    def wait_until_durable(self, place: int) -> None:
        assert self.run(self.store.durable(self.number_at(place))) == Success(None)

    @rule(place=PLACES, count=st.integers(1, 5), bytes_max=SIZES, with_quarantined=st.booleans())
    def read_after(self, place: int, count: int, bytes_max: int, *, with_quarantined: bool) -> None:
        number = self.number_at(place)
        expected: list[int] = []
        for at in sorted(self.payloads):
            size = sum(len(self.payloads[n]) for n in expected)
            is_wanted = at > number and (with_quarantined or at not in self.quarantine)
            if is_wanted and len(expected) < count and (not expected or size < bytes_max):
                expected.append(at)
        read = self.store.read_after(
            number, count=count, bytes_max=bytes_max, with_quarantined=with_quarantined
        )
        assert [event.sequence.number for event in self.run(read).unwrap()] == expected

    @rule(places=st.lists(PLACES, max_size=6))
    def read(self, places: list[int]) -> None:
        numbers = [self.number_at(place) for place in places]
        found = self.run(self.store.read(numbers)).unwrap()
        there = sorted(self.payloads.keys() & {*numbers})
        assert [event.sequence.number for event in found] == there
        assert [event.payload for event in found] == [self.payloads[n] for n in there]

    @rule()
    def restart(self) -> None:
        assert self.run(self.store.close()) == Success(None)
        self.begin()

    @invariant()
    def content_is_the_models(self) -> None:
        self.run(self.store.read([]))
        content = self.store.content()
        assert (content.pending, content.pending_bytes, content.quarantined) == (
            len(self.payloads),
            sum(map(len, self.payloads.values())),
            len(self.quarantine),
        )

    def keep(self, number: int, payload: bytes) -> None:
        assert number > self.numbers[-1]
        self.numbers.append(number)
        self.payloads[number] = payload

    def clear_now(self, place: int) -> None:
        number = self.number_at(place)
        self.store.clear(number)
        self.payloads.pop(number, None)
        self.quarantine.pop(number, None)

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
        return SqliteEventStore(self.folder / "events.db")


class LingeringStoreHistories(StoreHistories):
    @override
    def make_store(self) -> EventStore:
        return SqliteEventStore(self.folder / "events.db", linger_ms=2)


class RollingFilesStoreHistories(StoreHistories):
    @override
    def make_store(self) -> EventStore:
        return RollingFilesEventStore(self.folder / "events")

    @override
    def begin(self) -> None:
        super().begin()
        # What was sent on before a start is not remembered.
        kept = {payload.decode() for payload in self.payloads.values()}
        self.taken &= kept


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


class DirectorySinkHistories(SinkHistories):
    @override
    def make_sink(self) -> EventSink:
        return DirectoryEventSink(self.folder / "received")


# On a disk an example takes two tenths of a second, and more on a slow one.
for histories, max_examples in (
    (MemoryStoreHistories, 50),
    (SqliteStoreHistories, 15),
    (LingeringStoreHistories, 8),
    (RollingFilesStoreHistories, 15),
    (MemorySinkHistories, 20),
    (SqliteSinkHistories, 10),
    (DirectorySinkHistories, 10),
):
    histories.TestCase.settings = settings(
        max_examples=max_examples,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )

TestMemoryStoreHistories = MemoryStoreHistories.TestCase
TestSqliteStoreHistories = SqliteStoreHistories.TestCase
TestLingeringStoreHistories = LingeringStoreHistories.TestCase
TestRollingFilesStoreHistories = RollingFilesStoreHistories.TestCase
TestMemorySinkHistories = MemorySinkHistories.TestCase
TestSqliteSinkHistories = SqliteSinkHistories.TestCase
TestDirectorySinkHistories = DirectorySinkHistories.TestCase
