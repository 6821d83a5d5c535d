"""How late the event loop has answered: measured by the stall sampler, shown by the watchdog."""

import attrs


@attrs.define(eq=False)
class LoopLag:
    """Seconds between a call's being asked for and its being made by the loop; since the start.

    `lag_s` is the last one measured, `lag_s_max` the worst. `stalls` counts the times that the
    loop gave no answer for so long that it was reported; `last_stall` says of the last one how
    long it took and what ran, empty: there was none. Loop thread only.
    """

    lag_s: float = 0.0
    lag_s_max: float = 0.0
    stalls: int = 0
    last_stall: str = ""

    def measured(self, lag_s: float) -> None:
        """The loop took *lag_s* to answer."""
        self.lag_s = lag_s
        self.lag_s_max = max(self.lag_s_max, lag_s)

    def stalled(self, description: str) -> None:
        """The loop stood still as *description* says."""
        self.stalls += 1
        self.last_stall = description
