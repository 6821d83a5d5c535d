"""The load of W2: a thread that sends, and the loop that gets what it sent.

The original's worker uses it, too, so it imports only the standard library.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeVar

from benchmarks.figures import Figures, cpu_s, percentiles_us

T = TypeVar("T")

RUN_TIMEOUT_S: Final = 300.0
PER_SECOND: Final = 1_000.0


class Stamps(NamedTuple):
    """When the making of a thing began, and when it was made and its sending began."""

    made_s: float
    sent_s: float


class Arrivals:
    """Notes when each number arrived, and ends the wait when all have. Loop thread only."""

    def __init__(self) -> None:
        self.at_s: list[float] = []
        self._wanted = 0
        self._done = asyncio.Event()
        self._fault = ""

    def expect(self, count: int) -> None:
        self._wanted, self.at_s = count, []
        self._done.clear()

    def note(self, number: int) -> None:
        if number != len(self.at_s):
            # Nothing is raised, as a node would only report that.
            self._fault = f"number {number} came after {len(self.at_s)} others"
        self.at_s.append(time.perf_counter())
        if self._fault or len(self.at_s) == self._wanted:
            self._done.set()

    async def all_here(self) -> None:
        """Raises RuntimeError if one was lost, or overtook another."""
        await asyncio.wait_for(self._done.wait(), RUN_TIMEOUT_S)
        if self._fault:
            raise RuntimeError(self._fault)


async def measured(
    make: Callable[[int], T],
    send: Callable[[T], object],
    arrivals: Arrivals,
    count: int,
    seconds: float,
) -> Figures:
    """*make* a thing by its number; *send* it from a thread; the loop tells *arrivals*."""
    things = [make(number) for number in range(count)]
    started_cpu_s = cpu_s()
    started_s = await sent_all(things, send, arrivals)
    used_cpu_s = cpu_s() - started_cpu_s
    rate = count / (arrivals.at_s[-1] - started_s)

    stamps = await sent_in_time(make, send, arrivals, round(PER_SECOND * seconds))
    return {
        "workload": "w2",
        "count": count,
        "rate": round(rate),
        "cpu_s_per_1k": round(used_cpu_s / count * 1000, 5),
        **percentiles_us("made", [stamp.made_s for stamp in stamps], arrivals.at_s),
        **percentiles_us("sent", [stamp.sent_s for stamp in stamps], arrivals.at_s),
    }


async def sent_all(things: Sequence[T], send: Callable[[T], object], arrivals: Arrivals) -> float:
    """As fast as it goes; when the first was sent."""
    started_s: list[float] = []
    arrivals.expect(len(things))

    def work() -> None:
        started_s.append(time.perf_counter())
        for thing in things:
            send(thing)

    await run_until_here(work, arrivals)
    return started_s[0]


async def sent_in_time(
    make: Callable[[int], T], send: Callable[[T], object], arrivals: Arrivals, count: int
) -> list[Stamps]:
    """So many a second, each made just before it is sent."""
    stamps: list[Stamps] = []
    arrivals.expect(count)

    def work() -> None:
        started_s = time.perf_counter()
        for number in range(count):
            early_s = started_s + number / PER_SECOND - time.perf_counter()
            if early_s > 0:
                time.sleep(early_s)
            made_s = time.perf_counter()
            thing = make(number)
            stamps.append(Stamps(made_s, time.perf_counter()))
            send(thing)

    await run_until_here(work, arrivals)
    return stamps


async def run_until_here(work: Callable[[], None], arrivals: Arrivals) -> None:
    thread = threading.Thread(target=work, name="sender", daemon=True)
    thread.start()
    await arrivals.all_here()
    thread.join()
