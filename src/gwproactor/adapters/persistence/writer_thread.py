"""A thread that owns a medium: it takes everything queued since last time, does it, answers once.

That is group commit: while one batch is being written the next one gathers, so the slower the disk,
the larger the batches. The loop never waits for the medium; opening and closing, too, happen here.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from collections.abc import Sequence as Items
from typing import Generic, Protocol, TypeVar

JobT = TypeVar("JobT")
JobT_contra = TypeVar("JobT_contra", contravariant=True)
OpenedT = TypeVar("OpenedT")
OpenedT_co = TypeVar("OpenedT_co", covariant=True)
DrainedT = TypeVar("DrainedT")
DrainedT_co = TypeVar("DrainedT_co", covariant=True)


class Medium(Protocol[JobT_contra, OpenedT_co, DrainedT_co]):
    """What the thread works on. Every method is called in the thread, and only there."""

    def open(self) -> OpenedT_co:
        """What it raises, `WriterThread.start` raises; `close` is called all the same."""
        ...

    def drain(self, jobs: Items[JobT_contra], *, flush: bool) -> DrainedT_co:
        """Do *jobs* in order; the result is given to the loop. Must not raise.

        *flush*: nothing may be put off, because the rest is due, or this is the last call. *jobs*
        may then be empty.
        """
        ...

    def rest_due_s(self) -> float | None:
        """In how many seconds what was put off wants a flush, unless jobs come; None: never."""
        ...

    def close(self) -> None:
        """Release everything; must not raise."""
        ...


class WriterThread(Generic[JobT, OpenedT, DrainedT]):
    """Every method is called on the loop thread; so is *on_drained*, once for each batch."""

    def __init__(
        self,
        name: str,
        medium: Medium[JobT, OpenedT, DrainedT],
        on_drained: Callable[[DrainedT], None],
    ) -> None:
        self._name = name
        self._medium = medium
        self._on_drained = on_drained
        self._jobs: queue.SimpleQueue[JobT | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._ended: asyncio.Future[None] | None = None

    async def start(self) -> OpenedT:
        """What `Medium.open` returned, or raises what it raised; then there is no thread."""
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[OpenedT] = loop.create_future()
        self._ended = loop.create_future()
        # A daemon, so that a program which forgot to close still ends; the medium survives that.
        thread = threading.Thread(
            target=self._run_in_writer_thread,
            args=(loop, opened, self._ended),
            name=self._name,
            daemon=True,
        )
        thread.start()
        self._thread = thread
        try:
            return await opened
        except asyncio.CancelledError:
            raise
        except BaseException:
            await self.stop()
            raise

    def submit(self, job: JobT) -> None:
        """Queue *job*; never waits."""
        self._jobs.put(job)

    async def stop(self) -> None:
        """Return when everything submitted was drained and the thread is gone. Idempotent."""
        if self._thread is None or self._ended is None:
            return
        self._jobs.put(None)
        await asyncio.shield(self._ended)
        self._thread.join()  # it has nothing left to do but to return

    def _run_in_writer_thread(
        self,
        loop: asyncio.AbstractEventLoop,
        opened: asyncio.Future[OpenedT],
        ended: asyncio.Future[None],
    ) -> None:
        try:
            try:
                content = self._medium.open()
            except BaseException as error:  # raised again by start()
                _call(loop, _fail, opened, error)
                return
            _call(loop, _succeed, opened, content)
            is_last = False
            while not is_last:
                jobs, is_last = self._take_in_writer_thread()
                drained = self._medium.drain(jobs, flush=is_last or not jobs)
                _call(loop, self._on_drained, drained)
        finally:
            self._medium.close()
            _call(loop, _succeed, ended, None)

    def _take_in_writer_thread(self) -> tuple[list[JobT], bool]:
        """Everything queued, at least one job unless a flush is due, and whether it is the last."""
        taken: list[JobT | None] = []
        with contextlib.suppress(queue.Empty):
            taken.append(self._jobs.get(timeout=self._medium.rest_due_s()))
            while True:
                taken.append(self._jobs.get_nowait())
        jobs = [job for job in taken if job is not None]
        return jobs, len(jobs) < len(taken)


def _call(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *args: object) -> None:
    # A loop that was closed without stop() is no reason not to finish writing.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(function, *args)


def _succeed(future: asyncio.Future[OpenedT], result: OpenedT) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[OpenedT], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
