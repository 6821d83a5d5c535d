"""The part of a demo node that tells the supervisor how it stands."""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from gwproactor.adapters.web import AiohttpWebServers
from gwproactor.app.communicators import Communicator
from gwproactor.app.demo.status import LinkStatus
from gwproactor.app.demo.times import PAGE_SERVER
from gwproactor.domain.link_state import Transition
from gwproactor.domain.node import NodeCore
from gwproactor.ports.clock import Clock
from gwproactor.ports.event_store import EventStore

# Longer: the display jumps. Shorter: work that nobody sees.
REPORT_EVERY_S: Final = 0.1


class Reporter(Communicator):
    """Writes a status line to standard output, ten times a second."""

    def __init__(
        self,
        name: str,
        *,
        clock: Clock,
        status: Callable[[], LinkStatus],
        servers: AiohttpWebServers,
    ) -> None:
        super().__init__(name)
        self._clock = clock
        self._status = status
        self._servers = servers
        self._reporting: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._reporting = asyncio.create_task(self._report(), name=self.name)

    async def join(self) -> None:
        """Report once more, now that all else has ended."""
        if self._reporting is not None:
            self._reporting.cancel()
            await asyncio.wait([self._reporting])
            self._write()

    async def _report(self) -> None:
        while True:
            self._write()
            await self._clock.sleep(REPORT_EVERY_S)

    def _write(self) -> None:
        with suppress(OSError):  # The supervisor is gone: the end of standard input says so, too.
            status = self._status().model_copy(update={"page": self._page()})
            os.write(sys.stdout.fileno(), status.line())

    def _page(self) -> str:
        addresses = self._servers.addresses.get(PAGE_SERVER, ())
        return addresses[0].url if addresses else ""


class UploadWatch(Communicator):
    """Counts what is re-uploaded: the events that wait in the store when the link comes back.

    The very first connect is no re-upload, though the node's own first events wait for it.
    """

    def __init__(self, name: str, *, core: NodeCore, store: EventStore) -> None:
        super().__init__(name)
        self._core = core
        self._store = store
        self._was_active = False
        self._before = 0
        self._backlog = 0
        self._sent = 0
        self.reuploads = 0
        self.reuploads_done = 0

    def reuploaded(self) -> int:
        """How many were sent so far. To be asked often: what is not seen is not counted."""
        waiting = self._store.content().pending - len(self._core.uploads.un_acked)
        was_done = self._sent >= self._backlog
        self._sent = max(self._sent, self._backlog - waiting)
        self.reuploads_done += self._sent >= self._backlog and not was_done
        return self._before + self._sent

    def link_changed(self, transition: Transition) -> None:
        if not transition.activated():
            return
        self._before += self._sent
        self._sent = 0
        self._backlog = self._store.content().pending if self._was_active else 0
        self._was_active = True
        self.reuploads += self._backlog > 0


def next_try_s(core: NodeCore, clock: Clock) -> float | None:
    """Seconds until the node tries the broker again; None while it does not wait for that."""
    due_s = next(iter(core.brokers.values())).connect_due_s
    return None if due_s is None else max(0.0, due_s - clock.monotonic_s())
