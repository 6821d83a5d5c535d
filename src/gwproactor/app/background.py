"""Work that goes on beside the turns of the loop, until the node closes."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Final

import attrs

LOG: Final = logging.getLogger("gwproactor")


@attrs.define
class Background:
    """Tasks that nobody else refers to; what they raise is logged. Loop thread only."""

    _tasks: set[asyncio.Task[None]] = attrs.field(init=False, factory=set)

    def run(self, work: Coroutine[object, object, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=f"gwproactor {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_log_failure)

    async def end(self) -> None:
        """Return when all have ended, however they did."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def cancel(self) -> None:
        """Cancel them, and return when they have ended."""
        for task in self._tasks:
            task.cancel()
        await self.end()


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        LOG.error("%s failed", task.get_name(), exc_info=task.exception())
