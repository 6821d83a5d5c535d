"""`gwproactor events import`: the original's folder of pending events moves into a SQLite store.

A file is deleted only after its event would survive a power cut in the store. Whatever ends this
in between, running it again goes on: what was imported before is recognised by source and id.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Items
from pathlib import Path
from typing import Final

import attrs

from gwproactor.adapters.persistence import SqliteEventStore
from gwproactor.adapters.persistence.event_record import EventRecord
from gwproactor.adapters.persistence.files.file_port import LOCK, lock_folder
from gwproactor.adapters.persistence.files.folder_records import FolderRecords
from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.adapters.persistence.sqlite.id_set import IdSet
from gwproactor.adapters.persistence.sqlite.sqlite_records import SqliteRecords
from gwproactor.app.events.event_facts import event_object
from gwproactor.app.events.left_out import LeftOut
from gwproactor.app.events.opening import Kind, check_is_file, opened
from gwproactor.app.signals import heard_signals
from gwproactor.app.terminal import note, tracked, write_json_lines, write_lines
from gwproactor.domain.message import Json
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.stored_event import Quarantined, StoredEvent
from gwproactor.ports.event_sink import ReceivedEvent
from gwproactor.ports.event_store import (
    AlreadySeen,
    EventStore,
    StoreFailed,
    StoreNews,
    StoreProblem,
    TakeAnswer,
)

# They share a commit or two. More take memory; fewer take a sync of the disk for each few events.
BATCH_EVENTS: Final = 500
BATCH_BYTES: Final = 4 * 1024 * 1024


@attrs.define
class Imported:
    """What was done so far. `duplicates` were in the store, or had been through it."""

    events: int = 0
    payload_bytes: int = 0
    duplicates: int = 0
    kept: LeftOut = attrs.Factory(LeftOut)
    signal: int | None = None

    def count(self, record: EventRecord, kept: StoredEvent | AlreadySeen) -> None:
        match kept:
            case StoredEvent():
                self.events += 1
                self.payload_bytes += record.size_bytes
            case AlreadySeen():
                self.duplicates += 1


def import_folder(folder: Path, into: Path, *, as_json: bool) -> int:
    """The exit code."""
    if into.exists():
        check_is_file(into, "name a file")
    with opened(folder) as source, contextlib.ExitStack() as stack:
        records = source.records
        if source.kind is not Kind.ROLLING_FILES or not isinstance(records, FolderRecords):
            raise MediumError(f"{source}: only the folder of an event store can be imported")
        if (folder / LOCK).exists():  # of ours; the original locks nothing
            stack.enter_context(lock_folder(folder))
        imported = asyncio.run(_imported(records, into, stack))
    _tell(imported, folder, into, as_json=as_json)
    if imported.signal is not None:
        return 128 + imported.signal
    return 1 if imported.kept.count else 0


async def _imported(records: FolderRecords, into: Path, stack: contextlib.ExitStack) -> Imported:
    known = stack.enter_context(contextlib.closing(IdSet(_ids_in(into))))
    imported = Imported()
    store = SqliteEventStore(into)
    store.listen(_tell_news)
    _checked(await store.open())
    try:
        with heard_signals() as signals:
            for batch in _batches(records):
                await _import(batch, records, store, known, imported)
                if signals.first is not None:
                    imported.signal = signals.first
                    break
    finally:
        closed = await store.close()
    _checked(closed)
    if imported.signal is None:
        for path in records.strays():
            imported.kept.add(path, "it is not named as an event")
    records.remove_empty_days()
    return imported


async def _import(
    batch: Items[EventRecord],
    records: FolderRecords,
    store: EventStore,
    known: IdSet,
    imported: Imported,
) -> None:
    taken = [(record, _take(record, store, known)) for record in batch]
    for record, answer in taken:
        match await answer if isinstance(answer, asyncio.Future) else answer:
            case str(problem):
                imported.kept.add(record.file, problem)
            case Failure(failed):
                raise MediumError(f"{failed}. What was imported before is safe: run this again")
            case Success(kept):
                imported.count(record, kept)
                if record.quarantined is not None and isinstance(kept, StoredEvent):
                    store.quarantine(_again(record.quarantined, kept))
                records.delete(record)


def _take(
    record: EventRecord, store: EventStore, known: IdSet
) -> "asyncio.Future[TakeAnswer] | TakeAnswer | str":
    """The answer, or where to wait for it, or why the event cannot be read."""
    match event_object(record):
        case Failure(problem):
            return problem
        case Success(event):
            received = _as_received(record, event)
            if received.message_id in known:
                return Success(AlreadySeen())
            answer: asyncio.Future[TakeAnswer] = asyncio.get_running_loop().create_future()
            store.take(received, answer.set_result)
            return answer


def _again(quarantined: Quarantined, event: StoredEvent) -> Quarantined:
    type_name = quarantined.type_name or event.type_name
    return attrs.evolve(quarantined, number=event.sequence.number, type_name=type_name)


def _as_received(record: EventRecord, event: Mapping[str, Json]) -> ReceivedEvent:
    """It is taken, not put: it may be another node's, and never had a number of this store's."""
    src = event.get("Src")
    return ReceivedEvent(
        record.src or (src if isinstance(src, str) else ""),
        str(event["MessageId"]),
        str(event["TypeName"]),
        record.payload or b"",
        record.sequence,
    )


def _batches(records: FolderRecords) -> Iterator[list[EventRecord]]:
    batch: list[EventRecord] = []
    size = 0
    for record in tracked(records.all(), "importing", lambda: records.overview().events):
        batch.append(record)
        size += record.size_bytes
        if len(batch) >= BATCH_EVENTS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _ids_in(store: Path) -> Iterator[str]:
    if store.exists():
        with contextlib.closing(SqliteRecords(store)) as records:
            yield from records.message_ids()


def _tell_news(news: StoreNews) -> None:
    """A damaged file that was put in order; a failing disk is told by the answers."""
    if isinstance(news, StoreProblem):
        for problem in (*news.problems.errors, *news.problems.warnings):
            note(f"{news.summary}: {problem}")


def _checked(outcome: Outcome[object, StoreFailed]) -> None:
    if isinstance(outcome, Failure):
        raise MediumError(str(outcome.failure()))


def _tell(imported: Imported, folder: Path, into: Path, *, as_json: bool) -> None:
    kept = imported.kept
    if as_json:
        write_json_lines(
            [
                {
                    "imported": imported.events,
                    "imported_bytes": imported.payload_bytes,
                    "already_there": imported.duplicates,
                    "kept": kept.count,
                    "interrupted": imported.signal is not None,
                }
            ]
        )
        return
    size = f"{imported.payload_bytes:,} bytes"
    write_lines([f"{imported.events:,} events ({size}) of {folder} are in {into}"])
    if imported.duplicates:
        write_lines([f"{imported.duplicates:,} were there before"])
    if kept.count:
        write_lines([f"{kept.count:,} files are no events that can be read; they are kept"])
    if imported.signal is not None:
        note("ended early: run it again for the rest")
