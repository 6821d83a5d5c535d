"""One communicator as its supervisor sees it."""

import attrs

from gwproactor.app.supervision.actor_run import ActorRun
from gwproactor.domain.status import ActorStatus
from gwproactor.domain.supervision import FailureHistory, FailurePolicy, SupervisionState
from gwproactor.ports.communicators import CommunicatorInterface


def policy_of(communicator: CommunicatorInterface) -> FailurePolicy:
    """What it declares, or else the default."""
    policy: FailurePolicy = getattr(communicator, "failure_policy", FailurePolicy.RESTART)
    return policy


@attrs.define(eq=False)
class Part:
    """`state` is that of its calls; a `run`, if it has one, knows its own."""

    communicator: CommunicatorInterface
    run: ActorRun | None
    state: SupervisionState = SupervisionState.NOT_STARTED

    def status(
        self,
        history: FailureHistory,
        now_s: float,
        *,
        called_s: float | None,
        restarting: bool,
    ) -> ActorStatus:
        """How it stands at *now_s*; *called_s* is when it was last called, which is no progress of
        a `run`.
        """
        progress_s, waits_for, waiting, dropped = called_s, "", 0, 0
        if self.run is not None:
            inbox, pulse = self.run.actor.inbox, self.run.actor.pulse
            progress_s, waits_for = pulse.progress_s, pulse.waits_for
            waiting, dropped = len(inbox), inbox.dropped
        return ActorStatus(
            name=self.communicator.name,
            class_name=type(self.communicator).__qualname__,
            state=SupervisionState.RESTARTING if restarting else self.own_state,
            policy=policy_of(self.communicator),
            failures=history.failures,
            restarts=history.restarts,
            progress_age_s=None if progress_s is None else max(0.0, now_s - progress_s),
            waits_for=waits_for,
            inbox_waiting=waiting,
            inbox_dropped=dropped,
            last_failure=history.last_failure,
        )

    @property
    def own_state(self) -> SupervisionState:
        """That of its `run`, once that has begun."""
        if self.run is not None and self.state is SupervisionState.RUNNING:
            return self.run.state
        return self.state
