"""`MemoryEventSink`: what can be done to its medium."""

import asyncio

from gwproactor.adapters.memory import MemoryEventSink
from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.event_sink import Kept, ReceivedEvent, SinkAnswer, SinkFailed

EVENT = ReceivedEvent("a.child", "id", "gridworks.event.x", b"{}")
STORED = Success(Kept())


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_held_sink_answers_when_it_is_released() -> None:
    sink = MemoryEventSink()
    answers: list[SinkAnswer] = []
    await sink.open()
    sink.hold()
    sink.put(EVENT, answers.append)
    closing = asyncio.ensure_future(sink.close())
    await turns()
    assert (answers, sink.stored) == ([], {})
    assert not closing.done()
    sink.release()
    await closing
    await turns()
    assert answers == [STORED]
    assert list(sink.stored.values()) == [EVENT]


async def test_a_failing_sink_keeps_nothing_and_says_so() -> None:
    sink = MemoryEventSink()
    answers: list[SinkAnswer] = []
    sink.fail_with("no room")
    failed = Failure(SinkFailed("no room"))
    assert await sink.open() == failed
    sink.recover()
    await sink.open()
    sink.fail_with("no room")
    sink.put(EVENT, answers.append)
    await turns()
    assert (answers, sink.stored) == ([failed], {})
    sink.recover()
    sink.put(EVENT, answers.append)
    await sink.close()
    await turns()
    assert answers == [failed, STORED]


async def test_a_power_cut_leaves_what_was_stored_and_answers_nobody() -> None:
    sink = MemoryEventSink()
    answers: list[SinkAnswer] = []
    await sink.open()
    sink.put(EVENT, answers.append)
    sink.cut_power()
    await turns()
    assert (answers, sink.stored) == ([], {})
