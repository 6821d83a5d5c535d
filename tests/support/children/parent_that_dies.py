"""A parent at HOST PORT with its files in FOLDER, which kills itself when its sink has stored DEMO
events, just before it would acknowledge them; 0: it lives. Prints a line when it is open.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from dependency_injector import providers
from typing_extensions import override

from gwproactor import (
    Communicator,
    LinkSettings,
    MQTTClient,
    Outcome,
    Paths,
    ProactorContainer,
    ProactorSettings,
    assemble,
    build_node,
)
from gwproactor.adapters.persistence import SqliteEventSink
from gwproactor.app.settings import NO_TLS
from gwproactor.ports.event_sink import ReceivedEvent, SinkAnswer, SinkBusy


class DyingSink(SqliteEventSink):
    def __init__(self, path: Path, life: int) -> None:
        super().__init__(path)
        self.life = life

    @override
    def put(
        self, event: ReceivedEvent, done: Callable[[SinkAnswer], None]
    ) -> Outcome[None, SinkBusy]:
        def stored(answer: SinkAnswer) -> None:
            if event.type_name == "gridworks.event.demo.n":
                self.life -= 1
                if self.life == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            done(answer)

        return super().put(event, stored)


class Open(Communicator):
    @override
    def start(self) -> None:
        sys.stdout.write("open\n")
        sys.stdout.flush()


class Container(ProactorContainer):
    opened: providers.Provider[Open] = providers.Singleton(Open, "open")


async def main(host: str, port: int, folder: Path, life: int) -> None:
    settings = ProactorSettings(
        long_name="d1.pair",
        short_name="apair",
        paths=Paths(data_dir=folder),
        brokers={"broker": MQTTClient(host=host, port=port, tls=NO_TLS)},
        links={
            "child": LinkSettings(
                broker="broker", peer_long_name="d1.pair.scada", peer_short_name="spair"
            )
        },
    )
    sink = DyingSink(settings.paths.event_sink, life)
    await build_node(assemble(settings, Container, event_sink=sink)).run_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])))
