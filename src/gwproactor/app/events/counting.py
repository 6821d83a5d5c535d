"""`gwproactor events stats`: one pass over all events."""

from collections import Counter
from pathlib import Path
from typing import Final

import attrs

from gwproactor.adapters.persistence.files.folder_records import FolderRecords
from gwproactor.adapters.persistence.sqlite.sqlite_records import SqliteRecords
from gwproactor.app.events import sizing
from gwproactor.app.events.event_facts import EventFacts, facts_of
from gwproactor.app.events.opening import Kind, Opened, opened
from gwproactor.app.terminal import tracked
from gwproactor.domain.events import is_plausible_time_ms

# Names come from anywhere; what is beyond is counted together.
NAMES_MAX: Final = 10_000
OTHERS: Final = "(others)"


@attrs.define
class Counts:
    """Times are UTC in ms since 1970."""

    events: int = 0
    payload_bytes: int = 0
    quarantined: int = 0
    unreadable: int = 0
    by_type: Counter[str] = attrs.Factory(Counter)
    by_src: Counter[str] = attrs.Factory(Counter)
    oldest_ms: int | None = None
    newest_ms: int | None = None
    number: int = 0

    @property
    def bytes_per_event(self) -> float:
        return self.payload_bytes / self.events if self.events else 0.0

    def add(self, facts: EventFacts, named_ms: int | None = None) -> None:
        """*named_ms*: the time in its file's name, for an event that does not say its own."""
        self.events += 1
        self.payload_bytes += facts.record.size_bytes
        self.quarantined += facts.record.quarantined is not None
        self.unreadable += bool(facts.problem)
        _count(self.by_type, facts.type_name or "(unreadable)")
        _count(self.by_src, facts.src or "(unknown)")
        self.number = facts.record.number
        created_ms = named_ms if facts.created_ms is None else facts.created_ms
        if created_ms is not None:
            self.oldest_ms = min(created_ms, self.oldest_ms or created_ms)
            self.newest_ms = max(created_ms, self.newest_ms or created_ms)


@attrs.frozen
class Stats:
    """`rate` None: too few events to tell, and then nothing that depends on it is known."""

    source: Opened
    counts: Counts
    file_bytes: int | None
    bytes_max: int
    rate: sizing.Rate | None
    hours: float | None
    wear: tuple[sizing.Wear, ...]


def stats_of(path: Path, *, now_ms: int, bytes_max: int, linger_ms: int) -> Stats:
    """*now_ms* is UTC in ms since 1970. Raises MediumError."""
    counts = Counts()
    with opened(path) as source:
        kind = source.kind
        meter = sizing.RateMeter(now_ms, numbers_count=kind is Kind.SQLITE_STORE)
        records = source.records
        for record in tracked(records.all(), "counting", lambda: records.overview().events):
            facts = facts_of(record)
            counts.add(facts, _named_ms(facts, source))
            meter.see(record.number, _accepted_ms(facts, kind))
        rate = meter.rate() or _life_rate(source, counts)
    hours: float | None = None
    wear: tuple[sizing.Wear, ...] = ()
    if rate is not None and counts.payload_bytes:
        size = counts.bytes_per_event
        hours = sizing.hours_held(bytes_max, size, rate.events_per_day) if kind.is_store else None
        wear = _wear(kind, rate.events_per_day, size, linger_ms)
    file_bytes = path.stat().st_size if path.is_file() else None
    return Stats(source, counts, file_bytes, bytes_max, rate, hours, wear)


def _named_ms(facts: EventFacts, source: Opened) -> int | None:
    if not isinstance(source.records, FolderRecords):
        return None
    named_ms = facts.record.number // 1000
    return named_ms if is_plausible_time_ms(named_ms) else None


def _accepted_ms(facts: EventFacts, kind: Kind) -> int | None:
    """About when it came to its store; None: not known."""
    match kind:
        case Kind.ROLLING_FILES:
            return facts.record.number // 1000  # its file is named so
        case Kind.SQLITE_STORE if facts.record.is_relayed:
            return None  # another node created it, long before perhaps
        case _:
            return facts.created_ms


def _life_rate(source: Opened, counts: Counts) -> sizing.Rate | None:
    if not isinstance(source.records, SqliteRecords) or counts.newest_ms is None:
        return None
    made_ms = source.records.store_created_ms()
    if made_ms is None:
        return None
    return sizing.life_rate(counts.number, counts.newest_ms, made_ms)


def _wear(
    kind: Kind, events_per_day: float, size: float, linger_ms: int
) -> tuple[sizing.Wear, ...]:
    match kind:
        case Kind.SQLITE_STORE:
            lingers = dict.fromkeys((0, linger_ms))
            return tuple(sizing.sqlite_wear(events_per_day, size, each) for each in lingers)
        case Kind.ROLLING_FILES:
            return (sizing.files_wear(events_per_day, size),)
        case Kind.SQLITE_SINK | Kind.DIRECTORY_SINK:
            return ()


def _count(counter: Counter[str], name: str) -> None:
    counter[name if name in counter or len(counter) < NAMES_MAX else OTHERS] += 1
