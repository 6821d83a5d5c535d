"""Finds the actors that do not go on, without waking the node more than that needs."""

import math
from typing import Final

import attrs

from gwproactor.app.supervision.actor_run import ActorRun
from gwproactor.ports.clock import Clock, Timer

# Part of the shortest `late_after_s` in which the loop is looked at. A stall that falls between two
# looks is not seen, and is counted against the actors.
LOOKS: Final = 4
# A look that comes so late says that the loop, and not an actor, was at fault.
STALL_S: Final = 0.1
# What became ready during a stall must have its turn before anybody is blamed.
AFTER_STALL_S: Final = 1.0
# Sums of floats differ in their last digits.
ROUNDING_S: Final = 1e-6


@attrs.define(eq=False)
class LateCheck:
    """One timer for all runs, at the earliest deadline. Loop thread only."""

    clock: Clock
    _runs: list[ActorRun] = attrs.field(init=False, factory=list)
    _timer: Timer | None = attrs.field(init=False, default=None)
    _due_s: float = attrs.field(init=False, default=math.inf)

    def watch(self, run: ActorRun) -> None:
        """Look at *run* from now on."""
        self._runs.append(run)
        self._arm()

    def stop(self) -> None:
        """Look no more."""
        self._runs.clear()
        self._arm()

    def _look(self) -> None:
        now_s = self.clock.monotonic_s()
        stalled_s = now_s - self._due_s
        if stalled_s > STALL_S:
            for run in self._runs:
                run.actor.pulse.allow(stalled_s + AFTER_STALL_S)
        for run in tuple(self._runs):
            if run.deadline_s <= now_s + ROUNDING_S:
                run.late()
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        patience_s = min((run.actor.late_after_s for run in self._runs), default=math.inf)
        if patience_s == math.inf:
            return
        deadline_s = min(run.deadline_s for run in self._runs)
        self._due_s = min(deadline_s, self.clock.monotonic_s() + patience_s / LOOKS)
        self._timer = self.clock.call_at(self._due_s, self._look)
