"""A node whose disk hangs once an event is durable, and that is stopped then; says what it sees.

Its clock runs a hundred times as fast as others.
"""

import asyncio
import sys
import threading
from collections.abc import Callable
from collections.abc import Sequence as Items
from pathlib import Path

from typing_extensions import override

from gwproactor import (
    HANDLED,
    Communicator,
    Message,
    Outcome,
    ProactorSettings,
    assemble,
    build_node,
)
from gwproactor.adapters.clock import LoopClock
from gwproactor.adapters.persistence import SqliteEventSink
from gwproactor.adapters.persistence.sink_jobs import Drained, Job
from gwproactor.adapters.persistence.sqlite.database import Database
from gwproactor.adapters.persistence.sqlite.received_file import SCHEMA, ReceivedFile
from gwproactor.domain.events import StartupEvent
from gwproactor.ports.clock import Timer

PACE = 100.0


class FastClock(LoopClock):
    @override
    def monotonic_s(self) -> float:
        return super().monotonic_s() * PACE

    @override
    def call_at(self, when_s: float, callback: Callable[[], None]) -> Timer:
        return super().call_at(when_s / PACE, callback)


class HangingFile(ReceivedFile):
    hangs = False

    @override
    def drain(self, jobs: Items[Job], *, flush: bool) -> Drained:
        if self.hangs:
            threading.Event().wait()
        return super().drain(jobs, flush=flush)


class HangingSink(SqliteEventSink):
    @override
    def _medium(self) -> ReceivedFile:
        self.file = HangingFile(Database(self.path, SCHEMA))
        return self.file


class Starter(Communicator):
    """Knows when the node runs."""

    def __init__(self) -> None:
        super().__init__("starter")
        self.started = asyncio.Event()

    @override
    def start(self) -> None:
        self.started.set()

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        return HANDLED


async def main(path: Path) -> None:
    sink = HangingSink(path)
    settings = ProactorSettings.model_validate(
        {"long_name": "d1", "short_name": "d1", "event_store": {"kind": "null"}}
    )
    container = assemble(settings, event_sink=sink, clock=FastClock())
    node, log = build_node(container), container.event_log()
    starter = Starter()
    container.registry().add_communicator(starter)
    node.start()
    await starter.started.wait()
    event = log.generate_event(StartupEvent(message_id="durable")).unwrap().event
    (await log.durable(event)).unwrap()
    sink.file.hangs = True
    log.generate_event(StartupEvent(message_id="lost")).unwrap()
    await node.stop_and_join()
    sys.stdout.write("stopped\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
