"""`gwproactor events quarantine`: what a peer does not take, or nobody can read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import attrs

from gwproactor.adapters.persistence.event_record import EventRecord
from gwproactor.adapters.persistence.release import release_in_folder, release_in_sqlite
from gwproactor.app.events.event_facts import event_object, facts_of, time_text
from gwproactor.app.events.listing import as_object
from gwproactor.app.events.opening import Kind, MediumError, Opened, opened
from gwproactor.app.terminal import note, write_json_lines, write_lines, write_rows
from gwproactor.domain.message import Json
from gwproactor.domain.outcome import Failure

HEADINGS: Final = ("number", "since", "type", "message id", "bytes", "reason")


@attrs.frozen
class Release:
    """Which events are to be sent again: of these types, with these numbers, or all."""

    names: Sequence[str] = ()
    everything: bool = False

    def __bool__(self) -> bool:
        return self.everything or bool(self.names)

    def covers(self, record: EventRecord) -> bool:
        names = {str(record.number), facts_of(record).type_name}
        return self.everything or not names.isdisjoint(self.names)


def list_quarantine(path: Path, *, as_json: bool) -> int:
    with opened(path) as source:
        quarantined = source.records.quarantined()
        if as_json:
            write_json_lines(_object(record, source.kind) for record in quarantined)
            return 0
        write_rows(HEADINGS, map(_row, quarantined), right=("bytes",))
        count = source.records.overview().quarantined
        note(f"{source}, {count:,} in quarantine" if count else f"{source}, none in quarantine")
    return 0


def release(path: Path, asked: Release, *, as_json: bool) -> int:
    """The exit code: 1 if something that was asked for is still there, or is not there."""
    with opened(path) as source:
        if not source.kind.is_store:
            raise MediumError(f"{source} has no quarantine: name an event store")
        chosen = [_without_payload(r) for r in source.records.quarantined() if asked.covers(r)]
    readable = [record for record in chosen if not record.fault]
    if readable:
        _release(source, readable)
    found = {name for record in chosen for name in (str(record.number), record.type_name)}
    missing = [name for name in asked.names if name not in found]
    if as_json:
        unreadable = [record.number for record in chosen if record.fault]
        numbers = [record.number for record in readable]
        write_json_lines(
            [{"released": [*numbers], "unreadable": [*unreadable], "not_found": [*missing]}]
        )
    else:
        write_lines([_released(len(readable))])
    for record in chosen:
        if record.fault:
            note(f"event {record.number} stays: nobody can read it ({record.fault})")
    for name in missing:
        note(f"nothing in quarantine is called {name}: give its type, or its number")
    return 1 if missing or len(readable) < len(chosen) else 0


def _released(count: int) -> str:
    if count == 0:
        return "0 released: nothing changed"
    return f"{count:,} released: the node sends {'them' if count > 1 else 'it'} again when it runs"


def _release(source: Opened, events: Sequence[EventRecord]) -> None:
    if source.kind is Kind.ROLLING_FILES:
        release_in_folder(source.path, events)
    else:
        release_in_sqlite(source.path, events)


def _without_payload(record: EventRecord) -> EventRecord:
    """Many may be released at once. `fault`: why nobody can read it."""
    problem = event_object(record)
    return attrs.evolve(
        record,
        type_name=facts_of(record).type_name,
        payload=None,
        fault=problem.failure() if isinstance(problem, Failure) else "",
    )


def _object(record: EventRecord, kind: Kind) -> dict[str, Json]:
    quarantined = record.quarantined
    return as_object(facts_of(record), kind) | {
        "reason": quarantined.reason if quarantined else None,
        "since_ms": quarantined.since_ms if quarantined else None,
    }


def _row(record: EventRecord) -> tuple[str, ...]:
    facts, quarantined = facts_of(record), record.quarantined
    return (
        str(record.number),
        time_text(quarantined.since_ms if quarantined else None),
        facts.type_name or "-",
        record.message_id or "-",
        str(record.size_bytes),
        quarantined.reason if quarantined else "-",
    )
