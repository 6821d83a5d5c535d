"""One node of a chaos run as a process: `python -m tests.chaos.node ROLE FAMILY`.

Standard input: the line `finish` ends the child's generating; its end stops the node. Standard
output: see `reports`. Standard error: its log.
"""

import asyncio
import logging
import os
import signal
import sys
import time
from typing import Final

from typing_extensions import override

from gwproactor import (
    Communicator,
    Failure,
    Proactor,
    ProactorContainer,
    Success,
    assemble,
    build_node,
)
from gwproactor.adapters.clock import SystemChance
from gwproactor.adapters.memory import EventDisk, MemoryEventStore
from gwproactor.app.run import run_node
from gwproactor.ports.event_log import Accepted, EventLog, Fate
from tests.chaos.family import Family, Happening
from tests.chaos.plan import NODES, NodeRole
from tests.chaos.reports import Durable, Generated, Numbered, Refused, Status, say

FINISH: Final = b"finish\n"
STATUS_EVERY_S: Final = 0.1
# A node that hangs must not outlive its supervisor.
STOP_S_MAX: Final = 15
# Delays between attempts double with each and reach a minute: here that is two seconds.
DELAYS: Final = 1 / 30


class QuickChance(SystemChance):
    """Reconnects soon, as a run has dozens of outages."""

    def fraction(self) -> float:
        return DELAYS * super().fraction()


class Opening(Communicator):
    """Tells that the node is open: communicators are started then."""

    def __init__(self) -> None:
        super().__init__("opening")
        self.opened = asyncio.Event()

    @override
    def start(self) -> None:
        self.opened.set()


class Generator:
    """Generates so many events a second, and reports each before and after."""

    def __init__(self, event_log: EventLog, rate: float) -> None:
        self._event_log = event_log
        self._rate = rate
        self._chance = SystemChance()
        self._accepted: asyncio.Queue[Accepted | None] = asyncio.Queue()
        self._finishing = False
        self.finished = False

    def finish(self) -> None:
        self._finishing = True

    async def run(self) -> None:
        """Return when `finish` was called and every event is durable."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._generate())
            group.create_task(self._report_durable())
        self.finished = True

    async def _generate(self) -> None:
        started_s, index = time.monotonic(), 0
        while not self._finishing:
            index += 1
            self._generate_one(Happening(message_id=self._chance.new_id(), index=index))
            early_s = started_s + index / self._rate - time.monotonic()
            await asyncio.sleep(max(0.0, early_s))
        self._accepted.put_nowait(None)

    def _generate_one(self, event: Happening) -> None:
        say(Generated(event.message_id))
        match self._event_log.generate_event(event):
            case Failure(refused):
                say(Refused(event.message_id, str(refused)))
            case Success(accepted):
                assert accepted.sequence is not None, "a child has an upstream link"
                epoch, number = accepted.sequence.epoch, accepted.sequence.number
                say(Numbered(event.message_id, epoch, number))
                self._accepted.put_nowait(accepted)

    async def _report_durable(self) -> None:
        while (accepted := await self._accepted.get()) is not None:
            event = accepted.event
            match await self._event_log.durable(event):
                case Success(Fate.DURABLE | Fate.DELIVERED):
                    say(Durable(event.message_id))
                case other:
                    say(Refused(event.message_id, str(other)))


def container_of(role: NodeRole, family: Family) -> ProactorContainer:
    store = None
    if role == "child" and family.lies:
        store = MemoryEventStore(EventDisk(epoch=SystemChance().new_id()))
    return assemble(family.settings(role), chance=QuickChance(), event_store=store)


async def report_status(container: ProactorContainer, generator: Generator | None) -> None:
    """For ever."""
    store, links = container.event_store(), container.core().links.values()
    while True:
        content = store.content()
        say(
            Status(
                round(time.monotonic(), 3),
                content.pending,
                content.quarantined,
                sum(link.stats.duplicates for link in links),
                generator is None or generator.finished,
            )
        )
        await asyncio.sleep(STATUS_EVERY_S)


async def obey(proactor: Proactor, generator: Generator | None) -> None:
    """Carry commands out; stop the node at their end."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    while command := await lines.readline():
        if command == FINISH and generator is not None:
            generator.finish()
    signal.alarm(STOP_S_MAX)
    proactor.stop("the run is over")


async def run(role: NodeRole, family: Family) -> int:
    container, opening = container_of(role, family), Opening()
    container.registry().add_communicator(opening)
    proactor = build_node(container)
    generator = Generator(container.event_log(), family.rate) if role == "child" else None

    async def help_out() -> None:
        await opening.opened.wait()
        async with asyncio.TaskGroup() as group:
            group.create_task(report_status(container, generator))
            group.create_task(obey(proactor, generator))
            if generator is not None:
                group.create_task(generator.run())

    helping = asyncio.create_task(help_out())
    helping.add_done_callback(end_if_failed)
    return await run_node(proactor)


def end_if_failed(helping: "asyncio.Task[None]") -> None:
    """A run without its witness shows nothing."""
    if not helping.cancelled() and helping.exception() is not None:
        logging.critical("the run's part of this process failed", exc_info=helping.exception())
        os._exit(3)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    (role,) = (role for role in NODES if role == sys.argv[1])
    raise SystemExit(asyncio.run(run(role, Family.read(sys.argv[2]))))


if __name__ == "__main__":
    main()
