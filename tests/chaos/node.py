"""One node of a chaos run as a process: `python -m tests.chaos.node ROLE LIFE FAMILY`.

LIFE counts its starts. Standard input: the line `finish` ends the child's generating, and all
trouble; the end of input stops the node. Standard output: see `reports`. Standard error: its log.
"""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import Final, TypeAlias

from typing_extensions import override

from gwproactor import Actor, Communicator, Proactor, ProactorContainer, assemble, build_node
from gwproactor.adapters.clock import SystemChance
from gwproactor.adapters.memory import EventDisk, MemoryEventStore
from gwproactor.app.run import run_process
from tests.chaos.family import Family
from tests.chaos.generator import Generator
from tests.chaos.plan import NODES, NodeRole
from tests.chaos.reports import Status, say
from tests.chaos.trouble import Trouble
from tests.chaos.troublemakers import Receiver, Runner, Stumbler

FINISH: Final = b"finish\n"
STATUS_EVERY_S: Final = 0.1
# A node that hangs must not outlive its supervisor.
STOP_S_MAX: Final = 15
# Delays between attempts double with each and reach a minute: here that is two seconds.
DELAYS: Final = 1 / 30

Tasks: TypeAlias = list["asyncio.Task[None]"]


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


async def obey(proactor: Proactor, trouble: Trouble, generator: Generator | None) -> None:
    """Carry commands out; stop the node at their end."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    while command := await lines.readline():
        if command == FINISH:
            trouble.cease()
            if generator is not None:
                generator.finish()
    signal.alarm(STOP_S_MAX)
    proactor.stop("the run is over")


def actors_of(
    role: NodeRole, family: Family, container: ProactorContainer, trouble: Trouble
) -> Iterator[Actor]:
    yield Receiver(trouble)
    yield Stumbler(trouble)
    yield Runner(container.message_bus(), trouble)
    if role == "child":
        yield Generator(container.event_log(), container.chance(), family.rate, trouble)


def build(role: NodeRole, life: int, family: Family, helping: Tasks) -> Proactor:
    """The node; what reports on it is a task in *helping*."""
    container, opening = container_of(role, family), Opening()
    trouble = Trouble(None if family.trouble is None else f"{family.trouble} {role} {life}")
    registry = container.registry().add_communicator(opening)
    for actor in actors_of(role, family, container, trouble):
        registry.add_communicator(actor)
    generator = registry.get_communicator_as_type("generator", Generator)
    proactor = build_node(container)

    async def help_out() -> None:
        await opening.opened.wait()
        async with asyncio.TaskGroup() as group:
            group.create_task(report_status(container, generator))
            group.create_task(obey(proactor, trouble, generator))
            if generator is not None:
                group.create_task(generator.report_durable())

    helping.append(asyncio.create_task(help_out()))
    helping[-1].add_done_callback(end_if_failed)
    return proactor


def end_if_failed(helping: "asyncio.Task[None]") -> None:
    """A run without its witness shows nothing."""
    if not helping.cancelled() and helping.exception() is not None:
        logging.critical("the run's part of this process failed", exc_info=helping.exception())
        os._exit(3)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    (role,) = (role for role in NODES if role == sys.argv[1])
    life, family = int(sys.argv[2]), Family.read(sys.argv[3])
    helping: Tasks = []
    run_process(lambda: build(role, life, family, helping))


if __name__ == "__main__":
    main()
