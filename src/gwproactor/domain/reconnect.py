"""When a lost broker is tried again: full jitter, so that a fleet does not come back at once."""

from typing import Final

import attrs

# Larger: a house stays dark longer after a long outage. Smaller: a fleet hammers its broker.
DELAY_S_MAX: Final = 60.0
# A connection that lasted this long was a real one: the next outage starts from short delays.
GOOD_CONNECTION_S: Final = 60.0


@attrs.define
class Reconnect:
    """The attempts of one outage."""

    failures: int = 0

    def delay_s(self, fraction: float) -> float:
        """Seconds to wait before the next attempt: uniform in [0, min(60, 2^failures)).

        *fraction* is random in [0, 1).
        """
        limit = DELAY_S_MAX if self.failures > 6 else min(DELAY_S_MAX, 2.0**self.failures)
        self.failures += 1
        return fraction * limit

    def connection_ended(self, lasted_s: float) -> None:
        if lasted_s >= GOOD_CONNECTION_S:
            self.failures = 0
