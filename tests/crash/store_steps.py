"""What an event store is made to do while its disk is recorded: a list of steps.

A new step is a class with `run`. Whatever it learns from the store it appends to the log as soon as
it knows; what it is about to do that changes what may be found, just before (see `oplog`).
"""

import asyncio
import os
from collections.abc import Callable
from collections.abc import Sequence as Items
from pathlib import Path
from typing import Protocol

import attrs

from gwproactor.domain.stored_event import Quarantined, StoredEvent
from gwproactor.ports.event_store import AlreadySeen, EventStore, TakeAnswer
from tests.crash.oplog import (
    Entry,
    Numbered,
    Offered,
    Opened,
    Promised,
    QuarantineChanged,
    QuarantineChanging,
    Released,
)
from tests.crash.story import event_id, payload_of, received, type_name, type_of


@attrs.frozen
class Change:
    """An event comes into quarantine or out of it; `after` is the last number put before."""

    is_in: bool
    after: int


@attrs.define
class StoreLife:
    """`number` is the last one that `put` returned. `stored` are the numbers of the events that
    were put, taken or found, and not cleared; `unpromised` those put that may not be durable yet.
    """

    store: EventStore
    folder: Path
    log: list[Entry]
    index: int
    number: int = 0
    stored: dict[str, int] = attrs.Factory(dict)
    unpromised: list[str] = attrs.Factory(list)
    taken: list[str] = attrs.Factory(list)
    quarantine: set[str] = attrs.Factory(set)
    is_removed: bool = False
    changing: dict[str, Change] = attrs.Factory(dict)
    _unanswered: int = 0
    _all_answered: asyncio.Event = attrs.Factory(asyncio.Event)

    async def open(self) -> None:
        content = (await self.store.open()).unwrap()
        self.log.append(Opened(content.epoch))
        all_, sent = [
            (
                await self.store.read_after(
                    0, count=100_000, bytes_max=1 << 30, with_quarantined=with_quarantined
                )
            ).unwrap()
            for with_quarantined in (True, False)
        ]
        self.stored = {event.message_id: event.sequence.number for event in all_}
        self.quarantine = set(self.stored) - {event.message_id for event in sent}

    async def close(self) -> None:
        (await self.store.close()).unwrap()
        self.settle(is_closed=True)

    async def durable(self) -> None:
        (await self.store.durable(self.number)).unwrap()
        while self._unanswered:
            self._all_answered.clear()
            await self._all_answered.wait()
        self.settle()

    def settle(self, *, is_closed: bool = False) -> None:
        """Everything put so far is durable, as the store just said."""
        self.log += [Promised(one) for one in self.unpromised if one in self.stored]
        self.unpromised.clear()
        if self.is_removed:
            self.is_removed = False
            self.log.append(Opened(self.store.content().epoch))
        for message_id, change in list(self.changing.items()):
            if is_closed or change.after < self.number:
                self.log.append(QuarantineChanged(message_id, change.is_in))
                del self.changing[message_id]

    def new_ids(self, count: int, size: int) -> list[str]:
        self.index += count
        return [event_id(self.index - count + n, size) for n in range(count)]

    def take(self, message_id: str) -> None:
        self.log.append(Offered(message_id, is_taken=True))
        self._unanswered += 1
        self.store.take(received(message_id), lambda answer: self._took(message_id, answer))

    def _took(self, message_id: str, answer: TakeAnswer) -> None:
        match answer.unwrap():
            case StoredEvent() as event:
                self.log += (Numbered(message_id, event.sequence.number), Promised(message_id))
                self.stored[message_id] = event.sequence.number
                self.taken.append(message_id)
            case AlreadySeen():
                pass
        self._unanswered -= 1
        self._all_answered.set()


class StoreStep(Protocol):
    async def run(self, life: StoreLife) -> None: ...


@attrs.frozen
class Put:
    """*count* events without a pause, then one turn of the loop."""

    count: int = 1
    size: int = 300

    async def run(self, life: StoreLife) -> None:
        for message_id in life.new_ids(self.count, self.size):
            life.log.append(Offered(message_id))
            sequence = life.store.put(message_id, type_of(message_id), payload_of(message_id))
            life.number = life.stored[message_id] = sequence.unwrap().number
            life.log.append(Numbered(message_id, life.number))
            life.unpromised.append(message_id)
        await asyncio.sleep(0)


@attrs.frozen
class Take:
    """*count* events of other nodes, each *times* times, then one turn of the loop."""

    count: int = 1
    size: int = 300
    times: int = 1

    async def run(self, life: StoreLife) -> None:
        message_ids = life.new_ids(self.count, self.size)
        for _ in range(self.times):
            for message_id in message_ids:
                life.take(message_id)
        await asyncio.sleep(0)


@attrs.frozen
class TakeAgain:
    """The first *count* events that were taken, as a child sends them that heard no ack."""

    count: int = 1

    async def run(self, life: StoreLife) -> None:
        for message_id in life.taken[: self.count]:
            life.take(message_id)
        await asyncio.sleep(0)


@attrs.frozen
class Durable:
    """Await that everything put and taken is durable."""

    async def run(self, life: StoreLife) -> None:
        await life.durable()


@attrs.frozen
class Clear:
    """The *count* oldest events, or the newest."""

    count: int = 1
    newest: bool = False

    async def run(self, life: StoreLife) -> None:
        message_ids = list(life.stored)
        if self.newest:
            message_ids.reverse()
        for message_id in message_ids[: self.count]:
            life.log.append(Released(message_id))
            life.quarantine.discard(message_id)
            life.store.clear(life.stored.pop(message_id))
        await asyncio.sleep(0)


@attrs.frozen
class Quarantine:
    """The *count* oldest events that are not in quarantine."""

    count: int = 1

    async def run(self, life: StoreLife) -> None:
        message_ids = [one for one in life.stored if one not in life.quarantine]
        for message_id in message_ids[: self.count]:
            life.log.append(QuarantineChanging(message_id))
            life.quarantine.add(message_id)
            life.changing[message_id] = Change(is_in=True, after=life.number)
            number = life.stored[message_id]
            life.store.quarantine(Quarantined(number, type_of(message_id), "no ack", 0))
        await asyncio.sleep(0)


@attrs.frozen
class EndQuarantine:
    """Of the events of one of the three types."""

    kind: int = 0

    async def run(self, life: StoreLife) -> None:
        ended = type_name(self.kind)
        for message_id in [one for one in life.quarantine if type_of(one) == ended]:
            life.log.append(QuarantineChanging(message_id))
            life.quarantine.discard(message_id)
            life.changing[message_id] = Change(is_in=False, after=life.number)
        life.store.end_quarantine(ended)
        await asyncio.sleep(0)


@attrs.frozen
class Remove:
    """Somebody deletes the file at *path*, below the folder, while the store has it open. Until
    something is durable again, a crash loses it all.
    """

    path: str

    async def run(self, life: StoreLife) -> None:
        life.log += (*map(Released, life.stored), Opened(""))
        life.is_removed = True
        life.unpromised = list(life.stored)
        os.unlink(life.folder / self.path)


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
        life = StoreLife(self.make(folder), folder, log, first)
        await life.open()
        for step in self.steps:
            await step.run(life)
        await life.close()
