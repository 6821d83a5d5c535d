"""The reads of the store that the upload waits for."""

from typing import Final

import attrs

AGAIN_S: Final = 5.0
# The answer to a read is of no use if more than so many events were cleared while the store read:
# they are remembered until then, so that none of them is sent, or reported as dropped.
CLEARED_MAX: Final = 10_000


@attrs.define
class StoreReads:
    """Numbered, so that an answer that comes too late is known as such. After a failure all of
    them rest until `paused_until_s`.
    """

    paused_until_s: float | None = None
    _count: int = 0

    def next(self) -> int:
        """The number of a new read."""
        self._count += 1
        return self._count

    def failed(self, now_s: float) -> None:
        """The store could not answer: ask again in a while."""
        self.paused_until_s = now_s + AGAIN_S

    def time_passed(self, now_s: float) -> None:
        if self.paused_until_s is not None and self.paused_until_s <= now_s:
            self.paused_until_s = None
