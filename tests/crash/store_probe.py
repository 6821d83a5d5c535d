"""What must be true of an event store that was opened again after a crash."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from collections.abc import Sequence as Items
from pathlib import Path
from typing import Final

import attrs

from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.stored_event import StoredEvent
from gwproactor.ports.event_store import AlreadySeen, EventStore, StoreNews, TakeAnswer
from tests.crash.probe import lost, unexpected
from tests.crash.story import Story, event_id, payload_of, received, type_of

# Of no workload.
NEW_ID: Final = event_id(0xFFFFFFFF, 100)


@attrs.frozen
class StoreProbe:
    """*keeps_epoch*, *remembers_taken*: also across restarts. *may_report*: that it mended files,
    or the like.
    """

    make: Callable[[Path], EventStore]
    keeps_epoch: bool = True
    remembers_taken: bool = True
    may_report: bool = False

    async def faults(self, folder: Path, story: Story) -> list[str]:
        store = self.make(folder)
        news: list[StoreNews] = []
        store.listen(news.append)
        opened = await store.open()
        if isinstance(opened, Failure):
            return [f"it does not open: {opened.failure()}"]
        try:
            events = await _all(store, with_quarantined=True)
            return [
                *self._faults_of_epoch(store, story),
                *_faults_of_content(events, store, story),
                *await _faults_of_quarantine(events, store, story),
                *await self._faults_of_taking(events, store, story),
                *await _faults_of_putting(store, story),
                *(f"it reports: {one}" for one in news if not self.may_report),
            ]
        finally:
            await store.close()

    def _faults_of_epoch(self, store: EventStore, story: Story) -> Iterator[str]:
        epoch = store.content().epoch
        if self.keeps_epoch and story.epoch and epoch != story.epoch:
            yield f"the epoch was {story.epoch} and is {epoch}"

    async def _faults_of_taking(
        self, events: Items[StoredEvent], store: EventStore, story: Story
    ) -> list[str]:
        """Take again whatever was taken, as a source does that has not heard an ack."""
        answers: dict[str, asyncio.Future[TakeAnswer]] = {}
        for message_id in sorted(story.taken):
            answers[message_id] = asyncio.get_running_loop().create_future()
            store.take(received(message_id), answers[message_id].set_result)
        found = {event.message_id for event in events}
        # What was cleared had been stored, even if a crash came before the answer.
        stored_before = found | story.promised | story.released
        known = stored_before if self.remembers_taken else found
        faults: list[str] = []
        for message_id, answer in answers.items():
            match await answer:
                case Success(AlreadySeen()) if message_id in stored_before:
                    pass
                case Success(StoredEvent()) if message_id not in known:
                    pass
                case other:
                    faults.append(f"{message_id} came again and was taken as {other}")
        return faults


async def _all(store: EventStore, *, with_quarantined: bool) -> list[StoredEvent]:
    events: list[StoredEvent] = []
    while True:
        last = events[-1].sequence.number if events else 0
        page = await store.read_after(
            last, count=1000, bytes_max=1 << 30, with_quarantined=with_quarantined
        )
        if not page.unwrap():
            return events
        events += page.unwrap()


def _faults_of_content(
    events: Items[StoredEvent], store: EventStore, story: Story
) -> Iterator[str]:
    content = store.content()
    yield from lost(story, (event.message_id for event in events))
    yield from unexpected(story, (event.message_id for event in events))
    for event in events:
        if event.message_id in story.offered:
            put = story.stored(content.epoch, event.sequence.number, event.message_id)
            if event != put:
                yield f"not as it was put: {event}"
    if any(one.sequence.number >= two.sequence.number for one, two in itertools.pairwise(events)):
        yield "the events are out of order"
    size = sum(len(event.payload) for event in events)
    if (content.pending, content.pending_bytes) != (len(events), size):
        yield f"{len(events)} events of {size} bytes are counted as {content}"


async def _faults_of_quarantine(
    events: Items[StoredEvent], store: EventStore, story: Story
) -> list[str]:
    sent = {event.message_id for event in await _all(store, with_quarantined=False)}
    faults: list[str] = []
    kept_out = [event for event in events if event.message_id not in sent]
    for event in events:
        known = story.quarantine.get(event.message_id, False)
        # One that was cleared may come back, either way.
        if event.message_id not in story.released and known == (event.message_id in sent):
            faults.append(f"{'not ' if known else ''}in quarantine: {event.message_id}")
    if store.content().quarantined != len(kept_out):
        faults.append(f"{len(kept_out)} events in quarantine are counted as {store.content()}")
    # The oldest is what a dict keeps when it is filled from the newest on.
    oldest = {event.type_name: event.sequence.number for event in reversed(kept_out)}
    told = {event.type_name: event.number for event in (await store.quarantined()).unwrap()}
    if told != oldest:
        faults.append(f"the oldest in quarantine are {oldest}, not {told}")
    return faults


async def _faults_of_putting(store: EventStore, story: Story) -> list[str]:
    put = store.put(NEW_ID, type_of(NEW_ID), payload_of(NEW_ID))
    if isinstance(put, Failure):
        return [f"it takes no event: {put.failure()}"]
    number = put.unwrap().number
    faults: list[str] = []
    given = itertools.chain(*story.numbers.values())
    if store.content().epoch == story.epoch and number <= max(given, default=0):
        faults.append(f"number {number} was given again")
    durable = await store.durable(number)
    if isinstance(durable, Failure):
        faults.append(f"it stores no event: {durable.failure()}")
    return faults
