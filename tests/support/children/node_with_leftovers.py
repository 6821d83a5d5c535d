"""A node without links, with its files in FOLDER, that leaves something behind: LEAVING is one of
the ways below. At the end of what an ordinary program does it says so. Half a second is enough.
"""

import asyncio
import atexit
import logging
import signal
import sys
import threading
from pathlib import Path

from typing_extensions import override

from gwproactor import (
    Communicator,
    Paths,
    Proactor,
    ProactorSettings,
    assemble,
    build_node,
    run_process,
)
from gwproactor.app import process_end

process_end.LEFTOVERS_S_MAX = 0.5  # type: ignore[misc] # a test that waits is slow
# A test that waits for a line in vain must end.
LIFE_S_MAX = 45


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def ignore_cancellation() -> None:
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            say("ignored")


async def hold_a_driver() -> None:
    await asyncio.to_thread(read_a_meter_that_never_answers)


def read_a_meter_that_never_answers() -> None:
    threading.Event().wait()


async def exit_with_3() -> None:
    sys.exit(3)


class Leaver(Communicator):
    """Its task, its thread or its hook at exit is left behind."""

    def __init__(self, leaving: str) -> None:
        super().__init__("leaver")
        self._leaving = leaving
        self._tasks: list[asyncio.Task[None]] = []

    @override
    def start(self) -> None:
        match self._leaving:
            case "task":
                self._tasks.append(asyncio.create_task(ignore_cancellation(), name="stubborn"))
            case "call":
                self._tasks.append(asyncio.create_task(hold_a_driver()))
            case "thread":
                threading.Thread(target=read_a_meter_that_never_answers, name="meter").start()
            case "hook":
                atexit.register(read_a_meter_that_never_answers)
            case "exit":
                self._tasks.append(asyncio.create_task(exit_with_3()))
            case _:
                pass
        say("started")

    @override
    def stop(self) -> None:
        say("stopped")


def build(folder: Path, leaving: str) -> Proactor:
    if leaving == "error":
        raise ValueError("no such house")
    settings = ProactorSettings(
        long_name="d1.house", short_name="h", paths=Paths(data_dir=folder), links={}
    )
    container = assemble(settings)
    container.registry().add_communicator(Leaver(leaving))
    return build_node(container)


if __name__ == "__main__":
    signal.alarm(LIFE_S_MAX)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    atexit.register(say, "an ordinary end")
    run_process(lambda: build(Path(sys.argv[1]), sys.argv[2]))
