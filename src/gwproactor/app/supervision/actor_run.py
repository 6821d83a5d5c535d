"""The `run` of one actor: begun, watched, begun anew, ended."""

import asyncio
import logging
import math
from collections.abc import Coroutine
from enum import Enum
from typing import Final

import attrs

from gwproactor.app.actor import Actor
from gwproactor.app.pulse import Followed
from gwproactor.app.supervision.problems import actor_problem, late_problem, undying_problem
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.supervision import GOES_THROUGH, FailurePolicy, SupervisionState
from gwproactor.ports.clock import Clock, Timer
from gwproactor.ports.failures import Failures

LOG: Final = logging.getLogger("gwproactor")

# A run that was cancelled may have valves to close first; then it would never end.
END_S_MAX: Final = 10.0


class _Cancelled(Enum):
    """Why the task was cancelled, which says what follows when it has ended."""

    NOT = "it goes on"
    GIVEN_UP = "it was late, and is begun anew"
    STOPPED = "the node stops"


@attrs.define(eq=False)
class ActorRun:
    """Tells *failures* of what happens to the `run` of *actor*. Loop thread only."""

    actor: Actor
    clock: Clock
    failures: Failures
    _state: SupervisionState = attrs.field(init=False, default=SupervisionState.NOT_STARTED)
    _task: asyncio.Task[None] | None = attrs.field(init=False, default=None)
    _followed: Followed | None = attrs.field(init=False, default=None)
    _cancelled: _Cancelled = attrs.field(init=False, default=_Cancelled.NOT)
    _abandoned: bool = attrs.field(init=False, default=False)
    _ending: Timer | None = attrs.field(init=False, default=None)
    _late_since_s: float | None = attrs.field(init=False, default=None)

    @property
    def state(self) -> SupervisionState:
        if self._state is SupervisionState.RUNNING and self._is_late:
            return SupervisionState.LATE
        return self._state

    @property
    def deadline_s(self) -> float:
        """When it will be late; infinite as long as it may wait."""
        pulse = self.actor.pulse
        goes_on = self.state is SupervisionState.RUNNING and self._cancelled is _Cancelled.NOT
        if not goes_on or pulse.waits_for or pulse.progress_s is None:
            return math.inf
        return pulse.progress_s + pulse.allowed_s + self.actor.late_after_s

    @property
    def has_ended(self) -> bool:
        """Whether no task of it is alive, for now or for good."""
        return self._task is None or self._task.done()

    def begin(self) -> None:
        """Start a task. Raises what calling `run` raises, and TypeError if it is no coroutine."""
        coroutine: object = self.actor.run()
        if not isinstance(coroutine, Coroutine):
            raise TypeError(f"{type(self.actor).__qualname__}.run must be an `async def`")
        self._cancelled = _Cancelled.NOT
        self._followed = self.actor.pulse.follow(coroutine)
        self._state = SupervisionState.RUNNING
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._followed, name=f"actor {self.actor.name}")
        self._task.add_done_callback(self._ended)

    def late(self) -> None:
        """The deadline has passed."""
        pulse = self.actor.pulse
        assert pulse.progress_s is not None, "only what has begun can be late"
        self._late_since_s = pulse.progress_s
        age_s = self.clock.monotonic_s() - pulse.progress_s
        if self._fail(late_problem(self.actor.name, age_s, self._stack())):
            self._give_up()

    def restart(self) -> None:
        """`init` and `run` again, on the same object, as soon as the former run has ended."""
        if self.has_ended:
            self._begin_again()
            return
        self._give_up()
        when_s = self.clock.monotonic_s() + END_S_MAX
        self._ending = self.clock.call_at(when_s, self._does_not_end)

    def never_begins(self) -> None:
        """What comes before it has failed for good: nobody will read the inbox."""
        self.actor.inbox.close()

    def stop(self) -> None:
        """Cancel it; `join` returns when it has ended."""
        self._cancelled = _Cancelled.STOPPED
        if self._ending is not None:
            self._ending.cancel()
        if self._task is None or self.has_ended:
            self._stopped()
        else:
            self._task.cancel()

    async def join(self) -> None:
        """Return when it has ended. Cancelled: log where it hangs, and wait for it no more."""
        if self._task is None or self.has_ended or self._abandoned:
            return
        try:
            await asyncio.wait([self._task])
        except asyncio.CancelledError:
            self._abandoned = True
            LOG.error("actor %r was cancelled and does not end: %s", self.actor.name, self._stack())
            raise

    @property
    def _is_late(self) -> bool:
        return self._late_since_s is not None and self._late_since_s == self.actor.pulse.progress_s

    def _stack(self) -> str:
        return "" if self._followed is None else self._followed.stack()

    def _fail(self, problem: ProblemFound) -> bool:
        return self.failures.failed(
            self.actor.name, self.actor.failure_policy, problem, self.restart
        )

    def _give_up(self) -> None:
        if self._cancelled is _Cancelled.NOT and self._task is not None:
            self._cancelled = _Cancelled.GIVEN_UP
            self._task.cancel()

    def _begin_again(self) -> None:
        doing = "init"
        try:
            self.actor.init()
            doing = "run"
            self.begin()
        except GOES_THROUGH:
            raise
        except BaseException as error:
            self._failed_for_now(actor_problem(self.actor.name, doing, error))

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        self.actor.inbox.processed()
        if self._cancelled is _Cancelled.STOPPED:
            if not task.cancelled() and error is not None:
                self._fail(actor_problem(self.actor.name, "run", error))
            self._stopped()
        elif self._cancelled is _Cancelled.GIVEN_UP:
            self._given_up_ended(task)
        elif error is None:
            self._state = SupervisionState.ENDED
            self.actor.inbox.close()
        else:
            self._failed_for_now(actor_problem(self.actor.name, "run", error))

    def _failed_for_now(self, problem: ProblemFound) -> None:
        self._state = SupervisionState.FAILED
        if not self._fail(problem):
            self.actor.inbox.close()

    def _given_up_ended(self, task: asyncio.Task[None]) -> None:
        self._state = SupervisionState.FAILED
        if not task.cancelled() and task.exception() is not None:
            LOG.error("actor %r failed while it ended", self.actor.name, exc_info=task.exception())
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
            self._begin_again()

    def _does_not_end(self) -> None:
        self._ending = None
        problem = undying_problem(self.actor.name, END_S_MAX, self._stack())
        self.failures.failed(self.actor.name, FailurePolicy.STOP_NODE, problem)

    def _stopped(self) -> None:
        if self._state not in (SupervisionState.ENDED, SupervisionState.FAILED):
            self._state = SupervisionState.STOPPED
        self.actor.inbox.close()
