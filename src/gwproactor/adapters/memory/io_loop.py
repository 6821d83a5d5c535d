"""`IOLoop` of a test of a single actor."""

import asyncio
import itertools
from collections.abc import Coroutine, Iterator
from typing import Final

import attrs

from gwproactor.domain.supervision import FailurePolicy
from gwproactor.ports.io_loop import INVALID_IO_TASK_HANDLE, IOWork

RESTART_S: Final = 1.0


@attrs.define(eq=False)
class MemoryIOLoop:
    """An `IOLoop` for a single actor: from `start` to `stop` its coroutines are tasks of the test's
    loop. `problems` holds what they raised, `stopped_by` what would have stopped a node. What fails
    is restarted after 1 s.
    """

    problems: list[BaseException] = attrs.field(init=False, factory=list)
    stopped_by: list[BaseException] = attrs.field(init=False, factory=list)
    _works: dict[int, "_Work"] = attrs.field(init=False, factory=dict)
    _handles: Iterator[int] = attrs.field(
        init=False, factory=lambda: itertools.count(INVALID_IO_TASK_HANDLE + 1)
    )
    _loop: asyncio.AbstractEventLoop | None = attrs.field(init=False, default=None)
    _is_stopped: bool = attrs.field(init=False, default=False)

    def add_io_coroutine(
        self, work: IOWork, name: str = "", *, policy: FailurePolicy = FailurePolicy.REPORT
    ) -> int:
        added = _Work(work, policy)
        if policy is FailurePolicy.RESTART and isinstance(work, Coroutine):
            added.close()
            raise ValueError("a coroutine runs only once: give the function that makes it")
        if self._is_stopped:
            added.close()
            return INVALID_IO_TASK_HANDLE
        handle = next(self._handles)
        self._works[handle] = added
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._begin, handle)
        return handle

    def cancel_io_routine(self, handle: int) -> None:
        work = self._works.get(handle)
        if work is None:
            return
        if self._loop is None:
            del self._works[handle]
            work.close()
        else:
            self._loop.call_soon_threadsafe(work.cancel)

    def start(self) -> None:
        """Run what was added, and what will be. On the test's loop."""
        self._loop = asyncio.get_running_loop()
        for handle in tuple(self._works):
            self._begin(handle)

    async def stop(self) -> None:
        """Be the io loop of a node that stops: cancel everything, and return when it has ended."""
        self._is_stopped = True
        works = tuple(self._works.values())
        for work in works:
            work.cancel()
        tasks = [work.task for work in works if work.task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, handle: int) -> None:
        work = self._works.get(handle)
        if work is None or work.task is not None:
            return
        work.task = asyncio.get_running_loop().create_task(self._run(work))

        def ended(_: object) -> None:
            work.close()
            self._works.pop(handle, None)

        work.task.add_done_callback(ended)

    async def _run(self, work: "_Work") -> None:
        while True:
            try:
                await (work.work if isinstance(work.work, Coroutine) else work.work())
            except (Exception, asyncio.CancelledError) as error:
                if work.is_cancelled and isinstance(error, asyncio.CancelledError):
                    raise
                self.problems.append(error)
                if work.is_cancelled or work.policy is FailurePolicy.REPORT:
                    return
                if work.policy is FailurePolicy.STOP_NODE:
                    self.stopped_by.append(error)
                    return
                await asyncio.sleep(RESTART_S)
            else:
                return


@attrs.define(eq=False)
class _Work:
    work: IOWork
    policy: FailurePolicy
    task: asyncio.Task[None] | None = None
    is_cancelled: bool = False

    def cancel(self) -> None:
        if self.is_cancelled:
            return
        self.is_cancelled = True
        if self.task is None:
            self.close()
        else:
            self.task.cancel()

    def close(self) -> None:
        """Let a coroutine that never began not complain of it."""
        if isinstance(self.work, Coroutine):
            self.work.close()
