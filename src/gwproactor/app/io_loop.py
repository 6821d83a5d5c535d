"""The `IOLoop` of a node: its coroutines, what follows where they fail, and the pats."""

import asyncio
import logging
import threading
from collections.abc import Coroutine
from functools import partial
from typing import Final, TypeAlias

from typing_extensions import override

from gwproactor.app.communicators import Communicator
from gwproactor.app.deadline import Deadline
from gwproactor.app.io_status import FailedCoroutines, IOCoroutine
from gwproactor.app.proactor_logger import ProactorLogger
from gwproactor.app.service import NotStarted, Service
from gwproactor.app.supervision.supervisor import Supervisor
from gwproactor.app.watchdog import WATCHDOG_NAME, WatchdogManager
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.message import to_actor
from gwproactor.domain.outcome import Outcome, Success
from gwproactor.domain.payloads import PatInternalWatchdog
from gwproactor.domain.raised import raised_problem, raised_text
from gwproactor.domain.status import IOLoopStatus
from gwproactor.domain.supervision import FailurePolicy
from gwproactor.ports.clock import Clock, Timer
from gwproactor.ports.communicators import MonitoredName
from gwproactor.ports.io_loop import INVALID_IO_TASK_HANDLE, IORunner, IOWork
from gwproactor.ports.message_bus import MessageBus

LOG: Final = logging.getLogger("gwproactor")

# Of the communicator and of its thread.
IO_LOOP_NAME: Final = "io_loop_manager"
# Longer: a coroutine that blocks the others is found later. Shorter: more wake-ups of the thread.
PAT_TIMEOUT_S: Final = 20.0
# What ignores its cancellation for so long is named, and given up.
JOIN_S_MAX: Final = 5.0

_Coroutine: TypeAlias = Coroutine[object, object, object]


