"""How often a node speaks of the same trouble: often enough to be seen, never a flood."""

from collections import OrderedDict, deque
from typing import Final

import attrs

COMM_EVENTS_MAX: Final = 10
COMM_EVENTS_PERIOD_S: Final = 60.0
PROBLEM_PERIOD_S: Final = 600.0
# Further causes push out the one not seen for longest, which may then be reported early.
CAUSES_MAX: Final = 1_000


@attrs.define
class CommEventLimit:
    """At most 10 events a minute for one link, or one broker's outages; the rest are counted in
    the next one.
    """

    times_s: deque[float] = attrs.Factory(deque)
    suppressed: int = 0

    def admit(self, now_s: float) -> int | None:
        """How many were left out before this one, or None: leave this one out, too."""
        while self.times_s and self.times_s[0] <= now_s - COMM_EVENTS_PERIOD_S:
            self.times_s.popleft()
        if len(self.times_s) >= COMM_EVENTS_MAX:
            self.suppressed += 1
            return None
        self.times_s.append(now_s)
        suppressed, self.suppressed = self.suppressed, 0
        return suppressed


@attrs.define
class _Cause:
    reported_s: float
    repeats: int = 0


@attrs.define
class ProblemLimit:
    """Each (kind, subject, cause) at once, then once in ten minutes with a count."""

    causes: OrderedDict[tuple[str, str, str], _Cause] = attrs.Factory(OrderedDict)

    def admit(self, key: tuple[str, str, str], now_s: float) -> int | None:
        """How many like it were left out before this one, or None: leave this one out, too."""
        cause = self.causes.get(key)
        if cause is not None and now_s < cause.reported_s + PROBLEM_PERIOD_S:
            cause.repeats += 1
            self.causes.move_to_end(key)
            return None
        self.causes[key] = _Cause(now_s)
        self.causes.move_to_end(key)
        if len(self.causes) > CAUSES_MAX:
            self.causes.popitem(last=False)
        return cause.repeats if cause is not None else 0
