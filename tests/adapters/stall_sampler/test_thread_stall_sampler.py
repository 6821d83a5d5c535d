"""The sampler's thread: its life, its log, and what it makes of a process that stands still."""

import asyncio
import logging
import threading
import time
from collections.abc import Iterator

import pytest

from gwproactor.adapters.memory import MemoryStacks
from gwproactor.adapters.stacks import InterpreterStacks
from gwproactor.adapters.stall_sampler import ThreadStallSampler, watched_loop
from gwproactor.adapters.stall_sampler.watched_loop import WatchedLoop
from gwproactor.ports.stall_sampler import StallKind
from gwproactor.testing.stall_sampler_contract import Noted

STALL_S = 0.2


def sampler_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "stall sampler"]


@pytest.fixture(autouse=True)
def _errors(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.ERROR):
        yield
    assert not sampler_threads()


def block() -> None:
    time.sleep(7 * STALL_S)


def hold_the_interpreter() -> None:
    """One call into C, which lets no other thread run."""
    sum(range(40_000_000))


async def test_there_is_one_thread_from_the_start_to_the_close() -> None:
    sampler, noted = ThreadStallSampler(STALL_S, MemoryStacks()), Noted()
    assert not sampler_threads()
    sampler.start(noted.lag, noted.stall)
    (thread,) = sampler_threads()
    assert thread.daemon
    sampler.close()
    assert not thread.is_alive()


async def test_what_the_loop_answers_after_the_close_is_not_told() -> None:
    sampler, noted = ThreadStallSampler(STALL_S, MemoryStacks()), Noted()
    sampler.start(noted.lag, noted.stall)
    block()
    sampler.close()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not noted.lags_s
    assert not noted.stalls


def test_the_thread_ends_with_a_loop_that_is_closed_before_it() -> None:
    noted = Noted()

    async def only_start() -> threading.Thread:
        ThreadStallSampler(STALL_S, MemoryStacks()).start(noted.lag, noted.stall)
        (thread,) = sampler_threads()
        return thread

    thread = asyncio.run(only_start())
    thread.join(10.0)
    assert not thread.is_alive()


def test_a_loop_that_does_not_run_does_not_stall(caplog: pytest.LogCaptureFixture) -> None:
    sampler, noted = ThreadStallSampler(STALL_S, InterpreterStacks()), Noted()

    async def start() -> None:
        sampler.start(noted.lag, noted.stall)
        await noted.until_lag()

    async def end() -> None:
        noted.lags_s.clear()
        await noted.until_lag()
        sampler.close()

    with asyncio.Runner() as runner:
        runner.run(start())
        time.sleep(3 * STALL_S)
        runner.run(end())
    assert noted.stalls == []
    assert not caplog.records


async def test_a_long_stall_is_logged_again_and_reported_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watched_loop, "AGAIN_S", STALL_S)
    sampler, noted = ThreadStallSampler(STALL_S, InterpreterStacks()), Noted()
    sampler.start(noted.lag, noted.stall)
    await noted.until_lag()
    block()
    logged = [record.getMessage() for record in caplog.records]
    await noted.until_stall()
    noted.lags_s.clear()
    await noted.until_lag()
    sampler.close()

    assert 2 <= len(logged) <= 6
    assert all("the event loop was busy for" in each for each in logged)
    (stall,) = noted.stalls
    assert stall.kind is StallKind.LOOP_BUSY
    assert max(noted.lags_s) < stall.lasted_s


async def test_the_task_that_ran_is_named() -> None:
    sampler, noted = ThreadStallSampler(STALL_S, InterpreterStacks()), Noted()
    sampler.start(noted.lag, noted.stall)

    async def measure() -> None:
        block()

    await asyncio.create_task(measure(), name="thermometer")
    await noted.until_stall()
    sampler.close()
    assert noted.stalls[0].stack.startswith("In task 'thermometer':\n")


async def test_a_call_that_lets_no_thread_run_is_found_out_afterwards(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sampler, noted = ThreadStallSampler(STALL_S, InterpreterStacks()), Noted()
    sampler.start(noted.lag, noted.stall)
    await noted.until_lag()
    hold_the_interpreter()
    await noted.until_stall()
    sampler.close()

    (stall,) = noted.stalls
    assert stall.kind is StallKind.INTERPRETER_HELD
    assert "in hold_the_interpreter" in stall.stack
    assert "one call let no other thread run" in caplog.text


async def test_a_process_that_got_no_cpu_does_not_blame_the_loop() -> None:
    noted = Noted()
    loop, closing = asyncio.get_running_loop(), threading.Event()
    watched = WatchedLoop(loop, closing, STALL_S, lambda: "stack", noted.lag, noted.stall)
    watched.look()
    watched.paused(60.0, 0.1)
    watched.look()
    await noted.until_stall()
    await noted.until_lag()

    (stall,) = noted.stalls
    assert (stall.kind, stall.lasted_s, stall.stack) == (StallKind.PROCESS_PAUSED, 60.0, "stack")


async def test_the_time_of_a_pause_is_not_counted_against_the_loop_once_more() -> None:
    noted = Noted()
    loop, closing = asyncio.get_running_loop(), threading.Event()
    watched = WatchedLoop(loop, closing, STALL_S, lambda: "stack", noted.lag, noted.stall)
    watched.look()
    block()
    watched.paused(7 * STALL_S, 0.0)
    watched.look()
    await noted.until_lag()
    watched.look()
    for _ in range(10):
        await asyncio.sleep(0)
    assert [stall.kind for stall in noted.stalls] == [StallKind.PROCESS_PAUSED]
