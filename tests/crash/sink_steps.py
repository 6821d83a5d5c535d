"""What an event sink is made to do while its disk is recorded: a list of steps."""

import asyncio
from collections.abc import Callable
from collections.abc import Sequence as Items
from pathlib import Path
from typing import Protocol

import attrs

from gwproactor.domain.outcome import Success
from gwproactor.ports.event_sink import EventSink, SinkAnswer
from tests.crash.oplog import Entry, Offered, Opened, Promised
from tests.crash.story import event_id, received


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
