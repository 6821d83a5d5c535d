"""What an operator needs to size a disk: rates, hours of outage, wear of an SD card.

Estimates, from what lies in a store now; every one says what it is made of.
"""

import math
from typing import Final

import attrs

DAY_S: Final = 86_400

# Fewer events, or a shorter time, would make a rate out of chance.
EVENTS_MIN: Final = 10
SPAN_MS_MIN: Final = 600_000

# After a crash a store goes on with numbers that are 10,000 to 20,000 higher, so a larger step says
# nothing of the events between.
NUMBERS_SKIPPED_MIN: Final = 10_000

# Other nodes' clocks; a time further ahead is a fault that would make a span of centuries.
CLOCKS_DIFFER_MS_MAX: Final = 86_400_000

# What SQLite writes for an event of 500 bytes, by events in a commit: the pages of its log and of
# the file, without the file system's own journal. Measured with `write_bytes` of /proc/self/io,
# WAL, synchronous=FULL, a table with an integer key and no index.
WRITTEN_BY_EVENTS_IN_COMMIT: Final = ((1, 8335), (5, 5079), (20, 2662), (100, 1761))
MEASURED_PAYLOAD_BYTES: Final = 500
# Each byte goes into the log, and later into the file.
WRITTEN_PER_BYTE: Final = 2

# A lingering commit waits for no more.
LINGER_EVENTS_MAX: Final = 1_000

# A file of its own for each event: what lies in the file system's blocks, and the two syncs that
# make it durable, of the file and of its folder. The folder's own blocks come on top.
FILE_BLOCK_BYTES: Final = 4096
SYNCS_PER_FILE: Final = 2


@attrs.frozen
class Rate:
    """`how` says what *events_per_day* was computed from; `is_upper_bound`: there may be less."""

    events_per_day: float
    how: str
    is_upper_bound: bool = False


@attrs.frozen
class Wear:
    """What a day's events do to a disk, with this linger setting."""

    linger_ms: int
    syncs_per_day: float
    bytes_per_day: float


@attrs.define
class RateMeter:
    """Sees each event of a store once, in the order of numbers.

    `numbers_count`: numbers say how many events there were, also of those that are gone. Times
    after *now_ms*, UTC in ms since 1970, are no times.
    """

    now_ms: int
    numbers_count: bool
    _number: int | None = None
    _newest_ms: int = 0
    _events: int = 0
    _span_ms: int = 0

    def see(self, number: int, created_ms: int | None) -> None:
        """*created_ms* None: its time is not known."""
        if created_ms is None or created_ms > self.now_ms + CLOCKS_DIFFER_MS_MAX:
            return
        if self._number is not None:
            step = number - self._number if self.numbers_count else 1
            if 0 < step < NUMBERS_SKIPPED_MIN:
                self._events += step
                # A clock may be set back, and a source be late: time goes on later.
                self._span_ms += max(0, created_ms - self._newest_ms)
        self._number, self._newest_ms = number, max(created_ms, self._newest_ms)

    def rate(self) -> Rate | None:
        """None: too few events to tell."""
        if self._events < EVENTS_MIN or self._span_ms < SPAN_MS_MIN:
            return None
        per_day = self._events / (self._span_ms / 1000 / DAY_S)
        span = f"{self._span_ms / 3_600_000:,.1f} hours"
        if self.numbers_count:
            how = f"the numbers of stored events rose by {self._events:,} within {span}"
        else:
            how = f"{self._events:,} stored events were created within {span}"
        return Rate(per_day, how)


def life_rate(number: int, created_ms: int, store_created_ms: int) -> Rate | None:
    """From the *number* that a store has reached; crashes skip numbers. None: too few to tell."""
    span_ms = created_ms - store_created_ms
    if number < EVENTS_MIN or span_ms < SPAN_MS_MIN:
        return None
    days = span_ms / 1000 / DAY_S
    how = f"number {number:,} was reached {days:,.1f} days after the store was made"
    return Rate(number / days, how, is_upper_bound=True)


def hours_held(bytes_max: int, bytes_per_event: float, events_per_day: float) -> float:
    """How long an outage may last before a store of that limit is full."""
    return bytes_max / bytes_per_event / events_per_day * 24


def sqlite_wear(events_per_day: float, bytes_per_event: float, linger_ms: int) -> Wear:
    """If events come evenly, and none is acknowledged before its commit."""
    in_commit = min(1 + events_per_day / DAY_S * linger_ms / 1000, LINGER_EVENTS_MAX)
    more = max(0.0, bytes_per_event - MEASURED_PAYLOAD_BYTES) * WRITTEN_PER_BYTE
    written = _written(in_commit) + more
    return Wear(linger_ms, events_per_day / in_commit, events_per_day * written)


def files_wear(events_per_day: float, bytes_per_event: float) -> Wear:
    """With fsync for each file."""
    blocks = max(1, math.ceil(bytes_per_event / FILE_BLOCK_BYTES))
    written = events_per_day * blocks * FILE_BLOCK_BYTES
    return Wear(0, events_per_day * SYNCS_PER_FILE, written)


def _written(in_commit: float) -> float:
    """Between the measured sizes of commits in proportion to their logarithms."""
    (low, written), *others = WRITTEN_BY_EVENTS_IN_COMMIT
    last: float = written
    for high, less in others:
        if in_commit <= high:
            part = math.log(in_commit / low) / math.log(high / low)
            return last + (less - last) * part
        low, last = high, less
    return last
