"""Who has to pat the internal watchdog until when. Pure: time comes in as an argument.

Its one rule: nobody is blamed for a time in which nobody could pat. All times are in seconds of one
monotonic clock, so that a step of the wall clock changes no deadline.
"""

import math
from enum import Enum
from typing import Final

import attrs

from gwproactor.domain.payloads import PatInternalWatchdog


@attrs.frozen
class LastPat:
    """Who sends it ends as it should, and will not pat again. Within a node only."""


# The payloads that a bus hands over beside its queues.
PATS: Final[frozenset[type]] = frozenset({PatInternalWatchdog, LastPat})
# A check that comes later than this was held up by more than the usual work of the loop.
HELD_UP_S_MIN: Final = 0.1


class PatAnswer(Enum):
    """What a pat was good for."""

    TAKEN = "taken"
    LATE_NO_MORE = "late no more"
    UNKNOWN = "unknown name"


@attrs.define(eq=False)
class Watched:
    """A name that has to pat before `deadline_s`; `late`: it has not, and that was found."""

    name: str
    timeout_s: float
    patted_s: float
    deadline_s: float
    late: bool = False
    excused: bool = False


class PatDeadlines:
    """The names that have to pat, and which of them are late."""

    def __init__(self) -> None:
        self._watched: dict[str, Watched] = {}

    @property
    def watched(self) -> tuple[Watched, ...]:
        """In the order in which they were added."""
        return tuple(self._watched.values())

    @property
    def wake_s(self) -> float | None:
        """When to look for late names; None: nobody can become late."""
        return min((one.deadline_s for one in self.watched if not one.late), default=None)

    def watch(self, name: str, timeout_s: float, now_s: float) -> None:
        """Expect a pat of *name* at least every *timeout_s*, from now on.

        Raises ValueError for a name that is watched, and for a time-out that is no positive number.
        """
        if name in self._watched:
            raise ValueError(f"{name!r} is monitored already")
        if not 0 < timeout_s < math.inf:
            raise ValueError(f"the timeout of {name!r} is {timeout_s}: it must be above 0, finite")
        self._watched[name] = Watched(name, timeout_s, now_s, now_s + timeout_s)

    def forget(self, name: str) -> None:
        """Expect no pat of *name* any more; without effect if none was expected."""
        self._watched.pop(name, None)

    def pat(self, name: str, now_s: float) -> PatAnswer:
        """*name* has patted: it has its whole time-out again."""
        one = self._watched.get(name)
        if one is None:
            return PatAnswer.UNKNOWN
        was_late = one.late
        one.patted_s, one.deadline_s = now_s, now_s + one.timeout_s
        one.late = one.excused = False
        return PatAnswer.LATE_NO_MORE if was_late else PatAnswer.TAKEN

    def begin_again(self, name: str, now_s: float) -> None:
        """*name* is started anew at *now_s*, which may be in the future, and not late any more."""
        one = self._watched[name]
        one.late, one.deadline_s = False, now_s + one.timeout_s

    def woken(self, due_s: float, now_s: float) -> None:
        """A check that was due at *due_s* is made now.

        If it was held up, everybody was: nobody's deadline comes before so much time has passed
        again as was lost. Once between two pats, and at most by the time-out: where a loop is held
        up again and again, what hangs is late at last.
        """
        if now_s - due_s < HELD_UP_S_MIN:
            return
        for one in self._watched.values():
            if not one.excused:
                again_s = now_s + min(now_s - due_s, one.timeout_s)
                one.deadline_s = max(one.deadline_s, again_s)
                one.excused = True

    def is_overdue(self, now_s: float) -> bool:
        """Whether somebody's deadline has passed who is not known to be late."""
        due_s = self.wake_s
        return due_s is not None and due_s <= now_s

    def find_late(self, now_s: float) -> tuple[Watched, ...]:
        """Those who have become late; nobody is found twice before it has patted again."""
        found = [one for one in self.watched if not one.late and one.deadline_s <= now_s]
        for one in found:
            one.late = True
        return tuple(found)
