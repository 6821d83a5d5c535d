"""What a store or sink is made to do while its disk is recorded: a list of steps.

A new step is a class with `run`. Whatever it learns from the store it appends to the log as soon as
it knows; what it is about to do that changes what may be found, just before (see `oplog`).
"""

import asyncio
from collections import deque
from collections.abc import Callable
from collections.abc import Sequence as Items
from pathlib import Path
from typing import Protocol, TypeAlias

import attrs

from gwproactor.domain.outcome import Success
from gwproactor.ports.event_sink import EventSink, SinkAnswer
from gwproactor.ports.event_store import EventStore
from tests.crash.oplog import Entry, Numbered, Offered, Opened, Promised, Released
from tests.crash.story import event_id, payload_of, received, type_of


class Workload(Protocol):
    async def run(self, folder: Path, log: list[Entry], first: int) -> None:
        """Do it in *folder*, with events from index *first* on."""
        ...


@attrs.define
class StoreLife:
    """`number` is the last one given. `stored` are the events that were put or found, and not
    cleared, with their numbers, oldest first; `unpromised` those put that may not be durable yet.
    """

    store: EventStore
    log: list[Entry]
    index: int
    number: int = 0
    stored: deque[tuple[str, int]] = attrs.Factory(deque)
    unpromised: list[str] = attrs.Factory(list)

    async def open(self) -> None:
        content = (await self.store.open()).unwrap()
        self.log.append(Opened(content.epoch))
        found = (await self.store.read_after(0, count=100_000, bytes_max=1 << 30)).unwrap()
        self.stored = deque((event.message_id, event.sequence.number) for event in found)

    async def close(self) -> None:
        (await self.store.close()).unwrap()
        self.promised()

    def promised(self) -> None:
        """Everything put so far is durable, as the store just said."""
        self.log += map(Promised, self.unpromised)
        self.unpromised.clear()


class StoreStep(Protocol):
    async def run(self, life: StoreLife) -> None: ...


@attrs.frozen
class Put:
    """*count* events without a pause, then one turn of the loop."""

    count: int = 1
    size: int = 300

    async def run(self, life: StoreLife) -> None:
        for _ in range(self.count):
            message_id = event_id(life.index, self.size)
            life.index += 1
            life.log.append(Offered(message_id))
            sequence = life.store.put(message_id, type_of(message_id), payload_of(message_id))
            number = sequence.unwrap().number
            life.log.append(Numbered(message_id, number))
            life.stored.append((message_id, number))
            life.number = number
            life.unpromised.append(message_id)
        await asyncio.sleep(0)


@attrs.frozen
class Durable:
    """Await that everything put is durable."""

    async def run(self, life: StoreLife) -> None:
        (await life.store.durable(life.number)).unwrap()
        life.promised()


@attrs.frozen
class Clear:
    """The *count* oldest events, or the newest."""

    count: int = 1
    newest: bool = False

    async def run(self, life: StoreLife) -> None:
        for _ in range(min(self.count, len(life.stored))):
            message_id, number = life.stored.pop() if self.newest else life.stored.popleft()
            life.log.append(Released(message_id))
            life.store.clear(number)
        await asyncio.sleep(0)


@attrs.frozen
class Reopen:
    async def run(self, life: StoreLife) -> None:
        await life.close()
        await life.open()


@attrs.frozen
class StoreWorkload:
    """*steps* on the store that *make* makes in the folder; it is opened before, closed after."""

    make: Callable[[Path], EventStore]
    steps: Items[StoreStep]

    async def run(self, folder: Path, log: list[Entry], first: int) -> None:
        life = StoreLife(self.make(folder), log, first)
        await life.open()
        for step in self.steps:
            await step.run(life)
        await life.close()


@attrs.define
class SinkLife:
    sink: EventSink
    log: list[Entry]
    index: int
    given: list[str] = attrs.Factory(list)
    unanswered: set[str] = attrs.Factory(set)
    all_answered: asyncio.Event = attrs.Factory(asyncio.Event)

    def __attrs_post_init__(self) -> None:
        self.all_answered.set()

    async def open(self) -> None:
        (await self.sink.open()).unwrap()
        self.log.append(Opened(""))

    async def close(self) -> None:
        await self.sink.close()
        assert not self.unanswered

    def give(self, message_id: str) -> None:
        self.log.append(Offered(message_id))
        self.unanswered.add(message_id)
        self.all_answered.clear()
        self.sink.put(received(message_id), lambda answer: self._done(message_id, answer)).unwrap()

    def _done(self, message_id: str, answer: SinkAnswer) -> None:
        assert isinstance(answer, Success), answer
        self.log.append(Promised(message_id))
        self.unanswered.discard(message_id)
        if not self.unanswered:
            self.all_answered.set()


class SinkStep(Protocol):
    async def run(self, life: SinkLife) -> None: ...


@attrs.frozen
class Receive:
    """*count* new events, each given *times* times, without a pause, then one turn of the loop."""

    count: int = 1
    size: int = 300
    times: int = 1

    async def run(self, life: SinkLife) -> None:
        message_ids = [event_id(life.index + n, self.size) for n in range(self.count)]
        life.index += self.count
        life.given += message_ids
        for _ in range(self.times):
            for message_id in message_ids:
                life.give(message_id)
        await asyncio.sleep(0)


@attrs.frozen
class ReceiveAgain:
    """The first *count* events once more, as a child sends them that heard no ack."""

    count: int = 1

    async def run(self, life: SinkLife) -> None:
        for message_id in life.given[: self.count]:
            life.give(message_id)
        await asyncio.sleep(0)


@attrs.frozen
class Answered:
    """Await the answers to all that was given."""

    async def run(self, life: SinkLife) -> None:
        await life.all_answered.wait()


@attrs.frozen
class ReopenSink:
    async def run(self, life: SinkLife) -> None:
        await life.close()
        await life.open()


@attrs.frozen
class SinkWorkload:
    make: Callable[[Path], EventSink]
    steps: Items[SinkStep]

    async def run(self, folder: Path, log: list[Entry], first: int) -> None:
        life = SinkLife(self.make(folder), log, first)
        await life.open()
        for step in self.steps:
            await step.run(life)
        await life.close()


Recordable: TypeAlias = StoreWorkload | SinkWorkload
