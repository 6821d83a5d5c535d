"""Calls communicators, and handles what fails by the policy that was declared for it."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Final

import attrs

from gwproactor.app.communicators import FAILURES
from gwproactor.app.supervision.problems import actor_problem
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.message import Message
from gwproactor.domain.moment import Chance
from gwproactor.domain.outcome import Failure
from gwproactor.domain.status import ActorStatus
from gwproactor.domain.supervision import FailureHistory, FailurePolicy, Verdict
from gwproactor.ports.clock import Clock, Timer
from gwproactor.ports.communicators import CommunicatorInterface
from gwproactor.ports.stop_switch import StopSwitch

LOG: Final = logging.getLogger("gwproactor")

# EX_SOFTWARE of sysexits.h: systemd's Restart=on-failure starts the node again.
EXIT_GIVEN_UP: Final = 70


@attrs.define(eq=False)
class Supervisor:
    """Loop thread only."""

    stop_switch: StopSwitch
    clock: Clock
    chance: Chance
    _report: Callable[[ProblemFound], None] = attrs.field(init=False, default=lambda _: None)
    _histories: dict[str, FailureHistory] = attrs.field(init=False, factory=dict)
    _pauses: dict[str, Timer] = attrs.field(init=False, factory=dict)
    _stopping: bool = attrs.field(init=False, default=False)

    def listen(self, report: Callable[[ProblemFound], None]) -> None:
        """Give every problem to *report*."""
        self._report = report

    def hand_over(
        self,
        communicator: CommunicatorInterface,
        message: Message[object],
        done: Callable[[], None] | None = None,
    ) -> bool:
        """Let *communicator* process *message*: whether it returned; what it raised is handled.

        *done* is called exactly once: when the message was processed, or never will be.
        """
        try:
            result = communicator.process_message(message)
        except FAILURES as error:
            self._call_failed(communicator, "process_message", error)
            if done is not None:
                done()
            return False
        if isinstance(result, Failure):
            self._report(actor_problem(communicator.name, "process_message", result.failure()))
        if done is not None:
            done()
        return True

    def call(
        self, communicator: CommunicatorInterface, doing: str, work: Callable[[], None]
    ) -> None:
        """Do *work* of *communicator*; what it raises is handled."""
        try:
            work()
        except FAILURES as error:
            self._call_failed(communicator, doing, error)

    def failed(
        self,
        name: str,
        policy: FailurePolicy,
        problem: ProblemFound,
        restart: Callable[[], None] | None = None,
    ) -> None:
        """The part *name* failed as *problem* says: report it, then do what *policy* wants.

        *restart* starts the part anew; it is called after a jittered pause, unless restarts do not
        help. Without it RESTART stops the node, as nothing else would bring the part back.
        """
        self._report(problem)
        now_s, can_restart = self.clock.monotonic_s(), restart is not None
        history = self._history(name)
        verdict = history.failed(problem.summary, policy, now_s, can_restart=can_restart)
        if verdict is Verdict.STOP_NODE:
            self._give_up(problem)
        elif verdict is Verdict.RESTART and restart is not None and not self._stopping:
            self._restart_later(name, partial(self._restart, name, policy, restart))

    def stopping(self) -> None:
        """The node stops: nothing is restarted any more."""
        self._stopping = True
        for pause in self._pauses.values():
            pause.cancel()
        self._pauses.clear()

    def status(self) -> tuple[ActorStatus, ...]:
        """How the communicators stand now, in the order in which they were started."""
        return ()

    def _call_failed(
        self, communicator: CommunicatorInterface, doing: str, error: BaseException
    ) -> None:
        problem = actor_problem(communicator.name, doing, error)
        self._report(problem)
        history, now_s = self._history(communicator.name), self.clock.monotonic_s()
        policy = getattr(communicator, "failure_policy", FailurePolicy.RESTART)
        if history.failed_in_a_call(problem.summary, policy, now_s) is Verdict.STOP_NODE:
            self._give_up(problem)

    def _history(self, name: str) -> FailureHistory:
        return self._histories.setdefault(name, FailureHistory())

    def _give_up(self, problem: ProblemFound) -> None:
        if not self._stopping:
            LOG.critical("the node stops: %s", problem.summary)
            self.stop_switch.stop_node(problem.summary, exit_code=EXIT_GIVEN_UP)

    def _restart_later(self, name: str, restart: Callable[[], None]) -> None:
        previous = self._pauses.pop(name, None)
        if previous is not None:
            previous.cancel()
        pause_s = self._history(name).restart_pause_s(self.chance.fraction())
        LOG.warning("%s is restarted in %.1f s", name, pause_s)
        self._pauses[name] = self.clock.call_at(self.clock.monotonic_s() + pause_s, restart)

    def _restart(self, name: str, policy: FailurePolicy, restart: Callable[[], None]) -> None:
        self._pauses.pop(name, None)
        try:
            restart()
        except FAILURES as error:
            self.failed(name, policy, actor_problem(name, "restart", error), restart)
