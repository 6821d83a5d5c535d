"""What a node may leave behind."""

import asyncio


async def assert_nothing_is_left() -> None:
    """No task but this one, and no timer, on the running loop."""
    await asyncio.sleep(0)  # What was cancelled at the last moment.
    loop = asyncio.get_running_loop()
    assert asyncio.all_tasks(loop) == {asyncio.current_task()}
    timers = [timer for timer in loop._scheduled if not timer.cancelled()]  # type: ignore[attr-defined] # asyncio shows them nowhere
    assert timers == []
