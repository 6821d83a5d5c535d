"""A node: its name, and how it is started and stopped."""

import asyncio
import logging
from typing import Final

from gwproactor.app.communicators import CommunicatorRegistry, actor_problem
from gwproactor.app.engine import Engine
from gwproactor.app.message_bus import LocalMessageBus
from gwproactor.domain.facts import StopAsked
from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.event_sink import EventSink
from gwproactor.ports.event_store import EventStore

LOG: Final = logging.getLogger("gwproactor")


class StartError(Exception):
    """The node could not start; the message says what to change."""


class Proactor:
    """One node. It uses the ports like anybody else, and is none of them. Loop thread only."""

    def __init__(
        self,
        name: str,
        *,
        engine: Engine,
        message_bus: LocalMessageBus,
        communicators: CommunicatorRegistry,
        event_store: EventStore,
        event_sink: EventSink,
    ) -> None:
        self._name = name
        self._engine = engine
        self._bus = message_bus
        self._communicators = communicators
        self._store = event_store
        self._sink = event_sink
        self._life: asyncio.Task[None] | None = None
        self._stop_reason: str | None = None
        self._opened = False

    @property
    def name(self) -> str:
        """The node's long name."""
        return self._name

    def start(self) -> None:
        """Open the stores, connect, then start the communicators; needs a running loop.

        Returns at once; whether it worked is seen in `join`.
        """
        if self._life is None:
            loop = asyncio.get_running_loop()
            self._life = loop.create_task(self._live(), name=f"gwproactor {self._name}")

    def stop(self, reason: str = "stop() was called") -> None:
        """Begin to stop: communicators first, then the peer is told, then everything is closed.

        Returns at once; `join` returns when it is done.
        """
        if self._stop_reason is not None:
            return
        self._stop_reason = reason
        if self._opened:
            self._begin_stop(reason)

    async def join(self) -> None:
        """Return when the node has stopped. Raises StartError if it could not start."""
        if self._life is not None:
            await asyncio.shield(self._life)

    async def stop_and_join(self) -> None:
        self.stop()
        await self.join()

    async def run_forever(self) -> None:
        """Start, and return when the node has stopped. Raises StartError if it cannot start."""
        self.start()
        await self.join()

    async def _live(self) -> None:
        try:
            await self._open()
            self._engine.start()
            self._bus.open()
            for communicator in self._communicators:
                try:
                    communicator.start()
                except Exception as error:
                    self._engine.dispatch(actor_problem(communicator.name, "start", error))
            self._opened = True
            if self._stop_reason is not None:
                self._begin_stop(self._stop_reason)
            await self._engine.finished.wait()
            for communicator in self._communicators:
                try:
                    await communicator.join()
                except Exception:
                    LOG.exception("actor %r failed in join", communicator.name)
        finally:
            await self._close()

    async def _open(self) -> None:
        for medium in (self._store, self._sink):
            opened = await medium.open()
            if isinstance(opened, Failure):
                raise StartError(str(opened.failure()))

    def _begin_stop(self, reason: str) -> None:
        for communicator in self._communicators:
            try:
                communicator.stop()
            except Exception as error:
                self._engine.dispatch(actor_problem(communicator.name, "stop", error))
        self._engine.dispatch(StopAsked(reason))

    async def _close(self) -> None:
        self._bus.close()
        await self._engine.close()
        await self._sink.close()
        match await self._store.close():
            case Failure(failed):
                LOG.error("%s", failed)
            case Success():
                pass
