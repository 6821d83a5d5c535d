"""Virtual time: an asyncio loop that never waits, and the `Clock` on it.

When every task waits, the loop looks once for real input and then sets its time to that of the next
timer. An hour takes as long as the work in it, and the same program takes the same steps each time.
Work in threads does not hold virtual time up, and waiting for a thread with no timer set is
reported as a deadlock: leave threads out.
"""

import asyncio
import math
import selectors
from collections.abc import Callable

import attrs
from typing_extensions import override

from gwproactor.ports.clock import Timer

WALL_MS_AT_START = (
    1_700_000_000_000  # 2023-11-14T22:13:20Z; events of years before 2000 are refused
)


class NothingToWaitForError(RuntimeError):
    """Every task waits for something, and there is no timer left that could wake one."""

    def __init__(self) -> None:
        super().__init__(
            "every task waits for something that cannot come: no timer is set, no callback is "
            "queued and no socket is ready. Look for a future or an event that nobody sets"
        )


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop whose `time()` starts at 0 and jumps to the next timer as soon as all tasks wait.

    Raises `NothingToWaitForError` from `run_until_complete` if there is no next timer.
    """

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    @override
    def time(self) -> float:
        return self._jumping.now_s


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise NothingToWaitForError
        self.now_s = _no_sooner_than(self.now_s + timeout)
        return []


def _no_sooner_than(due_s: float) -> float:
    # asyncio calls what is due *before* now plus its clock's resolution of 1 ns. A float beyond
    # 97 days cannot hold that, and the timer would be due for ever.
    return due_s if due_s + 1e-9 > due_s else math.nextafter(due_s, math.inf)


@attrs.define
class VirtualClock:
    """Time of *loop*; its wall clock shows *wall_ms* at first and runs with the loop.

    Works on any loop, but only with a `VirtualTimeLoop` is it virtual.
    """

    loop: asyncio.AbstractEventLoop
    _wall_ms: float = attrs.field(default=WALL_MS_AT_START, alias="wall_ms")
    _began_s: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._began_s = self.loop.time()

    def monotonic_s(self) -> float:
        return self.loop.time()

    def wall_ms(self) -> int:
        return int(self._wall_ms + (self.loop.time() - self._began_s) * 1000)

    def step_wall(self, seconds: float) -> None:
        """Set the wall clock forward by *seconds*, back if below 0; no timer takes notice."""
        self._wall_ms += seconds * 1000

    def call_at(self, when_s: float, callback: Callable[[], None]) -> Timer:
        return self.loop.call_at(when_s, callback)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
