"""Calls communicators, and handles what fails by the policy that was declared for it."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Final

import attrs

from gwproactor.app.actor import Actor
from gwproactor.app.communicators import HANDLED
from gwproactor.app.inbox import IN_INBOX
from gwproactor.app.supervision.actor_run import ActorRun
from gwproactor.app.supervision.last_calls import LastCalls
from gwproactor.app.supervision.late_check import LateCheck
from gwproactor.app.supervision.part import Part, policy_of
from gwproactor.app.supervision.problems import actor_problem, inbox_problem
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.message import Message
from gwproactor.domain.moment import Chance
from gwproactor.domain.outcome import Failure
from gwproactor.domain.status import ActorStatus
from gwproactor.domain.supervision import (
    GOES_THROUGH,
    FailureHistory,
    FailurePolicy,
    SupervisionState,
    Verdict,
)
from gwproactor.ports.clock import Clock, Timer
from gwproactor.ports.communicators import CommunicatorInterface
from gwproactor.ports.stop_switch import StopSwitch

LOG: Final = logging.getLogger("gwproactor")

# EX_SOFTWARE of sysexits.h: systemd's Restart=on-failure starts the node again.
EXIT_GIVEN_UP: Final = 70
# Names may come from coroutines that an actor adds by the thousand.
HISTORIES_MAX: Final = 1_000


@attrs.define(eq=False)
class Supervisor:
    """Loop thread only."""

    stop_switch: StopSwitch
    clock: Clock
    chance: Chance
    _report: Callable[[ProblemFound], None] = attrs.field(init=False, default=lambda _: None)
    _parts: dict[str, Part] = attrs.field(init=False, factory=dict)
    _histories: dict[str, FailureHistory] = attrs.field(init=False, factory=dict)
    _pauses: dict[str, Timer] = attrs.field(init=False, factory=dict)
    _late_check: LateCheck = attrs.field(init=False)
    _last_calls: LastCalls = attrs.field(init=False)
    _stopping: bool = attrs.field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        self._late_check = LateCheck(self.clock)
        self._last_calls = LastCalls(self.clock)

    def listen(self, report: Callable[[ProblemFound], None]) -> None:
        """Give every problem to *report*."""
        self._report = report

    # Calling

    def hand_over(
        self,
        communicator: CommunicatorInterface,
        message: Message[object],
        done: Callable[[], None] | None = None,
    ) -> bool:
        """Let *communicator* process *message*: whether it returned; what it raised is handled.

        *done* is called exactly once: when the message was processed, or never will be. An actor
        has processed what was put in its inbox when it asks for the next message, or has ended.
        """
        if communicator is not self._last_calls.latest:
            self._last_calls.note(communicator)
        try:
            result = communicator.process_message(message)
        except GOES_THROUGH:
            raise
        except BaseException as error:
            self._call_failed(communicator, "process_message", error)
            if done is not None:
                done()
            return False
        # Most answer HANDLED, and this is done for every message.
        if result is not HANDLED and isinstance(result, Failure):
            self._report(actor_problem(communicator.name, "process_message", result.failure()))
        if done is None:
            return True
        if result is IN_INBOX and isinstance(communicator, Actor):
            communicator.inbox.when_processed(done)
        else:
            done()
        return True

    def call(
        self, communicator: CommunicatorInterface, doing: str, work: Callable[[], None]
    ) -> None:
        """Do *work* of *communicator*; what it raises is handled."""
        self._last_calls.note(communicator)
        try:
            work()
        except GOES_THROUGH:
            raise
        except BaseException as error:
            self._call_failed(communicator, doing, error)

    # The life of communicators

    def start(self, communicator: CommunicatorInterface) -> None:
        """Start *communicator*, and the `run` of an actor that has one."""
        name, run = communicator.name, None
        if isinstance(communicator, Actor):
            communicator.pulse.attach(self.clock)
            communicator.inbox.listen(partial(self._inbox_dropped, name))
            if communicator.has_run:
                run = ActorRun(communicator, self.clock, self)
                self._late_check.watch(run)
        part = self._parts[name] = Part(communicator, run)
        self._start(part)

    def stop(self, communicator: CommunicatorInterface) -> None:
        """Ask *communicator* to end, and cancel its `run`."""
        self.call(communicator, "stop", communicator.stop)
        part = self._parts.get(communicator.name)
        if part is None:
            return
        if part.run is not None:
            part.run.stop()
        if part.state is SupervisionState.RUNNING and part.run is None:
            part.state = SupervisionState.STOPPED

    async def join(self, communicator: CommunicatorInterface) -> None:
        """Return when *communicator* and its `run` have ended. Raises what its `join` raises."""
        part = self._parts.get(communicator.name)
        if part is not None and part.run is not None:
            await part.run.join()
        await communicator.join()

    @property
    def is_stopping(self) -> bool:
        """Whether the node was told to stop."""
        return self._stopping

    @property
    def runs(self) -> tuple[ActorRun, ...]:
        """Those of the actors that have been started."""
        return tuple(part.run for part in self._parts.values() if part.run is not None)

    def has_ended(self, name: str) -> bool:
        """Whether *name* is an actor whose `run` has returned: it will not go on."""
        part = self._parts.get(name)
        return part is not None and part.own_state is SupervisionState.ENDED

    def restart_of(self, name: str) -> Callable[[], None] | None:
        """What starts the `run` of the actor *name* anew; None if it has none, or one that ended.

        An inbox that nobody reads any more is closed for good, and so is what ended by itself.
        """
        part = self._parts.get(name)
        if part is None or part.run is None or self.has_ended(name):
            return None
        if part.state is SupervisionState.FAILED:
            return partial(self._start_again, part)
        return part.run.restart

    def stopping(self) -> None:
        """The node stops: nothing is restarted any more, and nobody is late."""
        self._stopping = True
        self._late_check.stop()
        self._last_calls.close()
        for pause in self._pauses.values():
            pause.cancel()
        self._pauses.clear()

    def status(self) -> tuple[ActorStatus, ...]:
        """How the communicators stand now, in the order in which they were started."""
        now_s, nothing = self.clock.monotonic_s(), FailureHistory()
        return tuple(
            part.status(
                self._histories.get(name, nothing),
                now_s,
                called_s=self._last_calls.times_s.get(name),
                restarting=name in self._pauses,
            )
            for name, part in self._parts.items()
        )

    # Failures

    def failed(
        self,
        name: str,
        policy: FailurePolicy,
        problem: ProblemFound,
        restart: Callable[[], None] | None = None,
    ) -> bool:
        """The part *name* failed as *problem* says: report it, then do what *policy* wants.

        *restart* starts the part anew (that of an actor: `restart_of`); it is called after a
        jittered pause, unless restarts do not help: whether it will be. Without it RESTART stops
        the node, as nothing else would bring the part back.
        """
        self._report(problem)
        now_s, history = self.clock.monotonic_s(), self._history(name)
        can_restart = restart is not None
        verdict = history.failed(problem.summary, policy, now_s, can_restart=can_restart)
        if self._stopping:
            return False
        if verdict is Verdict.STOP_NODE:
            self._give_up(name, history, problem)
        if verdict is not Verdict.RESTART or restart is None:
            return False
        self._restart_later(name, history, partial(self._restart, name, policy, restart))
        return True

    def _call_failed(
        self, communicator: CommunicatorInterface, doing: str, error: BaseException
    ) -> None:
        problem = actor_problem(communicator.name, doing, error)
        self._report(problem)
        history, now_s = self._history(communicator.name), self.clock.monotonic_s()
        verdict = history.failed_in_a_call(problem.summary, policy_of(communicator), now_s)
        if verdict is Verdict.STOP_NODE and not self._stopping:
            self._give_up(communicator.name, history, problem)

    def _inbox_dropped(self, name: str, what: str) -> None:
        if not self._stopping:
            self._report(inbox_problem(name, what))

    def _start(self, part: Part) -> None:
        communicator = part.communicator
        self._last_calls.note(communicator)
        try:
            communicator.start()
            if part.run is not None:
                part.run.begin()
        except GOES_THROUGH:
            raise
        except BaseException as error:
            part.state = SupervisionState.FAILED
            problem = actor_problem(communicator.name, "start", error)
            again = partial(self._start_again, part)
            will_restart = self.failed(communicator.name, policy_of(communicator), problem, again)
            if part.run is not None and not will_restart:
                part.run.never_begins()
        else:
            part.state = SupervisionState.RUNNING

    def _start_again(self, part: Part) -> None:
        if isinstance(part.communicator, Actor):
            part.communicator.init()
        self._start(part)

    def _history(self, name: str) -> FailureHistory:
        if name not in self._histories and len(self._histories) >= HISTORIES_MAX:
            del self._histories[next(iter(self._histories))]
        return self._histories.setdefault(name, FailureHistory())

    def _give_up(self, name: str, history: FailureHistory, problem: ProblemFound) -> None:
        reason = f"{name!r} failed {history.failures} times, at last: {problem.summary}"
        LOG.critical("the node stops: %s", reason)
        self.stop_switch.stop_node(reason, exit_code=EXIT_GIVEN_UP)

    def _restart_later(
        self, name: str, history: FailureHistory, restart: Callable[[], None]
    ) -> None:
        previous = self._pauses.pop(name, None)
        if previous is not None:
            previous.cancel()
        pause_s = history.restart_pause_s(self.chance.fraction())
        LOG.warning("%r is restarted in %.1f s", name, pause_s)
        self._pauses[name] = self.clock.call_at(self.clock.monotonic_s() + pause_s, restart)

    def _restart(self, name: str, policy: FailurePolicy, restart: Callable[[], None]) -> None:
        self._pauses.pop(name, None)
        try:
            restart()
        except GOES_THROUGH:
            raise
        except BaseException as error:
            self.failed(name, policy, actor_problem(name, "restart", error), restart)
