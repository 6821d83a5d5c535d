"""`run_node`: signals in, exit code out. As a process: tests/e2e/test_signals.py."""

import _thread
import asyncio
import queue
import signal
from collections.abc import Callable

import pytest

from gwproactor import StartError, run_node
from gwproactor.app.signals import HANDLED, heard_signals
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family
from tests.support.own_events import own_events

GIVEN_UP = 70


def reasons(family: Family) -> list[str]:
    """Why the child stopped, each time."""
    events = own_events(family.child, family.broker)
    return [event["Reason"] for event in events if event["TypeName"].endswith(".shutdown")]


@in_virtual_time
async def test_a_run_that_nobody_killed_is_0() -> None:
    family = Family()
    family.clock.call_at(10.0, family.child.proactor.stop)
    assert await run_node(family.child.proactor) == 0


@in_virtual_time
async def test_a_run_that_cannot_start_raises() -> None:
    family = Family()
    family.child.store.fail_with("no disk")
    with pytest.raises(StartError, match="no disk"):
        await run_node(family.child.proactor)


@pytest.mark.parametrize("given", HANDLED)
@in_virtual_time
async def test_a_signal_is_the_reason_of_the_shutdown_and_in_the_exit_code(
    given: signal.Signals,
) -> None:
    family = Family()
    family.clock.call_at(10.0, lambda: signal.raise_signal(given))
    assert await run_node(family.child.proactor) == 128 + given
    assert reasons(family) == [f"signal {given.name}"]


@in_virtual_time
async def test_a_signal_that_comes_before_the_node_has_started_stops_it() -> None:
    family = Family()
    family.child.proactor.start()
    signal_at_once = family.clock.call_at(0.0, lambda: signal.raise_signal(signal.SIGTERM))
    assert await run_node(family.child.proactor) == 128 + signal.SIGTERM
    signal_at_once.cancel()


@in_virtual_time
async def test_a_node_that_gave_itself_up_says_so_also_if_a_signal_comes_during_the_stop() -> None:
    family = Family()

    def give_up() -> None:
        family.child.container.stop_switch().stop_node("no use", exit_code=GIVEN_UP)
        signal.raise_signal(signal.SIGTERM)

    family.clock.call_at(10.0, give_up)
    assert await run_node(family.child.proactor) == GIVEN_UP
    assert reasons(family) == ["no use"]


@in_virtual_time
async def test_signals_have_their_former_effect_after_a_run() -> None:
    former = [signal.getsignal(given) for given in HANDLED]
    family = Family()
    family.clock.call_at(10.0, family.child.proactor.stop)
    await run_node(family.child.proactor)
    assert [signal.getsignal(given) for given in HANDLED] == former


async def test_the_first_signal_asks_and_the_second_asks_for_a_quick_end() -> None:
    firsts: list[signal.Signals] = []
    seconds: queue.SimpleQueue[signal.Signals] = queue.SimpleQueue()
    with heard_signals(firsts.append, seconds.put) as signals:
        signal.raise_signal(signal.SIGTERM)
        await signals.asked.wait()
        assert not signals.asked_again.is_set()
        signal.raise_signal(signal.SIGINT)
        assert seconds.get(timeout=10.0) is signal.SIGINT, "whether or not the loop turns"
        signal.raise_signal(signal.SIGINT)
        await signals.asked_again.wait()
    assert seconds.empty()
    assert firsts == [signal.SIGTERM]
    assert signals.first is signal.SIGTERM


async def eventually(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10.0):
        while not is_so():  # noqa: ASYNC110 - a thread's end wakes nobody
            await asyncio.sleep(0.01)


async def test_nothing_is_left_of_a_run_with_two_signals() -> None:
    threads = _thread._count()
    loop = asyncio.get_running_loop()
    is_heard = asyncio.Event()
    loop.add_signal_handler(signal.SIGHUP, is_heard.set)
    with heard_signals() as signals:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        await signals.asked_again.wait()
    await eventually(lambda: _thread._count() <= threads)
    signal.raise_signal(signal.SIGHUP)
    async with asyncio.timeout(10.0):
        await is_heard.wait()
    loop.remove_signal_handler(signal.SIGHUP)


async def test_handlers_of_other_signals_work_after_the_first_signal() -> None:
    """Also what is added then, and a second signal after that."""
    loop = asyncio.get_running_loop()
    heard: asyncio.Queue[str] = asyncio.Queue()
    loop.add_signal_handler(signal.SIGUSR1, heard.put_nowait, "before")
    with heard_signals() as signals:
        signal.raise_signal(signal.SIGTERM)
        await signals.asked.wait()
        async with asyncio.timeout(10.0):
            signal.raise_signal(signal.SIGUSR1)
            assert await heard.get() == "before"
            loop.add_signal_handler(signal.SIGUSR2, heard.put_nowait, "later")
            signal.raise_signal(signal.SIGUSR2)
            assert await heard.get() == "later"
            signal.raise_signal(signal.SIGINT)
            await signals.asked_again.wait()
    async with asyncio.timeout(10.0):
        signal.raise_signal(signal.SIGUSR1)
        assert await heard.get() == "before"
    for added in (signal.SIGUSR1, signal.SIGUSR2):
        loop.remove_signal_handler(added)
