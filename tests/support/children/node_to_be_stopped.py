"""A node with its files in FOLDER whose actor is ACTING in one of the ways below, with the broker
at PORT; nobody listens on port 1.
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
    EventLog,
    LinkSettings,
    Message,
    MQTTClient,
    Outcome,
    Paths,
    Proactor,
    ProactorSettings,
    Success,
    assemble,
    build_node,
    run_process,
)
from gwproactor.app.settings import NO_TLS
from gwproactor.domain.events import StartupEvent

ACTING = ("idle", "generates", "stalls", "hangs", "is-slow-to-end", "hangs-in-stop")
# A test that waits for a line in vain must end.
LIFE_S_MAX = 45


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def read_the_meter(seconds: float) -> None:
    time.sleep(seconds)


class Meter(Communicator):
    def __init__(self, acting: str, event_log: EventLog, clock: Clock) -> None:
        super().__init__("meter")
        self._acting = acting
        self._event_log = event_log
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    @override
    def start(self) -> None:
        self._task = asyncio.create_task(self._act(), name="meter")

    @override
    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        if self._acting == "hangs-in-stop":
            say("stopping")
            threading.Event().wait()

    @override
    async def join(self) -> None:
        if self._acting == "is-slow-to-end":
            say("stopping")
            await asyncio.Event().wait()

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        return HANDLED

    async def _act(self) -> None:
        await self._clock.sleep(0.1)
        say("the meter works")
        match self._acting:
            case "generates":
                await self._generate()
            case "stalls":
                read_the_meter(3.0)
                say("the meter was read")
            case "hangs":
                read_the_meter(3_600.0)
            case _:
                pass

    async def _generate(self) -> None:
        """For ever; a line with the id of each that was accepted, before anything else happens."""
        while True:
            match self._event_log.generate_event(StartupEvent()):
                case Success(accepted):
                    say(f"accepted {accepted.event.message_id}")
                case refused:
                    say(f"refused {refused}")
            await self._clock.sleep(0.002)


def settings_in(folder: Path, acting: str, port: int) -> ProactorSettings:
    return ProactorSettings.model_validate(
        {
            "long_name": "d1.house",
            "short_name": "h",
            "paths": Paths(data_dir=folder),
            "brokers": {"local": MQTTClient(host="127.0.0.1", port=port, tls=NO_TLS)},
            "links": {
                "parent": LinkSettings(peer_long_name="d1", peer_short_name="d", upstream=True)
            },
            "mqtt_link_poll_seconds": 1.0,
            "watchdog": {"stall_seconds": 1.0} if acting in ("stalls", "hangs") else {},
        }
    )


def build(folder: Path, acting: str, port: int) -> Proactor:
    container = assemble(settings_in(folder, acting, port))
    meter = Meter(acting, container.event_log(), container.clock())
    container.registry().add_communicator(meter)
    return build_node(container)


if __name__ == "__main__":
    assert sys.argv[2] in ACTING
    signal.alarm(LIFE_S_MAX)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    run_process(lambda: build(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
