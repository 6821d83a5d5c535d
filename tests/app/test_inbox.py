"""The inbox of an actor: bounded, in order, and who waits for processing is told."""

import asyncio
import logging
from functools import partial

import pytest

from gwproactor import Message, to_actor
from gwproactor.app.inbox import DROPPED, IN_INBOX, Inbox
from gwproactor.app.pulse import Pulse
from gwproactor.testing.virtual_time import in_virtual_time


def note(number: int) -> Message[object]:
    return to_actor("x", "pump", number)


def inbox(messages_max: int = 1_000) -> tuple[Inbox, list[str]]:
    built = Inbox("pump", Pulse(), messages_max)
    told: list[str] = []
    built.listen(told.append)
    return built, told


@in_virtual_time
async def test_messages_come_out_in_the_order_in_which_they_went_in() -> None:
    box, _ = inbox()
    for number in range(3):
        assert box.put(note(number)) is IN_INBOX
    assert len(box) == 3
    assert [(await box.get()).payload for _ in range(3)] == [0, 1, 2]


@in_virtual_time
async def test_a_reader_waits_for_a_message_and_loses_none_by_giving_up() -> None:
    box, _ = inbox()
    first = asyncio.ensure_future(box.get())
    await asyncio.sleep(1.0)
    box.put(note(1))
    first.cancel()
    await asyncio.wait([first])
    assert (await box.get()).payload == 1


@in_virtual_time
async def test_one_thousand_messages_wait_and_the_next_are_dropped_counted_and_told_once() -> None:
    box, told = inbox()
    answers = [box.put(note(number)) for number in range(1_010)]
    assert answers == [IN_INBOX] * 1_000 + [DROPPED] * 10
    assert (len(box), box.dropped) == (1_000, 10)
    assert told == ["messages are dropped, as its inbox takes no more: 1000 wait in it"]


@in_virtual_time
async def test_dropping_is_told_again_only_after_the_inbox_was_empty(
    caplog: pytest.LogCaptureFixture,
) -> None:
    box, told = inbox(messages_max=2)
    for number in range(4):
        box.put(note(number))
    await box.get()
    box.put(note(4))
    box.put(note(5))
    assert len(told) == 1
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            await box.get()
    assert "the inbox of 'pump' is empty; 3 messages were dropped" in caplog.text
    for number in range(3):
        box.put(note(number))
    assert (len(told), box.dropped) == (2, 4)


@in_virtual_time
async def test_a_message_is_processed_when_the_next_is_asked_for() -> None:
    box, _ = inbox()
    done: list[int] = []
    for number in range(2):
        box.put(note(number))
        box.when_processed(partial(done.append, number))
    await box.get()
    assert done == []
    await box.get()
    assert done == [0]
    box.processed()
    box.processed()
    assert done == [0, 1]


@in_virtual_time
async def test_a_closed_inbox_answers_everybody_once_and_takes_no_more() -> None:
    box, told = inbox()
    done: list[int] = []
    for number in range(3):
        box.put(note(number))
        box.when_processed(partial(done.append, number))
    await box.get()
    box.close()
    box.close()
    assert done == [0, 1, 2]
    assert (len(box), box.dropped, told) == (0, 2, [])
    assert box.put(note(3)) is DROPPED
    assert told == ["messages are dropped, as its inbox takes no more: nobody reads it any more"]


@in_virtual_time
async def test_an_inbox_is_read_by_async_for() -> None:
    box, _ = inbox()
    for number in range(3):
        box.put(note(number))
    async for message in box:
        if message.payload == 2:
            break
    assert len(box) == 0
