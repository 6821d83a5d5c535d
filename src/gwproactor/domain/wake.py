"""When the core wants to be told that time has passed."""

import attrs


@attrs.define
class Wake:
    """The earliest such time (monotonic seconds), None if there is none. May be too early: then
    nothing is due, and it is reckoned anew.
    """

    at_s: float | None = None

    def by(self, time_s: float | None) -> None:
        """No later than *time_s*."""
        if time_s is not None and (self.at_s is None or time_s < self.at_s):
            self.at_s = time_s
