"""Waiting no longer than a Clock allows."""

import asyncio
from collections.abc import Coroutine

from gwproactor.ports.clock import Clock


async def within(clock: Clock, seconds: float, work: Coroutine[object, object, object]) -> bool:
    """Whether *work* was done within *seconds*; it is cancelled if not. Raises what it raises."""
    task = asyncio.create_task(work)
    limit = asyncio.create_task(clock.sleep(seconds))
    try:
        await asyncio.wait({task, limit}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            return False
        task.result()
        return True
    finally:
        await cancel(task, limit)


async def cancel(*tasks: "asyncio.Task[object] | asyncio.Task[None]") -> None:
    """Cancel, and return when all have ended; what they raise is dropped."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
