"""The way into the loop for threads: real threads, real loops."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextvars import Context
from functools import partial
from itertools import pairwise
from typing import TypeVarTuple

from typing_extensions import override

from gwproactor.adapters.threads import LoopMailbox
from gwproactor.adapters.threads.mailbox import ITEMS_PER_TURN
from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.message_bus import BusFull, Stopped

Ts = TypeVarTuple("Ts")

SMALL = 4


class CountingLoop(asyncio.SelectorEventLoop):
    """Counts how often it was woken from without."""

    def __init__(self) -> None:
        super().__init__()
        self.wake_ups = 0

    @override
    def call_soon_threadsafe(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        self.wake_ups += 1
        return super().call_soon_threadsafe(callback, *args, context=context)


class Putting(threading.Thread):
    """Puts *items*, and keeps the outcomes."""

    def __init__(self, mailbox: LoopMailbox[int], *items: int) -> None:
        super().__init__(daemon=True)
        self.outcomes: list[object] = []
        self._mailbox = mailbox
        self._items = items

    @override
    def run(self) -> None:
        self.outcomes.extend(self._mailbox.put(item) for item in self._items)


def test_many_items_wake_the_loop_once() -> None:
    """Each wake-up costs a write to a pipe: the loop needs another one only when it is idle."""
    taken: list[int] = []
    mailbox: LoopMailbox[int] = LoopMailbox()

    async def put_twice(loop: CountingLoop) -> list[int]:
        mailbox.open(taken.extend)
        wake_ups = []
        for first in (0, 5_000):
            before = loop.wake_ups
            thread = Putting(mailbox, *range(first, first + 5_000))
            thread.start()
            thread.join()
            wake_ups.append(loop.wake_ups - before)
            await until(partial(has, taken, first + 5_000))
        return wake_ups

    loop = CountingLoop()
    try:
        assert loop.run_until_complete(put_twice(loop)) == [1, 1]
    finally:
        loop.close()
    assert taken == list(range(10_000))


async def test_timers_and_sockets_have_their_turn_between_many_items() -> None:
    """Hazard 26."""
    taken: list[int] = []
    mailbox: LoopMailbox[int] = LoopMailbox()
    mailbox.open(taken.extend)
    for item in range(10 * ITEMS_PER_TURN):
        mailbox.put(item)
    seen = [len(taken)]
    while seen[-1] < 10 * ITEMS_PER_TURN:
        await asyncio.sleep(0)
        seen.append(len(taken))
    assert max(after - before for before, after in pairwise(seen)) <= ITEMS_PER_TURN


async def test_items_that_come_while_others_are_delivered_are_delivered_too() -> None:
    taken: list[int] = []
    mailbox: LoopMailbox[int] = LoopMailbox()

    def count_down(items: Iterator[int]) -> None:
        for item in items:
            taken.append(item)
            if item:
                mailbox.put(item - 1)

    mailbox.open(count_down)
    mailbox.put(3)
    await until(lambda: len(taken) == 4)
    assert taken == [3, 2, 1, 0]


async def test_what_the_receiver_raises_costs_no_other_item() -> None:
    taken: list[int] = []
    raised: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: raised.append(context.get("exception")))
    mailbox: LoopMailbox[int] = LoopMailbox()

    def fussy(items: Iterator[int]) -> None:
        for item in items:
            if item == 1:
                raise ValueError("not 1")
            taken.append(item)

    mailbox.open(fussy)
    for item in range(3):
        mailbox.put(item)
    await until(lambda: len(taken) == 2)
    assert taken == [0, 2]
    assert [str(error) for error in raised] == ["not 1"]


async def test_a_thread_that_finds_no_room_gives_up_after_a_while() -> None:
    mailbox: LoopMailbox[int] = LoopMailbox(SMALL, room_wait_s=0.01)
    mailbox.open(lambda _: None)
    thread = Putting(mailbox, *range(SMALL + 2))
    thread.start()
    thread.join()
    full = Failure(BusFull(SMALL))
    assert thread.outcomes == [Success(None)] * SMALL + [full, full]


async def test_the_loop_thread_does_not_wait_for_room() -> None:
    mailbox: LoopMailbox[int] = LoopMailbox(SMALL, room_wait_s=3_600.0)
    mailbox.open(lambda _: None)
    put = [mailbox.put(item) for item in range(SMALL + 1)]
    assert put[-1] == Failure(BusFull(SMALL))


async def test_a_waiting_thread_goes_on_as_soon_as_there_is_room() -> None:
    taken: list[int] = []
    mailbox: LoopMailbox[int] = LoopMailbox(SMALL, room_wait_s=3_600.0)
    mailbox.open(taken.extend)
    thread = Putting(mailbox, *range(10 * SMALL))
    thread.start()
    await until(lambda: len(taken) == 10 * SMALL)
    thread.join()
    assert thread.outcomes == [Success(None)] * 10 * SMALL
    assert taken == list(range(10 * SMALL))


async def test_the_end_gives_back_what_was_not_delivered_and_lets_waiting_threads_go() -> None:
    mailbox: LoopMailbox[int] = LoopMailbox(SMALL, room_wait_s=3_600.0)
    mailbox.open(lambda _: None)
    for item in range(SMALL):
        assert mailbox.put(item) == Success(None)
    threads = [Putting(mailbox, SMALL) for _ in range(3)]
    for thread in threads:
        thread.start()
    while mailbox._threads_waiting < 3:
        threading.Event().wait(0.001)  # The loop must not turn, or it would make room.
    left = mailbox.close()
    for thread in threads:
        thread.join()
    assert left == tuple(range(SMALL))
    assert [thread.outcomes for thread in threads] == [[Failure(Stopped())]] * 3
    assert (mailbox.close(), mailbox.put(1)) == ((), Failure(Stopped()))


def test_a_closed_loop_is_found_each_time() -> None:
    """Also if a wake-up was under way when it was closed."""
    mailbox: LoopMailbox[int] = LoopMailbox()
    assert mailbox.put(1) == Failure(Stopped())

    async def leave_one_behind() -> None:
        mailbox.open(lambda _: None)
        mailbox.put(1)

    asyncio.run(leave_one_behind())
    assert [mailbox.put(item) for item in range(3)] == [Failure(Stopped())] * 3


def has(items: list[int], count: int) -> bool:
    return len(items) == count


async def until(fact: Callable[[], bool]) -> None:
    """Let the loop turn until *fact* is so."""
    while not fact():  # noqa: ASYNC110 - no event tells of it
        await asyncio.sleep(0)
