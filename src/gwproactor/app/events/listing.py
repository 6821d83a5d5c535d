"""`gwproactor events ls`."""

import itertools
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import attrs

from gwproactor.adapters.persistence.event_record import EventRecord
from gwproactor.app.events.event_facts import EventFacts, facts_of
from gwproactor.app.events.opening import Kind, opened
from gwproactor.app.terminal import note, write_json_lines, write_rows
from gwproactor.domain.message import Json

HEADINGS: Final = ("number", "created", "type", "source", "message id", "bytes", "state")


@attrs.frozen
class Selection:
    """Which events: patterns as in shells; empty: any. `limit` 0: all."""

    type_name: str = ""
    src: str = ""
    limit: int = 50
    newest: bool = False


def list_events(path: Path, selection: Selection, *, as_json: bool) -> None:
    with opened(path) as source:
        records = source.records.all(newest_first=selection.newest)
        limit = selection.limit or None
        found = _selected(records, selection)
        shown = itertools.islice(found, limit)
        if as_json:
            write_json_lines(as_object(facts, source.kind) for facts in shown)
            return
        counter = itertools.count()
        counted = (facts for facts, _ in zip(shown, counter, strict=False))
        write_rows(HEADINGS, (_row(facts, source.kind) for facts in counted), right=("bytes",))
        note(f"{source}, {_how_many(next(counter), next(found, None) is not None, selection)}")


def as_object(facts: EventFacts, kind: Kind) -> dict[str, Json]:
    """The event in JSON output, without its payload. These names are stable."""
    record = facts.record
    return {
        "number": record.number,
        "message_id": record.message_id,
        "type_name": facts.type_name,
        "src": facts.src,
        "created_ms": facts.created_ms,
        "bytes": record.size_bytes,
        "state": state_of(facts, kind),
        "epoch": record.sequence.epoch if record.sequence else None,
        "sequence": record.sequence.number if record.sequence else None,
        "file": record.file or None,
        "problem": facts.problem or None,
    }


def state_of(facts: EventFacts, kind: Kind) -> str:
    if not kind.is_store:
        return "stored"
    return "pending" if facts.record.quarantined is None else "quarantined"


def _selected(records: Iterator[EventRecord], selection: Selection) -> Iterator[EventFacts]:
    for record in records:
        # Where the type is known, the payload of another need not be read.
        if record.type_name and not _fits(record.type_name, selection.type_name):
            continue
        facts = facts_of(record)
        if _fits(facts.type_name, selection.type_name) and _fits(facts.src, selection.src):
            yield facts


def _fits(name: str, pattern: str) -> bool:
    return not pattern or fnmatchcase(name, pattern)


def _row(facts: EventFacts, kind: Kind) -> tuple[str, ...]:
    record = facts.record
    state = state_of(facts, kind)
    return (
        str(record.number),
        facts.created,
        facts.type_name or "-",
        facts.src or "-",
        record.message_id or "-",
        str(record.size_bytes),
        f"{state}, unreadable: {facts.problem}" if facts.problem else state,
    )


def _how_many(shown: int, there_are_more: bool, selection: Selection) -> str:
    end = "newest" if selection.newest else "oldest"
    if there_are_more:
        return f"the {shown:,} {end} of them: --limit 0 shows all"
    return "no event" if shown == 0 else f"{shown:,} event{'s' if shown > 1 else ''}, {end} first"
