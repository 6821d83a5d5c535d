"""A node whose event file is damaged or removed: it runs on, and its peer will be told; and one
whose file of received events is.
"""

import asyncio
from pathlib import Path

from gwproactor import ProactorSettings
from gwproactor.adapters.clock.loop_clock import LoopClock
from gwproactor.adapters.memory import MemoryBroker
from gwproactor.adapters.persistence import SqliteEventStore, SqliteSinkReader
from gwproactor.app.assembly import assemble
from gwproactor.app.building import build_node
from gwproactor.domain.events import ProblemEvent
from gwproactor.ports.event_store import StoredEvent
from tests.support.family import RecorderContainer, child_settings, parent_settings
from tests.support.stores import kept, put, running


def settings_below(folder: Path) -> ProactorSettings:
    return child_settings(paths={"data_dir": folder})


async def run_briefly(settings: ProactorSettings) -> None:
    clock = LoopClock()
    transports = {"local": MemoryBroker(clock).transport("child")}
    node = build_node(
        assemble(settings, RecorderContainer, clock=clock, link_transports=transports)
    )
    node.start()
    await asyncio.sleep(0)
    await node.stop_and_join()


async def stored(path: Path) -> list[StoredEvent]:
    async with running(SqliteEventStore(path)) as store:
        return await kept(store)


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(10 * 4096)
        file.write(b"\xa5" * 4096 * 10)


async def test_a_damaged_file_found_at_the_start_becomes_a_problem_event(tmp_path: Path) -> None:
    settings = settings_below(tmp_path)
    path = settings.paths.event_store
    async with running(SqliteEventStore(path)) as store:
        for _ in range(500):
            put(store)
    damage(path)

    await run_briefly(settings)

    events = await stored(path)
    salvaged = [event for event in events if event.type_name == "type"]
    assert 400 <= len(salvaged) < 500
    (report,) = (e for e in events if e.type_name == ProblemEvent.wire.type_name)
    assert b"was damaged" in report.payload
    assert b".damaged-" in report.payload


async def test_a_damaged_file_of_received_events_becomes_a_problem_event(tmp_path: Path) -> None:
    """In the new file, as nobody is above this node."""
    settings = parent_settings(paths={"data_dir": tmp_path})
    path = settings.paths.event_sink
    write(path, b"no database")

    await run_briefly(settings)

    events = list(SqliteSinkReader(path).events())
    (report,) = (e for e in events if e.type_name == ProblemEvent.wire.type_name)
    assert b"the event sink's file was damaged" in report.payload
    assert b".damaged-" in report.payload


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
