"""How fast the events of a node fill its store, seen over the last hour."""

from collections import deque
from typing import Final

import attrs

MINUTE_S: Final = 60.0
MINUTES: Final = 60
# A node that has only just started would promise too much by its first event or two.
SPAN_S_MIN: Final = 10.0


@attrs.define
class FillRate:
    """Bytes of payload by minute, so that an hour costs no more than sixty numbers."""

    _minutes: deque[int] = attrs.Factory(deque)
    _bytes: deque[int] = attrs.Factory(deque)

    def add(self, size: int, now_s: float) -> None:
        """An event of *size* bytes was stored."""
        minute = int(now_s // MINUTE_S)
        if self._minutes and self._minutes[-1] == minute:
            self._bytes[-1] += size
            return
        self._forget_before(minute)
        self._minutes.append(minute)
        self._bytes.append(size)

    def bytes_per_s(self, started_s: float, now_s: float) -> float:
        """Over the last hour, or since the node started at *started_s*."""
        minute = int(now_s // MINUTE_S)
        self._forget_before(minute)
        hour_began_s = (minute - MINUTES + 1) * MINUTE_S
        span_s = now_s - max(started_s, hour_began_s)
        return sum(self._bytes) / max(span_s, SPAN_S_MIN)

    def _forget_before(self, minute: int) -> None:
        while self._minutes and self._minutes[0] <= minute - MINUTES:
            self._minutes.popleft()
            self._bytes.popleft()
