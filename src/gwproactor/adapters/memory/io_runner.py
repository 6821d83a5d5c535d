"""Coroutines beside a node in virtual time: without a thread."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence

import attrs

from gwproactor.domain.coroutine_stack import coroutine_stack
from gwproactor.ports.io_loop import Unfinished


@attrs.define(eq=False)
class MemoryIORunner:
    """An `IORunner` whose coroutines are tasks of the loop that opened it."""

    _tasks: dict[int, asyncio.Task[object]] = attrs.field(init=False, factory=dict)
    _loop: asyncio.AbstractEventLoop | None = attrs.field(init=False, default=None)
    _ended: Callable[[int, BaseException | None], None] = attrs.field(
        init=False, default=lambda *_: None
    )

    def open(
        self,
        ended: Callable[[int, BaseException | None], None],
        gone: Callable[[BaseException], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = ended

    def run(self, handle: int, work: Coroutine[object, object, object], name: str) -> None:
        self._call_on_loop(self._begin, handle, work, name)

    def cancel(self, handle: int) -> None:
        self._call_on_loop(self._cancel, handle)

    def ping(self, answered: Callable[[], None]) -> None:
        self._call_on_loop(answered)

    def unfinished(self) -> Sequence[Unfinished]:
        return [
            Unfinished(task.get_name(), coroutine_stack(task.get_coro()))
            for task in self._tasks.values()
        ]

    async def close(self) -> None:
        await asyncio.sleep(0)  # what other threads asked for comes first
        for handle in tuple(self._tasks):
            self._cancel(handle)
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _call_on_loop(self, function: Callable[..., None], *arguments: object) -> None:
        assert self._loop is not None, "open comes first"
        self._loop.call_soon_threadsafe(function, *arguments)

    def _begin(self, handle: int, work: Coroutine[object, object, object], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks[handle] = task

        def ended(_: asyncio.Task[object]) -> None:
            work.close()  # if it never began
            self._has_ended(handle, task)

        task.add_done_callback(ended)

    def _cancel(self, handle: int) -> None:
        task = self._tasks.get(handle)
        if task is not None and not task.cancelling():
            task.cancel()

    def _has_ended(self, handle: int, task: asyncio.Task[object]) -> None:
        del self._tasks[handle]
        if not task.cancelled():
            self._ended(handle, task.exception())
        else:
            self._ended(handle, None if task.cancelling() else asyncio.CancelledError())
