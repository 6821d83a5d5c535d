"""`StallSampler` as a thread: every few seconds it asks the loop to answer, and looks whether it
did.

An idle node pays two wake-ups every 2.5 s for it, one of the thread and one of the loop.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Final

from gwproactor.adapters.stall_sampler.watched_loop import WatchedLoop
from gwproactor.ports.stacks import Stacks
from gwproactor.ports.stall_sampler import Stall

# Longer: stalls are noticed later; shorter: an idle machine is woken more often.
SAMPLE_S_MAX: Final = 2.5
# The thread may be writing to a log that blocks; then it is left behind.
JOIN_S_MAX: Final = 0.5


class ThreadStallSampler:
    """A loop that gives no answer for *stall_s* seconds stands still.

    That is noticed half of *stall_s* later, or 2.5 s if that is less.
    """

    def __init__(self, stall_s: float, stacks: Stacks) -> None:
        self._stall_s = stall_s
        self._every_s = min(SAMPLE_S_MAX, stall_s / 2)
        self._stacks = stacks
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, on_lag: Callable[[float], None], on_stall: Callable[[Stall], None]) -> None:
        assert self._thread is None, "a stall sampler watches one loop, once"
        loop, loop_thread = asyncio.get_running_loop(), threading.current_thread().name

        def stack() -> str:
            text = self._stacks.of_thread(loop_thread) or ""
            task = asyncio.current_task(loop)
            return text if task is None else f"In task {task.get_name()!r}:\n{text}"

        watched = WatchedLoop(loop, self._closing, self._stall_s, stack, on_lag, on_stall)
        # A daemon, so that a program which forgot to close still ends.
        self._thread = threading.Thread(
            target=self._run_in_sampler_thread, args=(watched,), name="stall sampler", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        if self._thread is not None:
            self._thread.join(JOIN_S_MAX)

    def _run_in_sampler_thread(self, watched: WatchedLoop) -> None:
        while not watched.loop.is_closed():  # Nobody may have called `close`.
            began_s, cpu_began_s = time.monotonic(), time.process_time()
            if self._closing.wait(self._every_s):
                return
            late_s = time.monotonic() - began_s - self._every_s
            try:
                if late_s >= self._stall_s:
                    watched.paused(late_s, time.process_time() - cpu_began_s)
                watched.look()
            except RuntimeError:  # It was closed just now.
                return
