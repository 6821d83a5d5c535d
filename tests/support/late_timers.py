"""How well the running loop keeps its time."""

import asyncio


async def late_s_max(seconds: float) -> float:
    """How much later than asked for the latest of many timers came, within *seconds*."""
    loop = asyncio.get_running_loop()
    ends_s, latest_s = loop.time() + seconds, 0.0
    while (due_s := loop.time() + 0.02) < ends_s:
        await asyncio.sleep(0.02)
        latest_s = max(latest_s, loop.time() - due_s)
    return latest_s
