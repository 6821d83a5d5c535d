"""Stores, sinks and folders with events in them, for the tests of the command line."""

import asyncio
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from typer.testing import CliRunner, Result

from gwproactor.adapters.persistence import SqliteEventSink, SqliteEventStore
from gwproactor.adapters.persistence.files.rolling_names import day_name, file_name
from gwproactor.app.commands import app
from gwproactor.domain.message import Json
from gwproactor.domain.stored_event import Quarantined
from gwproactor.ports.event_sink import ReceivedEvent
from gwproactor.ports.event_store import EventStore

NOON_MS = int(datetime(2024, 11, 23, 12, tzinfo=UTC).timestamp() * 1000)
TYPE = "gridworks.event.test"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["events", *map(str, arguments)], env={"COLUMNS": "200"})


def event(i: int, *, type_name: str = TYPE, src: str = "house.child", **more: Json) -> bytes:
    """Created *i* seconds after noon."""
    fields = {
        "MessageId": f"id-{i}",
        "Src": src,
        "TimeCreatedMs": NOON_MS + 1000 * i,
        "TypeName": type_name,
    }
    return json.dumps(fields | more, separators=(",", ":")).encode()


def fill(store: EventStore, payloads: Iterable[bytes]) -> None:
    """Junk is put under an id and a type of its own."""
    for i, payload in enumerate(payloads):
        try:
            found = json.loads(payload)
            store.put(found["MessageId"], found["TypeName"], payload).unwrap()
        except (ValueError, KeyError, TypeError):
            store.put(f"junk-{i}", "", payload).unwrap()


def make_store(
    path: Path, payloads: Iterable[bytes], *, quarantined: Iterable[Quarantined] = ()
) -> Path:
    async def make() -> None:
        store = SqliteEventStore(path)
        (await store.open()).unwrap()
        fill(store, payloads)
        for each in quarantined:
            store.quarantine(each)
        (await store.close()).unwrap()

    asyncio.run(make())
    return path


def make_sink(path: Path, payloads: Iterable[bytes]) -> Path:
    async def make() -> None:
        sink = SqliteEventSink(path)
        (await sink.open()).unwrap()
        for payload in payloads:
            found = json.loads(payload)
            names = found["Src"], found["MessageId"], found["TypeName"]
            sink.put(ReceivedEvent(*names, payload), lambda _: None).unwrap()
        await sink.close()

    asyncio.run(make())
    return path


def make_folder(folder: Path, payloads: Iterable[bytes], *, step_s: float = 1) -> Path:
    """As the original keeps them, stored *step_s* after one another from 23:59:58 on."""
    folder.mkdir()
    start_us = (NOON_MS + (12 * 3600 - 2) * 1000) * 1000
    for i, payload in enumerate(payloads):
        number = start_us + round(i * step_s * 1_000_000)
        day = folder / day_name(number)
        day.mkdir(exist_ok=True)
        (day / file_name(number, f"id-{i}")).write_bytes(payload)
    return folder


def files_below(folder: Path) -> dict[str, bytes]:
    """The content of each file."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def events_of(path: Path) -> list[bytes]:
    """The payloads of a store, in order."""

    async def read() -> list[bytes]:
        store = SqliteEventStore(path)
        (await store.open()).unwrap()
        found = (await store.read_after(0, count=100_000, bytes_max=1 << 30)).unwrap()
        (await store.close()).unwrap()
        return [each.payload for each in found]

    return asyncio.run(read())


def lines_of(result: Result) -> list[dict[str, Json]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


Make = Callable[[Path, Iterable[bytes]], Path]
