"""A node: its name, and how it is started and stopped."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping, Sequence
from typing import Final

from gwproactor.app.communicators import CommunicatorRegistry
from gwproactor.app.deadline import Deadline
from gwproactor.app.engine import Engine
from gwproactor.app.media import Media
from gwproactor.app.message_bus import LocalMessageBus
from gwproactor.app.proactor_logger import ProactorLogger
from gwproactor.app.service import Service
from gwproactor.app.services import Services
from gwproactor.app.stop_switch import NodeStopSwitch
from gwproactor.app.supervision.supervisor import Supervisor
from gwproactor.domain.facts import StopAsked
from gwproactor.domain.outcome import Failure
from gwproactor.domain.supervision import GOES_THROUGH
from gwproactor.ports.clock import Clock
from gwproactor.ports.communicators import CommunicatorInterface

LOG: Final = logging.getLogger("gwproactor")


# An actor that does not end must not keep the stores open; systemd's own limit is 90 s.
JOIN_S_MAX: Final = 10.0


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
        media: Media,
        clock: Clock,
        supervisor: Supervisor,
        stop_switch: NodeStopSwitch,
        services: Sequence[Service] = (),
        logger: ProactorLogger,
    ) -> None:
        self._name = name
        self._logger = logger
        self._engine = engine
        self._bus = message_bus
        self._communicators = communicators
        self._media = media
        self._clock = clock
        self._life: asyncio.Task[None] | None = None
        self._stop_reason: str | None = None
        self._opened = False
        self._stopping = asyncio.Event()
        self._said_goodbye = False
        self._supervisor = supervisor
        self._services = Services(services, engine.dispatch, clock, logger)
        self._exit_code = 0
        stop_switch.attach(self._stop_with)

    @property
    def name(self) -> str:
        """The node's long name."""
        return self._name

    @property
    def exit_code(self) -> int:
        """What the process should end with: 0, unless the node gave itself up."""
        return self._exit_code

    def start(self) -> None:
        """Open the stores, connect, then start the communicators; needs a running loop.

        Returns at once; whether it worked is seen in `join`.
        """
        if self._life is None:
            loop = asyncio.get_running_loop()
            self._life = loop.create_task(self._live(), name=f"gwproactor {self._name}")
            if self._stop_reason is not None:
                self._media.hurry()

    def stop(self, reason: str = "stop() was called") -> None:
        """Begin to stop: communicators first, then the peer is told, then everything is closed.

        Returns at once; `join` returns when it is done. What hangs is given up: actors after
        10 s, store and sink after 30 s.
        """
        if self._stop_reason is not None:
            return
        self._stop_reason = reason
        self._logger.lifecycle("node %s stops: %s", self._name, reason)
        if self._opened:
            self._begin_stop()
        elif self._life is not None:
            self._media.hurry()

    async def join(self) -> None:
        """Return when the node has stopped. Raises StartError if it could not start."""
        if self._life is not None:
            await asyncio.shield(self._life)

    def _stop_with(self, reason: str, exit_code: int) -> None:
        if self._stop_reason is None:
            self._exit_code = exit_code
        self.stop(reason)

    async def stop_and_join(self) -> None:
        self.stop()
        await self.join()

    async def run_forever(self) -> None:
        """Start, and return when the node has stopped. Raises StartError if it cannot start.

        Cancelling stops the node first.
        """
        self.start()
        try:
            await self.join()
        except asyncio.CancelledError:
            self.stop("run_forever() was cancelled")
            await self.join()
            raise

    async def _live(self) -> None:
        self._logger.lifecycle("node %s starts", self._name)
        try:
            await self._open()
            self._engine.start()
            self._bus.open()
            for communicator in self._communicators:
                self._supervisor.start(communicator)
            self._services.started()
            self._opened = True
            self._logger.lifecycle("node %s has started", self._name)
            if self._stop_reason is not None:
                self._begin_stop()
            await self._stopping.wait()
            # What an actor reports while its run ends is sent before the shutdown event.
            runs = self._supervisor.runs
            await self._all_end({f"run of {run.actor.name}": run.join() for run in runs})
            self._say_goodbye()
            await self._engine.finished.wait()
        finally:
            try:
                await self._end()
            finally:
                await self._close()
            self._logger.lifecycle("node %s has stopped", self._name)

    async def _end(self) -> None:
        if self._opened:
            # A cancelled node has not been stopped yet.
            self.stop("the node's task was cancelled")
            self._say_goodbye()
        self._engine.stop_now()
        if self._opened:
            joins = {f"join {one.name}": self._join(one) for one in self._communicators}
            await self._all_end(joins)

    async def _open(self) -> None:
        opened = await self._media.open()
        if isinstance(opened, Failure):
            raise StartError(str(opened.failure()))
        started = await self._services.open()
        if isinstance(started, Failure):
            raise StartError(str(started.failure()))

    async def _all_end(self, ends: Mapping[str, Coroutine[object, object, None]]) -> None:
        """Wait for all of them, but not for ever: the stores must be closed in any case."""
        if not ends:
            return
        loop = asyncio.get_running_loop()
        tasks = {loop.create_task(end, name=name) for name, end in ends.items()}
        with Deadline(self._clock, JOIN_S_MAX) as deadline:
            deadline.begin()
            late = await deadline.wait(tasks)
        for task in late:
            LOG.error(
                "%s: not done within %g s, the node ends without it", task.get_name(), JOIN_S_MAX
            )

    def _begin_stop(self) -> None:
        self._supervisor.stopping()
        self._services.stopping()
        for communicator in self._communicators:
            self._supervisor.stop(communicator)
        if all(run.has_ended for run in self._supervisor.runs):
            self._say_goodbye()
        self._stopping.set()

    def _say_goodbye(self) -> None:
        """Only the first call counts."""
        if not self._said_goodbye:
            self._said_goodbye = True
            self._engine.dispatch(StopAsked(self._stop_reason or ""))

    async def _close(self) -> None:
        try:
            self._bus.close()
            await self._engine.close()
            await self._services.close()
        finally:
            try:
                await self._media.close()
            finally:
                await self._services.finish()

    async def _join(self, communicator: CommunicatorInterface) -> None:
        try:
            await self._supervisor.join(communicator)
        except (asyncio.CancelledError, *GOES_THROUGH):
            raise
        except BaseException:
            LOG.exception("actor %r failed in join", communicator.name)
