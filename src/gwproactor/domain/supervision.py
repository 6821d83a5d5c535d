"""How a failing part of a node is handled: its declared policy, and what that decides.

Pure: time comes in as an argument; `app/supervision` acts on the verdicts.
"""

from enum import Enum
from typing import Final

# An actor that awaits anything but its inbox, its own sleep or a declared wait for so long is late.
LATE_AFTER_S: Final = 60.0
# So many failures within so many seconds, and another restart would not help.
FAILURES_MAX: Final = 5
FAILURES_WITHIN_S: Final = 60.0
# The first restart is prompt; the longest pause is short enough for a house in winter.
RESTART_S_MIN: Final = 0.5
RESTART_S_MAX: Final = 30.0


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
