"""How a failing part of a node is handled: its declared policy, and what that decides.

Pure: time comes in as an argument; `app/supervision` acts on the verdicts.
"""

from collections import deque
from enum import Enum
from typing import Final

import attrs

# An actor that awaits anything but its inbox, its own sleep or a declared wait for so long is late.
LATE_AFTER_S: Final = 60.0
# So many failures within so many seconds, and another restart would not help.
FAILURES_MAX: Final = 5
FAILURES_WITHIN_S: Final = 60.0
# The first restart is prompt; the longest pause is short enough for a house in winter.
RESTART_S_MIN: Final = 0.5
RESTART_S_MAX: Final = 30.0
# What never runs so long without failing is not helped by restarts, after so many of them.
RUNS_WELL_S: Final = 600.0
RESTARTS_IN_A_ROW_MAX: Final = 10

# The one answer to what is contained when the code of a part is called: everything but these. So
# are the panic of an extension, sys.exit(), and a CancelledError, which in a plain call is that of
# some future whose result was asked for. Raise these again, and then catch BaseException.
GOES_THROUGH: Final = (KeyboardInterrupt, GeneratorExit)


class FailurePolicy(Enum):
    """What follows the report of a failure.

    REPORT: nothing else. RESTART, the default of actors: start the part anew after a jittered
    pause, and stop the node, for systemd to restart it, if that has not helped. STOP_NODE: stop the
    node at once.
    """

    REPORT = "report"
    RESTART = "restart"
    STOP_NODE = "stop-node"


class SupervisionState(Enum):
    """How a supervised part stands."""

    NOT_STARTED = "not started"
    RUNNING = "running"
    LATE = "late"
    RESTARTING = "waiting to restart"
    FAILED = "failed"
    ENDED = "ended"
    STOPPED = "stopped"


class Verdict(Enum):
    """What follows a failure, beside its report."""

    GO_ON = "go on"
    RESTART = "restart"
    STOP_NODE = "stop the node"


@attrs.define
class FailureHistory:
    """The failures of one part. `last_failure` says what the last one was, or is empty."""

    failures: int = 0
    restarts: int = 0
    last_failure: str = ""
    _times_s: "deque[float]" = attrs.field(
        init=False, factory=lambda: deque[float](maxlen=FAILURES_MAX)
    )
    _row: int = attrs.field(init=False, default=0)

    def failed_in_a_call(self, what: str, policy: FailurePolicy, now_s: float) -> Verdict:
        """A call of it raised *what*, but it still runs: there is nothing to restart."""
        self._note(what, now_s)
        if policy is FailurePolicy.STOP_NODE:
            return Verdict.STOP_NODE
        if policy is FailurePolicy.RESTART and self._are_many(now_s):
            return Verdict.STOP_NODE
        return Verdict.GO_ON

    def failed(
        self, what: str, policy: FailurePolicy, now_s: float, *, can_restart: bool
    ) -> Verdict:
        """It ended as *what* says, or hangs: nothing of it will go on by itself."""
        self._note(what, now_s)
        if policy is FailurePolicy.REPORT:
            return Verdict.GO_ON
        useless = self._are_many(now_s) or self._row >= RESTARTS_IN_A_ROW_MAX
        if policy is FailurePolicy.STOP_NODE or useless or not can_restart:
            return Verdict.STOP_NODE
        return Verdict.RESTART

    def restart_pause_s(self, fraction: float) -> float:
        """How long to wait before the restart that is due; counts it. *fraction* is random."""
        pause_s = min(RESTART_S_MAX, RESTART_S_MIN * 2.0**self._row)
        self.restarts += 1
        self._row += 1
        return pause_s * (0.5 + 0.5 * fraction)

    def _note(self, what: str, now_s: float) -> None:
        if self._times_s and now_s - self._times_s[-1] > RUNS_WELL_S:
            self._row = 0
        self.failures += 1
        self.last_failure = what
        self._times_s.append(now_s)

    def _are_many(self, now_s: float) -> bool:
        times_s = self._times_s
        return len(times_s) == FAILURES_MAX and now_s - times_s[0] <= FAILURES_WITHIN_S
