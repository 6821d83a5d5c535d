"""The internal watchdog: names that have to pat it, and what follows when one does not."""

import logging
from collections.abc import Iterable
from functools import partial
from typing import Final

import attrs
from typing_extensions import override

from gwproactor.app.communicators import HANDLED, NOT_FOR_ME, Communicator
from gwproactor.app.supervision.part import policy_of
from gwproactor.app.supervision.supervisor import Supervisor
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.message import Message, to_actor
from gwproactor.domain.outcome import Failure, Outcome
from gwproactor.domain.payloads import PatExternalWatchdog, PatInternalWatchdog
from gwproactor.domain.status import MonitoredStatus
from gwproactor.domain.supervision import RESTART_S_MAX, FailurePolicy
from gwproactor.domain.watchdog import LastPat, PatAnswer, PatDeadlines, Watched
from gwproactor.ports.clock import Clock, Timer
from gwproactor.ports.communicators import CommunicatorInterface, MonitoredName
from gwproactor.ports.external_watchdog import ExternalWatchdog
from gwproactor.ports.message_bus import MessageBus
from gwproactor.ports.stacks import Stacks

LOG: Final = logging.getLogger("gwproactor")

WATCHDOG_NAME: Final = "watchdog_manager"
# What others do wrong is counted under this name: it is no failure of the manager.
REPORTS: Final = "watchdog"
# When the bus has no room for a look behind its queues, and when to judge without.
LOOK_AGAIN_S: Final = 1.0
LOOKS_MAX: Final = 10


@attrs.frozen
class _Look:
    """Comes back behind all pats that were sent before it on the loop.

    Those of other threads have their own way; they come before one that was sent again.
    """

    is_again: bool = False


@attrs.frozen
class _Owner:
    name: str
    policy: FailurePolicy


def check_monitored_names(communicators: Iterable[CommunicatorInterface]) -> None:
    """Raises ValueError if two have a name in common: the pats of one would hide the other."""
    owners: dict[str, str] = {}
    for communicator in communicators:
        for monitored in communicator.monitored_names:
            owner = owners.setdefault(monitored.name, communicator.name)
            if owner != communicator.name:
                raise ValueError(
                    f"{owner!r} and {communicator.name!r} both have the name {monitored.name!r} "
                    "monitored by the watchdog: give their threads different names"
                )


