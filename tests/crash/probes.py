"""What must be true of a store or sink that was opened again after a crash."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import attrs

from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.event_sink import EventSink, ReceivedEvent, SinkAnswer
from gwproactor.ports.event_store import EventStore, StoredEvent, StoreNews
from tests.crash.story import Story, event_id, payload_of, received, type_of

# Of no workload.
NEW_ID = event_id(0xFFFFFFFF, 100)


class Probe(Protocol):
    async def faults(self, folder: Path, story: Story) -> list[str]:
        """What is wrong with the files in *folder*, which a crash left after *story*."""
        ...


@attrs.frozen
class StoreProbe:
    make: Callable[[Path], EventStore]

    async def faults(self, folder: Path, story: Story) -> list[str]:
        store = self.make(folder)
        news: list[StoreNews] = []
        store.listen(news.append)
        opened = await store.open()
        if isinstance(opened, Failure):
            return [f"it does not open: {opened.failure()}"]
        try:
            faults = [*self._faults_of_content(await self._events(store), store, story)]
            faults += await self._faults_of_new(store, story)
        finally:
            await store.close()
        return faults + [f"it reports: {one}" for one in news]

    async def _events(self, store: EventStore) -> list[StoredEvent]:
        events: list[StoredEvent] = []
        while True:
            last = events[-1].sequence.number if events else 0
            page = (await store.read_after(last, count=1000, bytes_max=1 << 30)).unwrap()
            if not page:
                return events
            events += page

    def _faults_of_content(
        self, events: list[StoredEvent], store: EventStore, story: Story
    ) -> Iterator[str]:
        content = store.content()
        if story.epoch and content.epoch != story.epoch:
            yield f"the epoch was {story.epoch} and is {content.epoch}"
        yield from lost(story, (event.message_id for event in events))
        for event in events:
            number = event.sequence.number
            yield from strange(story, event.message_id, event.type_name, event.payload)
            if story.numbers.get(event.message_id, number) != number:
                yield f"{event.message_id} has another number"
            if event.sequence.epoch != content.epoch:
                yield f"{event.message_id} has another epoch"
        if any(one.sequence.number >= two.sequence.number for one, two in pairwise(events)):
            yield "the events are out of order"
        size = sum(len(event.payload) for event in events)
        if (content.pending, content.pending_bytes) != (len(events), size):
            yield f"{len(events)} events of {size} bytes are counted as {content}"

    async def _faults_of_new(self, store: EventStore, story: Story) -> list[str]:
        put = store.put(NEW_ID, type_of(NEW_ID), payload_of(NEW_ID))
        if isinstance(put, Failure):
            return [f"it takes no event: {put.failure()}"]
        number = put.unwrap().number
        faults: list[str] = []
        if store.content().epoch == story.epoch and number <= max(
            story.numbers.values(), default=0
        ):
            faults.append(f"number {number} was given again")
        durable = await store.durable(number)
        if isinstance(durable, Failure):
            faults.append(f"it stores no event: {durable.failure()}")
        return faults


@attrs.frozen
class SinkProbe:
    """*read*: all events of the sink in a folder, oldest first."""

    make: Callable[[Path], EventSink]
    read: Callable[[Path], list[ReceivedEvent]]

    async def faults(self, folder: Path, story: Story) -> list[str]:
        sink = self.make(folder)
        opened = await sink.open()
        if isinstance(opened, Failure):
            return [f"it does not open: {opened.failure()}"]
        answers: dict[str, asyncio.Future[SinkAnswer]] = {}
        try:
            before = self.read(folder)
            for message_id in sorted(story.offered):
                answer = asyncio.get_running_loop().create_future()
                answers[message_id] = answer
                sink.put(received(message_id), answer.set_result).unwrap()
        finally:
            await sink.close()
        found = {event.message_id for event in before}
        return [
            *lost(story, found),
            *self._faults_of_events(before, story),
            *self._faults_of_answers(answers, found),
            *self._faults_of_events(self.read(folder), story, story.offered),
        ]

    def _faults_of_events(
        self, events: list[ReceivedEvent], story: Story, wanted: Iterable[str] = ()
    ) -> Iterator[str]:
        for event in events:
            yield from strange(story, event.message_id, event.type_name, event.payload)
        ids = [event.message_id for event in events]
        if len(set(ids)) < len(ids):
            yield "an event is there twice"
        if missing := set(wanted) - set(ids):
            yield f"{len(missing)} events were not stored when they came again"

    def _faults_of_answers(
        self, answers: dict[str, asyncio.Future[SinkAnswer]], found: set[str]
    ) -> Iterator[str]:
        for message_id, answer in answers.items():
            match answer.result():
                case Failure(failed):
                    yield f"it stores no event: {failed}"
                case Success(kept) if kept.duplicate != (message_id in found):
                    yield f"{message_id} was answered with {kept}"
                case _:
                    pass


def lost(story: Story, found: Iterable[str]) -> Iterator[str]:
    for message_id in sorted(story.lost(found)):
        yield f"lost, although it was reported durable: {message_id}"


def strange(story: Story, message_id: str, type_name: str, payload: bytes) -> Iterator[str]:
    if message_id not in story.offered:
        yield f"nobody put this event: {message_id!r}"
    elif (type_name, payload) != (type_of(message_id), payload_of(message_id)):
        yield f"not as it was put: {message_id}"
