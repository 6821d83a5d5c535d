"""How `gwproactor events stats` is shown."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from gwproactor.app.events.counting import Counts, Stats
from gwproactor.app.events.event_facts import time_text
from gwproactor.app.events.opening import Kind
from gwproactor.app.events.sizing import EVENTS_MIN, SPAN_MS_MIN, Wear
from gwproactor.app.terminal import printable
from gwproactor.domain.message import Json

TOP: Final = 10

_UNITS: Final = ("bytes", "kB", "MB", "GB", "TB")


def stats_lines(stats: Stats) -> Iterator[str]:
    counts = stats.counts
    yield f"{printable(str(stats.source))}"
    yield f"events       {counts.events:,} of together {_size(counts.payload_bytes)}{_file(stats)}"
    if stats.source.kind.is_store:
        yield f"quarantined  {counts.quarantined:,}"
    if counts.unreadable:
        yield f"unreadable   {counts.unreadable:,}"
    yield f"created      {_span(counts)}"
    yield from _top("by type", counts.by_type)
    yield from _top("by source", counts.by_src)
    yield ""
    yield from _sizing(stats)


def stats_object(stats: Stats) -> dict[str, Json]:
    """The JSON output. These names are stable."""
    counts, rate = stats.counts, stats.rate
    return {
        "path": str(stats.source.path),
        "kind": stats.source.kind.name.lower(),
        "events": counts.events,
        "payload_bytes": counts.payload_bytes,
        "file_bytes": stats.file_bytes,
        "quarantined": counts.quarantined,
        "unreadable": counts.unreadable,
        "oldest_created_ms": counts.oldest_ms,
        "newest_created_ms": counts.newest_ms,
        "by_type": dict(counts.by_type.most_common()),
        "by_src": dict(counts.by_src.most_common()),
        "bytes_per_event": counts.bytes_per_event if counts.events else None,
        "events_per_day": rate.events_per_day if rate else None,
        "events_per_day_is_upper_bound": rate.is_upper_bound if rate else None,
        "events_per_day_from": rate.how if rate else None,
        "bytes_max": stats.bytes_max,
        "outage_hours": stats.hours,
        "wear": [
            {
                "linger_ms": wear.linger_ms,
                "syncs_per_day": wear.syncs_per_day,
                "bytes_per_day": wear.bytes_per_day,
            }
            for wear in stats.wear
        ],
    }


def _sizing(stats: Stats) -> Iterator[str]:
    rate = stats.rate
    if rate is None:
        yield (
            "sizing: too few events to tell (it takes "
            f"{EVENTS_MIN} that were created over {SPAN_MS_MIN // 60_000} minutes)"
        )
        return
    about = "at most about" if rate.is_upper_bound else "about"
    per_event = f"about {stats.counts.bytes_per_event:,.0f} bytes each"
    line = f"sizing: {about} {_number(rate.events_per_day)} events a day, {per_event}"
    if stats.hours is not None:
        bound = "at least about" if rate.is_upper_bound else "about"
        line += f"; {_size(stats.bytes_max)} hold {bound} {_number(stats.hours)} hours of outage"
    yield line
    yield f"  ({rate.how})"
    if stats.wear:
        yield f"  written to the disk, {about}:"
        yield from (_wear(wear, stats.source.kind) for wear in stats.wear)
    if stats.source.kind is Kind.SQLITE_STORE:
        yield (
            "  (from measured commits, if events come evenly and none is acknowledged before its "
            "commit; without the file system's own journal)"
        )


def _wear(wear: Wear, kind: Kind) -> str:
    setting = f"linger_ms {wear.linger_ms}" if kind is Kind.SQLITE_STORE else "fsync on"
    return (
        f"    {setting:<16} {_number(wear.syncs_per_day)} syncs, {_size(wear.bytes_per_day)} a day"
    )


def _top(title: str, counter: Counter[str]) -> Iterator[str]:
    if not counter:
        return
    yield title
    top = counter.most_common(TOP)
    yield from (f"  {count:>10,}  {printable(name)}" for name, count in top)
    others = len(counter) - len(top)
    if others:
        count = counter.total() - sum(count for _, count in top)
        yield f"  {count:>10,}  ({others} others)"


def _span(counts: Counts) -> str:
    if counts.oldest_ms is None:
        return "-"
    return f"{time_text(counts.oldest_ms)} to {time_text(counts.newest_ms)}"


def _file(stats: Stats) -> str:
    return "" if stats.file_bytes is None else f", in a file of {_size(stats.file_bytes)}"


def _size(count: float) -> str:
    """In powers of 1000, as disks are sold."""
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:
        count /= 1000
        unit += 1
    return f"{count:,.0f} {_UNITS[unit]}" if unit == 0 else f"{count:,.1f} {_UNITS[unit]}"


def _number(value: float) -> str:
    """To three digits: more would be a claim."""
    if value == 0:
        return "0"
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if rounded >= 100 else f"{rounded:g}"
