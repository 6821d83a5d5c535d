"""Times and sizes in words that are read at a glance."""

from datetime import UTC, datetime, timedelta
from typing import Final

from gwproactor.adapters.web.markup import Markup, tag

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE_S: Final = 60
HOUR_S: Final = 3_600
DAY_S: Final = 86_400
YEAR_HOURS: Final = 24 * 365
STEP: Final = 1_000


def duration(seconds: float) -> str:
    """As exact as somebody wants to know it: `0.4 s`, `12 s`, `5 min`, `2 h 05 min`, `3 days`."""
    if seconds < 1:
        return f"{max(seconds, 0.0):.1f} s"
    whole = int(seconds)
    if whole < 2 * MINUTE_S:
        return f"{whole} s"
    if whole < HOUR_S:
        return f"{whole // MINUTE_S} min"
    if whole < DAY_S:
        return f"{whole // HOUR_S} h {whole % HOUR_S // MINUTE_S:02d} min"
    if whole < 2 * DAY_S:
        return f"{whole // HOUR_S} h"
    return f"{whole // DAY_S} days"


def past(seconds: float) -> str:
    """`now` or `12 s ago`."""
    return "now" if seconds < 1 else f"{duration(seconds)} ago"


def ago(now_ms: int, then_ms: int) -> Markup:
    """`12 s ago` for people, and the exact time for whoever points at it, and for programs."""
    seconds = (now_ms - then_ms) / STEP
    was_set_back = seconds < -1
    return _time(f"in {duration(-seconds)}" if was_set_back else past(seconds), then_ms)


def lasting(now_ms: int, then_ms: int) -> Markup:
    """`12 s`, for what began then, with the exact time as `ago` gives it."""
    return _time(duration((now_ms - then_ms) / STEP), then_ms)


def exact(time_ms: int) -> str:
    """`2026-01-01 12:00:00 UTC`."""
    return f"{_moment(time_ms):%Y-%m-%d %H:%M:%S} UTC"


def clock(time_ms: int) -> Markup:
    """The exact time, in full."""
    return _time(exact(time_ms), time_ms)


def size(count: int) -> str:
    """`12 bytes`, `1.2 kB`, `500 MB`."""
    if count < STEP:
        return f"{count} byte" + "s" * (count != 1)
    value, unit = float(count), ""
    for unit in ("kB", "MB", "GB", "TB"):  # noqa: B007 - the one that it ends with is used
        value /= STEP
        if value < STEP - 0.05:
            break
    return f"{value:.1f} {unit}".replace(".0 ", " ")


def hours(count: float) -> str:
    """`less than an hour`, `about 5 h`, `about 12 days`, `more than a year`."""
    if count < 1:
        return "less than an hour"
    if count < 48:
        return f"about {count:.0f} h"
    if count < YEAR_HOURS:
        return f"about {count / 24:.0f} days"
    return "more than a year"


def number(count: int) -> str:
    """With a comma for each thousand."""
    return f"{count:,}"


def plural(count: int, what: str) -> str:
    """`1 event`, `2 events`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _time(words: str, time_ms: int) -> Markup:
    iso = f"{_moment(time_ms):%Y-%m-%dT%H:%M:%SZ}"
    return tag("time", words, datetime=iso, title=exact(time_ms))


def _moment(time_ms: int) -> datetime:
    """A clock that was never set, or set to nonsense, must not break the page."""
    try:
        return EPOCH + timedelta(milliseconds=time_ms)
    except OverflowError:
        return EPOCH