class NodeIOLoop(Communicator, Service):
    """Begins coroutines when the node has started, and cancels them when it is told to stop.

    While there are coroutines, it pats the internal watchdog for them as long as their loop
    answers. One that does not is no part that could be restarted: the node stops.
    """

    def __init__(
        self,
        runner: IORunner,
        *,
        supervisor: Supervisor,
        watchdog: WatchdogManager,
        bus: MessageBus,
        clock: Clock,
        logger: ProactorLogger,
    ) -> None:
        super().__init__(IO_LOOP_NAME)
        self._runner = runner
        self._supervisor = supervisor
        self._watchdog = watchdog
        self._bus = bus
        self._clock = clock
        self._logger = logger
        # Other threads add and cancel; held for moments only, and for one call of the runner.
        self._lock = threading.Lock()
        self._works: dict[int, IOCoroutine] = {}
        self._failures = FailedCoroutines()
        self._handle = INVALID_IO_TASK_HANDLE
        self._home: asyncio.AbstractEventLoop | None = None  # set while the node runs
        self._is_stopped = False
        self._is_watched = False
        self._timer: Timer | None = None
        self._is_asked = False

    # Any thread

    def add_io_coroutine(
        self, work: IOWork, name: str = "", *, policy: FailurePolicy = FailurePolicy.REPORT
    ) -> int:
        name = name or getattr(work, "__name__", type(work).__name__)
        added = IOCoroutine(work, name, policy)
        if policy is FailurePolicy.RESTART and not added.can_restart:
            added.close()
            raise ValueError(
                f"io coroutine {added.name!r} runs only once: to restart it, give the function "
                "that makes it"
            )
        with self._lock:
            if not self._is_stopped:
                self._handle += 1
                self._failures.replaced(name)
                self._works[self._handle] = added
                if self._home is not None:
                    self._begin(self._handle, added, self._home)
                return self._handle
        added.close()
        return INVALID_IO_TASK_HANDLE

    def cancel_io_routine(self, handle: int) -> None:
        with self._lock:
            work = self._works.get(handle)
            if work is None:
                self._failures.cancelled(handle)
                return
            work.is_cancelled = True
            if work.has_begun:
                self._runner.cancel(handle)
                return
            del self._works[handle]
        work.close()

    # Loop thread

    @override
    async def open(self) -> Outcome[None, NotStarted]:
        self._runner.open(self._ended, self._gone)
        return Success(None)

    @override
    def started(self) -> None:
        with self._lock:
            self._home = asyncio.get_running_loop()
            for handle, work in self._works.items():
                self._begin(handle, work, self._home)

    @override
    def stopping(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._is_stopped = True
            waiting = [work for work in self._works.values() if not work.has_begun]
            for handle, work in self._works.items():
                if work.has_begun:
                    self._runner.cancel(handle)
        for work in waiting:
            work.close()

    @override
    async def close(self) -> None:
        """Also after an `open` that was not followed by `started`."""
        self.stopping()
        closing = asyncio.get_running_loop().create_task(self._runner.close(), name="close io loop")
        with Deadline(self._clock, JOIN_S_MAX) as deadline:
            deadline.begin()
            late = await deadline.wait({closing})
        if late:
            self._log_unfinished()

    def _log_unfinished(self) -> None:
        what = [f"{one.name!r}:\n{one.stack}" for one in self._runner.unfinished()]
        LOG.error(
            "the io loop did not end within %g s of its cancellation, the node ends without it; "
            "what has not ended:\n%s",
            JOIN_S_MAX,
            "\n".join(what),
        )

    def status(self) -> IOLoopStatus:
        """How the coroutines stand now."""
        with self._lock:
            return self._failures.status(self._works.values())

    def _begin(self, handle: int, work: IOCoroutine, home: asyncio.AbstractEventLoop) -> None:
        """Any thread; holds the lock."""
        work.has_begun = True
        if not self._is_watched:
            self._is_watched = True
            home.call_soon_threadsafe(self._watch)
        self._logger.io_loop("io coroutine %r begins", work.name)
        self._runner.run(handle, work.coroutine(), work.name)

    def _ended(self, handle: int, error: BaseException | None) -> None:
        with self._lock:
            work = self._works[handle]
            is_wanted = not (work.is_cancelled or self._is_stopped)
            policy = work.policy if is_wanted else FailurePolicy.REPORT
            if error is not None:
                work.fail(raised_text(error))
            if error is not None and policy is FailurePolicy.RESTART:
                work.has_begun = False
            else:
                del self._works[handle]
                if error is not None and is_wanted:
                    self._failures.add(handle, work)
        self._logger.io_loop("io coroutine %r has ended", work.name)
        if error is not None:
            self._failed(handle, work.name, policy, error)

    def _failed(self, handle: int, name: str, policy: FailurePolicy, error: BaseException) -> None:
        part, restart = self.name, None
        if policy is FailurePolicy.RESTART:
            # By the handle, too: each has a pause of its own.
            part, restart = f"io coroutine {name!r} {handle}", partial(self._again, handle)
        self._supervisor.failed(part, policy, _problem(name, error), restart)

    def _gone(self, error: BaseException) -> None:
        """No coroutine runs any more, and none can be restarted."""
        with self._lock:
            self._is_stopped = True
            works, self._works = self._works, {}
        for each in works.values():
            each.close()
        if self._timer is not None:
            self._timer.cancel()
        self._supervisor.failed(self.name, FailurePolicy.STOP_NODE, _end_problem(error))

    def _again(self, handle: int) -> None:
        with self._lock:
            work = self._works.get(handle)
            if work is not None and self._home is not None and not self._is_stopped:
                self._begin(handle, work, self._home)

    # Pats

    def _watch(self) -> None:
        if not self._is_stopped:
            self._watchdog.add_monitored_name(MonitoredName(self.name, PAT_TIMEOUT_S), self)
            self._look_later()

    def _look_later(self) -> None:
        """Twice within the time-out."""
        due_s = self._clock.monotonic_s() + PAT_TIMEOUT_S / 2
        self._timer = self._clock.call_at(due_s, self._look)

    def _look(self) -> None:
        """Ask the coroutines' loop whether it turns, as long as there are any."""
        with self._lock:
            self._is_watched = bool(self._works)
        if not self._is_watched:
            self._watchdog.remove_monitored_name(self.name)
            return
        self._look_later()
        if not self._is_asked:
            self._is_asked = True
            self._runner.ping(self._answered)

    def _answered(self) -> None:
        self._is_asked = False
        if self._is_watched:
            self._bus.send(to_actor(self.name, WATCHDOG_NAME, PatInternalWatchdog()))


def _problem(name: str, error: BaseException) -> ProblemFound:
    return raised_problem("io loop", name, "", f"io coroutine {name!r} failed", error)


def _end_problem(error: BaseException) -> ProblemFound:
    summary = "the io loop was ended, with all of its coroutines"
    return raised_problem("io loop", IO_LOOP_NAME, "", summary, error)
