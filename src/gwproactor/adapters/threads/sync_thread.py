"""A thread for a blocking driver, and its channel to and from the loop."""

import asyncio
import logging
import math
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import ClassVar, Final

import attrs
from typing_extensions import override

from gwproactor.adapters.threads.queue_writers import AsyncQueue, SyncAsyncQueueWriter, Written
from gwproactor.adapters.threads.thread_end import ThreadEnd
from gwproactor.domain.message import to_actor
from gwproactor.domain.payloads import PatInternalWatchdog
from gwproactor.domain.watchdog import LastPat

LOG: Final = logging.getLogger("gwproactor")

WATCHDOG_NAME: Final = "watchdog_manager"
# A wait of `inf` seconds is refused by the interpreter.
WAIT_S_MAX: Final = 3_600.0


@attrs.frozen(eq=False)
class ThreadFailed:
    """The last thing that a thread writes to the loop if *error* ended it."""

    thread_name: str
    error: BaseException


@attrs.frozen
class _Wake:
    """Ends a thread's wait for a message."""


class SyncAsyncInteractionThread(threading.Thread):
    """Sleeps, iterates, and handles the messages that came, again and again until it is stopped.

    Override the hooks `_preiterate`, `_iterate`, `_handle_message`, `_handle_exception`, which run
    in the thread; a `run` of one's own calls none of them, and does not pat. Without
    *iterate_sleep_seconds* it iterates without a pause, so that `_iterate` should block; if that is
    not overridden, the thread waits for messages. All that have come are handled after each
    iteration. `request_stop` ends any sleep or wait at once.

    An exception goes to `_handle_exception`; unless that returns True, and always in `_preiterate`,
    it ends the thread, is logged, and goes to the loop as `ThreadFailed`.

    Every *pat_timeout* / 2 seconds, asleep or not, the thread pats the internal watchdog under its
    own name, but while it is in a hook, unless that writes to the loop: one that takes longer than
    *pat_timeout* makes it late, and it is named with its stack. A thread that ends as it should
    says so by a `LastPat`. None: it is not watched.

    *channel*: by default one with a sync queue of 1,000 messages. *responsive_sleep_step_seconds*
    is for hooks that call `responsive_sleep`. Raises ValueError for a *pat_timeout* of 0 or less.
    """

    SLEEP_STEP_SECONDS: ClassVar[float] = 0.1
    PAT_TIMEOUT: ClassVar[float] = 20
    # What is left of the thread after `run`; a larger one holds the loop if `run` is overridden.
    JOIN_CHECK_THREAD_SECONDS: ClassVar[float] = 1.0

    def __init__(
        self,
        channel: SyncAsyncQueueWriter[object] | None = None,
        name: str | None = None,
        iterate_sleep_seconds: float | None = None,
        responsive_sleep_step_seconds: float = SLEEP_STEP_SECONDS,
        pat_timeout: float | None = PAT_TIMEOUT,
        daemon: bool = True,
    ) -> None:
        super().__init__(name=name, daemon=daemon)
        if pat_timeout is not None and pat_timeout <= 0:
            raise ValueError(f"pat_timeout must be more than 0 s, or None, not {pat_timeout}")
        self.pat_timeout = pat_timeout
        self.is_named = name is not None
        self._channel = SyncAsyncQueueWriter(queue.Queue()) if channel is None else channel
        self._iterate_sleep_seconds = iterate_sleep_seconds
        self._responsive_sleep_step_seconds = responsive_sleep_step_seconds
        self._last_pat_s = -math.inf
        self._has_begun = False
        self._stop_asked = threading.Event()
        self._end = ThreadEnd()
        iterates = type(self)._iterate is not SyncAsyncInteractionThread._iterate
        self._only_messages = iterate_sleep_seconds is None and not iterates

    # Hooks, called in the thread

    def _preiterate(self) -> None:
        """Called once, before anything else; here: nothing."""

    def _iterate(self) -> None:
        """Do one piece of work; here: nothing."""

    def _handle_message(self, message: object) -> None:
        """Do what *message*, from the sync queue, asks for; here: nothing."""

    def _handle_exception(self, exception: Exception) -> bool:
        """Whether the thread shall go on after *exception*; here: no."""
        return False

    # Called from any thread

    @property
    def running(self) -> bool | None:
        """None before the thread has begun, False from the moment that it was asked to stop."""
        if self._stop_asked.is_set():
            return False
        return True if self._has_begun else None

    @running.setter
    def running(self, running: bool | None) -> None:
        """False asks it to stop; anything else has no effect."""
        if running is False:
            self.request_stop()

    def request_stop(self) -> None:
        """Let the thread end: at once if it sleeps or waits, else after the hook that it is in.

        A thread that has not been started will never run.
        """
        self._stop_asked.set()
        if self._only_messages and self._channel.sync_queue is not None:
            with suppress(queue.Full):  # Then a message wakes it.
                self._channel.sync_queue.put_nowait(_Wake())

    def set_async_loop(
        self, loop: asyncio.AbstractEventLoop, async_queue: AsyncQueue[object]
    ) -> None:
        """What the thread writes shall go to *async_queue* on *loop*."""
        self._channel.set_async_loop(loop, async_queue)

    def set_write(self, write: Callable[[object], Written]) -> None:
        """What the thread writes shall go to *write*: see `SyncAsyncQueueWriter.set_write`."""
        self._channel.set_write(write)

    def set_async_loop_and_start(
        self, loop: asyncio.AbstractEventLoop, async_queue: AsyncQueue[object]
    ) -> None:
        self.set_async_loop(loop, async_queue)
        self.start()

    def put_to_sync_queue(
        self, message: object, block: bool = True, timeout: float | None = None
    ) -> None:
        """As `SyncAsyncQueueWriter.put_to_sync_queue`: where a loop runs it never waits."""
        self._channel.put_to_sync_queue(message, block=block, timeout=timeout)

    async def async_join(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109 - public name
        """Return when the thread has ended, or after *timeout* seconds: whether it has ended.

        A thread that was not started counts as ended. Giving up logs the thread's stack.
        """
        if self.is_alive():
            try:
                async with asyncio.timeout(timeout):
                    await self._end.wait()
            except TimeoutError:
                self._log_stack()
                return False
            except asyncio.CancelledError:
                self._log_stack()
                raise
            self.join(self.JOIN_CHECK_THREAD_SECONDS)
        return True

    def _log_stack(self) -> None:
        # The frames are for debugging; this is.
        frame = sys._current_frames().get(self.ident or 0)
        stack = "".join(traceback.format_stack(frame)) if frame else "(it is just about to end)"
        LOG.error("thread %r has not ended:\n%s", self.name, stack)

    # Called in the thread

    def time_to_pat(self) -> bool:
        """Whether `pat_watchdog` is due."""
        return self._pat_due_in_s() <= 0

    def pat_watchdog(self) -> None:
        self._last_pat_s = time.monotonic()
        self._put_to_async_queue(to_actor(self.name, WATCHDOG_NAME, PatInternalWatchdog()))

    def _put_to_async_queue(self, message: object) -> Written:
        """Write *message* to the loop; a Failure was logged. See `AsyncQueueWriter.put`.

        Pats if it is time: a hook that waits for room in a busy loop does not hang.
        """
        written = self._channel.put_to_async_queue(message)
        if threading.current_thread() is self:  # Another one does not show that this one lives.
            self._pat_if_due()
        return written

    @override
    def start(self) -> None:
        # A `run` of the user's, too, is followed by what is promised of the thread's end.
        self.run = partial(self._run_to_its_end, self.run)  # type: ignore[method-assign]
        super().start()

    def _run_to_its_end(self, run: Callable[[], None]) -> None:
        try:
            if not self._stop_asked.is_set():
                self._has_begun = True
                self._last_pat_s = time.monotonic()
                run()
            self._pat_for_the_last_time()
        except BaseException as error:
            self._fail(error)
        finally:
            self._end.tell()

    def _pat_for_the_last_time(self) -> None:
        """It ends as it should: to be silent is right from now on."""
        if self.pat_timeout is not None:
            with suppress(ValueError):  # There never was a loop.
                self._put_to_async_queue(to_actor(self.name, WATCHDOG_NAME, LastPat()))

    @override
    def run(self) -> None:
        self._preiterate()
        while self.running:
            self._guard(self._sleep_and_iterate)
            self._pat_if_due()
            self._guard(self._handle_messages)

    def _guard(self, step: Callable[[], None]) -> None:
        """Do *step*; what it raises is raised unless `_handle_exception` says to go on."""
        try:
            step()
        except Exception as error:
            if not self._handle_exception(error):
                raise

    def _sleep_and_iterate(self) -> None:
        if self._iterate_sleep_seconds is not None:
            self._sleep(self._iterate_sleep_seconds)
        elif self._only_messages:
            self._wait_for_message()
        if self.running:
            self._iterate()

    def _sleep(self, seconds: float) -> bool:
        """Sleep so long, or until the thread is stopped: whether it is still running. Pats."""
        end_s = time.monotonic() + seconds
        while (left_s := end_s - time.monotonic()) > 0:
            if self._stop_asked.wait(min(left_s, self._wait_s())):
                return False
            self._pat_if_due()
        return not self._stop_asked.is_set()

    def _wait_for_message(self) -> None:
        if self._channel.sync_queue is None:
            self._stop_asked.wait(self._wait_s())
            return
        with suppress(queue.Empty):
            self._take(self._channel.get_from_sync_queue(timeout=self._wait_s()))

    def _handle_messages(self) -> None:
        """All that have come until now; those that come meanwhile wait for the next iteration."""
        waiting = self._channel.sync_queue
        for _ in range(0 if waiting is None else waiting.qsize()):
            if not self.running:
                return
            try:
                message = self._channel.get_from_sync_queue(block=False)
            except queue.Empty:  # A handler has taken the others.
                return
            self._take(message)
            self._pat_if_due()

    def _take(self, message: object) -> None:
        if self.running and not isinstance(message, _Wake):
            self._handle_message(message)

    def _wait_s(self) -> float:
        """How long a wait may be: until the next pat."""
        return max(0.0, min(self._pat_due_in_s(), WAIT_S_MAX))

    def _pat_due_in_s(self) -> float:
        if self.pat_timeout is None:
            return math.inf
        return self._last_pat_s + self.pat_timeout / 2 - time.monotonic()

    def _pat_if_due(self) -> None:
        if self.running and self.time_to_pat():
            self.pat_watchdog()

    def _fail(self, error: BaseException) -> None:
        # Logged here and now: the loop may be closed.
        LOG.error("thread %r was ended by an exception", self.name, exc_info=error)
        self._stop_asked.set()
        with suppress(ValueError):  # There never was a loop.
            self._put_to_async_queue(ThreadFailed(self.name, error))
