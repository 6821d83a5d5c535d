"""`Clock` on the running asyncio loop."""

import asyncio
import time
from collections.abc import Callable

from gwproactor.ports.clock import Timer


class LoopClock:
    """Real time. Durations are those of the running loop, timestamps those of the system.

    Holds no loop, so that a container can build it before any loop runs.
    """

    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time()

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def call_at(self, when_s: float, callback: Callable[[], None]) -> Timer:
        return asyncio.get_running_loop().call_at(when_s, callback)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