class WatchdogManager(Communicator):
    """Takes `PatInternalWatchdog` messages; who pats is their source, until its `LastPat`. Loop
    thread only.

    From `start` to `stop` it watches the `monitored_names` of all communicators, by one timer to
    the earliest deadline. A late name is logged and reported with the stack of the thread of that
    name, and its communicator's `failure_policy` is followed: RESTART starts the `run` of an actor
    anew, and stops the node for what has none, as a thread cannot be restarted. An actor's own name
    is watched no more when its `run` has ended. Before anybody is called late, all pats are taken
    that wait in the bus.
    """

    def __init__(
        self,
        communicators: Iterable[CommunicatorInterface],
        *,
        supervisor: Supervisor,
        bus: MessageBus,
        clock: Clock,
        stacks: Stacks,
        external: ExternalWatchdog,
    ) -> None:
        super().__init__(WATCHDOG_NAME)
        self._communicators = communicators
        self._supervisor = supervisor
        self._bus = bus
        self._clock = clock
        self._stacks = stacks
        self._external = external
        self._deadlines = PatDeadlines()
        self._owners: dict[str, _Owner] = {}
        self._timer: Timer | None = None
        self._is_watching = False
        self._is_looking = False
        self._looks_failed = 0

    @property
    def is_well(self) -> bool:
        """Whether nobody is late whose policy is more than a report: only then does anybody
        outside hear that the node is well.
        """
        return not any(
            one.late and self._owners[one.name].policy is not FailurePolicy.REPORT
            for one in self._deadlines.watched
        )

    def monitored(self) -> tuple[MonitoredStatus, ...]:
        """How those stand who have to pat."""
        now_s = self._clock.monotonic_s()
        return tuple(
            MonitoredStatus(
                name=one.name,
                timeout_s=one.timeout_s,
                pat_age_s=now_s - one.patted_s,
                late=one.late,
            )
            for one in self._deadlines.watched
        )

    def add_monitored_name(
        self, monitored: MonitoredName, owner: CommunicatorInterface | None = None
    ) -> None:
        """Expect its pats from now on; *owner*'s policy is followed when they do not come.

        For what begins to work after the start; `monitored_names` does it for all others. Raises
        ValueError for a name that is monitored, and for a time-out that is no positive number.
        """
        name = monitored.name
        self._deadlines.watch(name, monitored.timeout_seconds, self._clock.monotonic_s())
        if owner is None:
            self._owners[name] = _Owner(name, FailurePolicy.RESTART)
        else:
            self._owners[name] = _Owner(owner.name, policy_of(owner))
        self._arm()

    def remove_monitored_name(self, name: str) -> None:
        """Expect no more pats of *name*, which may be unknown."""
        self._deadlines.forget(name)
        self._owners.pop(name, None)

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        match message.payload:
            case PatInternalWatchdog() | PatExternalWatchdog() if message.received is not None:
                self._report(
                    message.received.link_name, "pat from a peer", "a peer has patted the watchdog"
                )
            case PatInternalWatchdog():
                self._pat(message.header.src)
            case LastPat():
                self.remove_monitored_name(message.header.src)
            case PatExternalWatchdog():
                if self.is_well:
                    self._external.pat()
            case _Look(is_again=False):
                self._look(_Look(is_again=True))
            case _Look():
                self._judge()
            case _:
                return NOT_FOR_ME
        return HANDLED

    @override
    def start(self) -> None:
        self._is_watching = True
        for communicator in self._communicators:
            watch = partial(self._watch, communicator)
            self._supervisor.call(communicator, "monitored_names", watch)
        self._arm()

    @override
    def stop(self) -> None:
        """Nobody is late any more: to stop takes as long as it takes, and is bounded elsewhere."""
        self._is_watching = False
        self._disarm()

    def _watch(self, communicator: CommunicatorInterface) -> None:
        for monitored in communicator.monitored_names:
            # One that is refused must not leave the others unwatched.
            watch = partial(self.add_monitored_name, monitored, communicator)
            self._supervisor.call(communicator, "monitored_names", watch)

    def _pat(self, name: str) -> None:
        match self._deadlines.pat(name, self._clock.monotonic_s()):
            case PatAnswer.TAKEN:
                pass
            case PatAnswer.LATE_NO_MORE:
                LOG.warning("%r pats the watchdog again", name)
                self._arm()
            case PatAnswer.UNKNOWN:
                self._report(
                    name,
                    "unmonitored",
                    f"{name!r} pats the watchdog, which does not watch it",
                    "add it to the monitored_names of its communicator, or let it not pat",
                )

    def _report(self, subject: str, cause: str, summary: str, details: str = "") -> None:
        problem = ProblemFound("watchdog", subject, cause, summary, details)
        self._supervisor.failed(REPORTS, FailurePolicy.REPORT, problem)

    # Deadlines

    def _arm(self) -> None:
        if self._is_looking or not self._is_watching:
            return
        self._disarm()
        wake_s = self._deadlines.wake_s
        if wake_s is not None:
            self._wake_at(wake_s)

    def _wake_at(self, due_s: float) -> None:
        self._timer = self._clock.call_at(due_s, partial(self._woken, due_s))

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _woken(self, due_s: float) -> None:
        now_s = self._clock.monotonic_s()
        self._deadlines.woken(due_s, now_s)
        if not self._deadlines.is_overdue(now_s):
            self._arm()
            return
        self._look(_Look())

    def _look(self, look: _Look) -> None:
        """Judge when the bus has handed over all pats that wait in it now."""
        sent = self._bus.send(to_actor(self.name, self.name, look))
        self._is_looking = not isinstance(sent, Failure)
        if self._is_looking:
            return
        self._looks_failed += 1
        if self._looks_failed == LOOKS_MAX:
            self._judge()
        elif self._is_watching:
            self._wake_at(self._clock.monotonic_s() + LOOK_AGAIN_S)

    def _judge(self) -> None:
        self._is_looking, self._looks_failed = False, 0
        if self._is_watching:
            now_s = self._clock.monotonic_s()
            for one in self._deadlines.find_late(now_s):
                self._late(one, now_s)
            self._arm()

    def _late(self, one: Watched, now_s: float) -> None:
        owner = self._owners[one.name]
        if one.name == owner.name and self._supervisor.has_ended(owner.name):
            self._forget_ended(one.name)
            return
        summary = (
            f"{one.name!r} has not patted the watchdog for {now_s - one.patted_s:.1f} s; "
            f"it has to within {one.timeout_s:g} s"
        )
        stack = self._stacks.of_thread(one.name) or f"there is no thread named {one.name!r}"
        # Whatever becomes of the report: the node may be about to end.
        LOG.error("%s\n%s", summary, stack)
        problem = ProblemFound("watchdog", one.name, "late", summary, stack, is_error=True)
        restart = self._supervisor.restart_of(owner.name)
        if self._supervisor.failed(owner.name, owner.policy, problem, restart):
            self._deadlines.begin_again(one.name, now_s + RESTART_S_MAX)

    def _forget_ended(self, name: str) -> None:
        """To end is no failure: there is nothing to restart, and nobody left to pat."""
        self.remove_monitored_name(name)
        self._report(name, "ended", f"the run of {name!r} has ended: it is not watched any more")
