"""What must be true of an event sink that was opened again after a crash."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import attrs

from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.event_sink import EventSink, ReceivedEvent, SinkAnswer
from tests.crash.probe import lost, unexpected
from tests.crash.story import Story, received


@attrs.frozen
class SinkProbe:
    """*read*: all events of the sink in a folder."""

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
                answers[message_id] = asyncio.get_running_loop().create_future()
                sink.put(received(message_id), answers[message_id].set_result).unwrap()
        finally:
            await sink.close()
        found = {event.message_id for event in before}
        return [
            *lost(story, found),
            *_faults_of_events(before, story),
            *_faults_of_answers(answers, found),
            *_faults_of_events(self.read(folder), story, story.offered),
        ]


def _faults_of_events(
    events: list[ReceivedEvent], story: Story, wanted: Iterable[str] = ()
) -> Iterator[str]:
    ids = [event.message_id for event in events]
    yield from unexpected(story, ids)
    for event in events:
        if event.message_id in story.offered and event != received(event.message_id):
            yield f"not as it was received: {event}"
    if len(set(ids)) < len(ids):
        yield "an event is there twice"
    if missing := set(wanted) - set(ids):
        yield f"{len(missing)} events were not stored when they came again"


def _faults_of_answers(
    answers: dict[str, asyncio.Future[SinkAnswer]], found: set[str]
) -> Iterator[str]:
    for message_id, answer in answers.items():
        match answer.result():
            case Failure(failed):
                yield f"it stores no event: {failed}"
            case Success(kept) if kept.duplicate != (message_id in found):
                yield f"{message_id} was answered with {kept}"
            case _:
                pass
