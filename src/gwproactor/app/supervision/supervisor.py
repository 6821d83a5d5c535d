"""Calls communicators, and handles what fails by the policy that was declared for it."""

import logging
from collections.abc import Callable
from traceback import format_exception_only
from typing import Final

import attrs

from gwproactor.app.communicators import FAILURES
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.message import Message
from gwproactor.domain.outcome import Failure
from gwproactor.domain.problems import Problems
from gwproactor.domain.supervision import FailurePolicy
from gwproactor.ports.communicators import CommunicatorInterface
from gwproactor.ports.stop_switch import StopSwitch

LOG: Final = logging.getLogger("gwproactor")

# EX_SOFTWARE of sysexits.h: systemd's Restart=on-failure starts the node again.
EXIT_GIVEN_UP: Final = 70


@attrs.define(eq=False)
class Supervisor:
    """Loop thread only."""

    stop_switch: StopSwitch
    _report: Callable[[ProblemFound], None] = attrs.field(init=False, default=lambda _: None)

    def listen(self, report: Callable[[ProblemFound], None]) -> None:
        """Give every problem to *report*."""
        self._report = report

    def hand_over(self, communicator: CommunicatorInterface, message: Message[object]) -> bool:
        """Let *communicator* process *message*: whether it returned; what it raised is handled."""
        try:
            result = communicator.process_message(message)
        except FAILURES as error:
            self._report(actor_problem(communicator.name, "process_message", error))
            return False
        if isinstance(result, Failure):
            self._report(actor_problem(communicator.name, "process_message", result.failure()))
        return True

    def call(
        self, communicator: CommunicatorInterface, doing: str, work: Callable[[], None]
    ) -> None:
        """Do *work* of *communicator*; what it raises is handled."""
        try:
            work()
        except FAILURES as error:
            self._report(actor_problem(communicator.name, doing, error))

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
        if policy is not FailurePolicy.REPORT:
            self.stop_switch.stop_node(problem.summary, exit_code=EXIT_GIVEN_UP)


def actor_problem(name: str, doing: str, error: BaseException) -> ProblemFound:
    """The problem that *error* in an actor is."""
    problems = Problems(errors=[error])
    what = "".join(format_exception_only(error)).strip()  # also if its str() raises
    return ProblemFound(
        kind="actor",
        subject=name,
        cause=f"{doing} {type(error).__name__}",
        summary=f"actor {name!r} failed in {doing}: {what}",
        details=problems.error_traceback_str(),
        is_error=True,
    )
