"""The `IORunner` with a thread: it begins with the first coroutine, and ends with the node.

Nothing there wakes by itself: between the steps of coroutines the thread sleeps in its selector.
"""

import asyncio
import contextlib
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from traceback import format_stack

from gwproactor.domain.coroutine_stack import coroutine_stack
from gwproactor.ports.io_loop import Unfinished


class ThreadIORunner:
    """*thread_name* is what a debugger, `ps` and the stack of a late watchdog name call it."""

    def __init__(self, thread_name: str) -> None:
        self._thread_name = thread_name
        self._pool_name = f"call of {thread_name}"
        self._is_closing = False
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None  # of the thread
        self._stop = asyncio.Event()
        # Changed in the thread alone.
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._serving: asyncio.Task[object] | None = None
        self._home: asyncio.AbstractEventLoop | None = None
        self._thread_ended: asyncio.Future[None] | None = None
        self._ended: Callable[[int, BaseException | None], None] = lambda *_: None
        self._gone: Callable[[BaseException], None] = lambda _: None

    def open(
        self,
        ended: Callable[[int, BaseException | None], None],
        gone: Callable[[BaseException], None],
    ) -> None:
        self._home = asyncio.get_running_loop()
        self._thread_ended = self._home.create_future()
        self._ended = ended
        self._gone = gone

    def run(self, handle: int, work: Coroutine[object, object, object], name: str) -> None:
        loop = self._loop or self._begin_thread()
        try:
            loop.call_soon_threadsafe(self._begin_in_io_thread, handle, work, name)
        except RuntimeError:  # The thread is gone, and has closed its loop.
            work.close()

    def cancel(self, handle: int) -> None:
        _call(self._loop, self._cancel_in_io_thread, handle)

    def ping(self, answered: Callable[[], None]) -> None:
        if self._loop is None:
            self._call_home(answered)
        else:
            _call(self._loop, self._call_home, answered)

    def unfinished(self) -> Sequence[Unfinished]:
        tasks: Iterable[asyncio.Task[object]] = tuple(self._tasks.values())
        if not tasks and self._loop is not None:
            tasks = (task for task in asyncio.all_tasks(self._loop) if task is not self._serving)
        found = [Unfinished(task.get_name(), self._stack(task)) for task in tasks]
        return found if self._tasks else [*found, *self._calls()]

    async def close(self) -> None:
        if self._thread is None or self._loop is None or self._thread_ended is None:
            return
        self._is_closing = True
        if not self._thread_ended.done():
            _call(self._loop, self._stop.set)
            await asyncio.shield(self._thread_ended)
        self._thread.join()  # it has nothing left to do but to return

    def _begin_thread(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix=self._pool_name))
        # A daemon, so that a coroutine which never ends does not keep the process.
        thread = threading.Thread(
            target=self._run_in_io_thread, args=(loop,), name=self._thread_name, daemon=True
        )
        thread.start()
        self._thread, self._loop = thread, loop
        return loop

    def _calls(self) -> Iterator[Unfinished]:
        """What coroutines have given to threads, as by `asyncio.to_thread`."""
        frames = sys._current_frames()
        for thread in threading.enumerate():
            frame = frames.get(thread.ident or 0)
            if frame is not None and thread.name.startswith(self._pool_name):
                yield Unfinished(thread.name, "".join(format_stack(frame)))

    def _stack(self, task: asyncio.Task[object]) -> str:
        coroutine = task.get_coro()
        if getattr(coroutine, "cr_running", False) and self._thread is not None:
            frame = sys._current_frames().get(self._thread.ident or 0)
            if frame is not None:
                return "".join(format_stack(frame))
        return coroutine_stack(coroutine)

    # In the thread

    def _run_in_io_thread(self, loop: asyncio.AbstractEventLoop) -> None:
        ended_by: BaseException | None = None
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(self._serve())
        except BaseException as error:
            ended_by = error
        self._call_home(self._thread_has_ended, ended_by)

    async def _serve(self) -> None:
        self._serving = asyncio.current_task()
        await self._stop.wait()
        tasks = tuple(self._tasks.values())
        for handle in tuple(self._tasks):
            self._cancel_in_io_thread(handle)
        if tasks:
            await asyncio.wait(tasks)

    def _begin_in_io_thread(
        self, handle: int, work: Coroutine[object, object, object], name: str
    ) -> None:
        task = asyncio.get_running_loop().create_task(_contained(work), name=name)
        self._tasks[handle] = task

        def ended(_: asyncio.Task[None]) -> None:
            work.close()  # if it never began
            self._ended_in_io_thread(handle, task)

        task.add_done_callback(ended)

    def _cancel_in_io_thread(self, handle: int) -> None:
        task = self._tasks.get(handle)
        # A second time would interrupt the cleanup.
        if task is not None and not task.cancelling():
            task.cancel()

    def _ended_in_io_thread(self, handle: int, task: asyncio.Task[None]) -> None:
        del self._tasks[handle]
        if not task.cancelled():
            error = task.exception()
        else:
            # That of some future which it awaited is no different from any other exception.
            error = None if task.cancelling() else asyncio.CancelledError("nobody cancelled it")
        self._call_home(self._ended, handle, error)

    def _call_home(self, function: Callable[..., None], *arguments: object) -> None:
        _call(self._home, function, *arguments)

    def _thread_has_ended(self, by: BaseException | None) -> None:
        if self._thread_ended is not None and not self._thread_ended.done():
            self._thread_ended.set_result(None)
        if by is not None and not self._is_closing:
            self._gone(by)


def _call(
    loop: asyncio.AbstractEventLoop | None, function: Callable[..., None], *arguments: object
) -> None:
    """A loop that was closed wants to know nothing any more."""
    if loop is not None:
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(function, *arguments)


async def _contained(work: Coroutine[object, object, object]) -> None:
    """asyncio would let these two end the thread, and with it everybody's coroutines."""
    try:
        await work
    except (KeyboardInterrupt, SystemExit) as error:
        raise RuntimeError(f"{type(error).__name__} in a coroutine of the io loop") from error
