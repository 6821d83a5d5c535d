"""A node without links, with its files in FOLDER, that works in one of the ways below. Told by
SIGUSR1, it hangs.

busy: 12,000 messages a second are handled, and it says how many; then its event loop hangs.
with-a-driver: a thread works; then that hangs.
"""

import asyncio
import logging
import signal
import sys
import threading
import time
from pathlib import Path

from typing_extensions import override

from gwproactor import (
    HANDLED,
    Clock,
    Communicator,
    Message,
    MessageBus,
    Outcome,
    Paths,
    Proactor,
    ProactorContainer,
    ProactorSettings,
    assemble,
    build_node,
    run_process,
    to_actor,
)
from gwproactor.adapters.threads import SyncAsyncInteractionThread
from gwproactor.app.sync_thread_actor import SyncThreadActor

RATE = 12_000
# A test that waits for a line in vain must end.
LIFE_S_MAX = 45


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def hang_for_ever(what: str) -> None:
    say(f"{what} hangs")
    while True:
        time.sleep(LIFE_S_MAX)


class Busy(Communicator):
    """Sends to itself what is due by the clock; every quarter of a second it says how much."""

    def __init__(self, bus: MessageBus, clock: Clock) -> None:
        super().__init__("busy")
        self._bus = bus
        self._clock = clock
        self._sent = self._handled = 0
        self._began_s = self._said_s = 0.0

    @override
    def start(self) -> None:
        self._began_s = self._said_s = self._clock.monotonic_s()
        self._send()

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        self._handled += 1
        return HANDLED

    def _send(self) -> None:
        now_s = self._clock.monotonic_s()
        while self._sent < (now_s - self._began_s) * RATE:
            self._bus.send(to_actor("busy", "busy", self._sent))
            self._sent += 1
        if now_s - self._said_s >= 0.25:
            self._said_s = now_s
            say(f"handled {self._handled} by second {now_s}")
        self._clock.call_at(now_s + 0.01, self._send)


class Driver(SyncAsyncInteractionThread):
    """Its read blocks for ever once `is_broken`."""

    def __init__(self) -> None:
        super().__init__(name="driver of the meter", iterate_sleep_seconds=0.05, pat_timeout=1.0)
        self.is_broken = threading.Event()

    @override
    def _iterate(self) -> None:
        if self.is_broken.is_set():
            self._read_register()

    def _read_register(self) -> None:
        hang_for_ever("the thread")


def add_busy(container: ProactorContainer) -> None:
    container.registry().add_communicator(Busy(container.message_bus(), container.clock()))
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, hang_for_ever, "the loop")


def add_driver(container: ProactorContainer) -> None:
    driver = Driver()
    actor = SyncThreadActor("meter", container.message_bus(), container.supervisor(), driver)
    container.registry().add_communicator(actor)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, driver.is_broken.set)


ADD = {"busy": add_busy, "with-a-driver": add_driver}


def build(folder: Path, working: str) -> Proactor:
    settings = ProactorSettings(
        long_name="d1.house", short_name="h", paths=Paths(data_dir=folder), links={}
    )
    container = assemble(settings)
    ADD[working](container)
    return build_node(container)


if __name__ == "__main__":
    signal.alarm(LIFE_S_MAX)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    run_process(lambda: build(Path(sys.argv[1]), sys.argv[2]))
