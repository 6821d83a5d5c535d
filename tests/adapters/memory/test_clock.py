"""Virtual time: jumps, order, and what it cannot wait for."""

import asyncio
import socket
import time

import pytest

from gwproactor.adapters.memory import NothingToWaitForError, VirtualClock
from gwproactor.testing.virtual_time import run_in_virtual_time

DAY_S = 86_400.0


def test_a_year_takes_no_time() -> None:
    async def main() -> float:
        for _ in range(365):
            await asyncio.sleep(DAY_S)
        return asyncio.get_running_loop().time()

    began_s = time.monotonic()
    assert run_in_virtual_time(main) == pytest.approx(365 * DAY_S)
    assert time.monotonic() - began_s < 10


@pytest.mark.parametrize("seconds", [1e-9, 0.1, DAY_S + 0.1, 400 * DAY_S, 20_000 * DAY_S + 0.3])
def test_every_timer_fires_however_late_it_is(seconds: float) -> None:
    async def main() -> float:
        await asyncio.sleep(seconds)
        await asyncio.sleep(0.1)
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(main) == pytest.approx(seconds + 0.1)


def test_times_are_exact_in_the_first_months() -> None:
    async def main() -> list[float]:
        clock = VirtualClock(asyncio.get_running_loop())
        times = []
        for seconds in (0.25, 0.5, 60, DAY_S):
            await clock.sleep(seconds)
            times.append(clock.monotonic_s())
        return times

    assert run_in_virtual_time(main) == [0.25, 0.75, 60.75, DAY_S + 60.75]


def test_timers_fire_in_order_and_see_their_own_time() -> None:
    async def main() -> list[tuple[int, float]]:
        clock = VirtualClock(asyncio.get_running_loop())
        seen: list[tuple[int, float]] = []

        async def wait(seconds: int) -> None:
            await clock.sleep(seconds)
            seen.append((seconds, clock.monotonic_s()))

        await asyncio.gather(*(wait(seconds) for seconds in (30, 10, 20)))
        return seen

    assert run_in_virtual_time(main) == [(10, 10.0), (20, 20.0), (30, 30.0)]


def test_waiting_for_what_cannot_come_is_an_error_and_not_a_hang() -> None:
    with pytest.raises(NothingToWaitForError, match="no timer is set"):
        run_in_virtual_time(asyncio.Event().wait)


def test_a_deadline_ends_a_wait_for_what_cannot_come() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 30)
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(main) == 30


def test_real_input_comes_before_a_jump() -> None:
    async def main() -> tuple[bytes, float]:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            theirs.send(b"hello")
            loop = asyncio.get_running_loop()
            return await asyncio.wait_for(loop.sock_recv(ours, 9), 60), loop.time()

    assert run_in_virtual_time(main) == (b"hello", 0.0)


def test_a_step_of_the_wall_clock_moves_no_timer() -> None:
    async def main() -> None:
        clock = VirtualClock(asyncio.get_running_loop(), wall_ms=1_000_000_000_000)
        called = asyncio.Event()
        clock.call_at(10, called.set)
        await clock.sleep(5)
        assert clock.wall_ms() == 1_000_000_005_000
        clock.step_wall(3600)
        assert clock.wall_ms() == 1_000_003_605_000
        clock.step_wall(-2 * 3600)
        assert clock.wall_ms() == 999_996_405_000
        assert not called.is_set()
        await called.wait()
        assert clock.monotonic_s() == 10
        assert clock.wall_ms() == 999_996_410_000

    run_in_virtual_time(main())
