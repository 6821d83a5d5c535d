"""A node's event store and event sink: opened before everything else, closed after it, and never
waited for without end, because a disk may hang.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Final, TypeAlias, TypeVar

import attrs

from gwproactor.app.deadline import Deadline
from gwproactor.app.event_homes import EventHome
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.clock import Clock
from gwproactor.ports.event_sink import EventSink, SinkFailed
from gwproactor.ports.event_store import EventStore, StoreFailed

LOG: Final = logging.getLogger("gwproactor")

T = TypeVar("T")

STORE: Final = "event store"
SINK: Final = "event sink"
# How long a disk that hangs keeps a node that was told to stop. Less loses events that a slow disk
# would have taken; more, and systemd kills the node, after 90 s by default.
CLOSE_S_MAX: Final = 30.0


@attrs.frozen
class MediumHangs:
    """It was not open in time after the node had been told to stop."""

    name: str

    def __str__(self) -> str:
        return f"the {self.name} hangs: not open within {CLOSE_S_MAX:g} s after the stop"


NotOpen: TypeAlias = StoreFailed | SinkFailed | MediumHangs


@attrs.define(eq=False)
class Media:
    """Opens and closes both once. *home* is where the node's own events go: one of the two."""

    store: EventStore
    sink: EventSink
    home: EventHome
    clock: Clock
    _opening: Deadline = attrs.field(init=False)
    _given_up: str | None = attrs.field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self._opening = Deadline(self.clock, CLOSE_S_MAX)

    def hurry(self) -> None:
        """A stop was asked for: what is not open within 30 s from now is given up."""
        self._opening.begin()

    async def open(self) -> Outcome[None, NotOpen]:
        """Open the store, then the sink; to be followed by `close` whatever comes of it."""
        with self._opening as deadline:
            for name, medium in ((STORE, self.store), (SINK, self.sink)):
                opening = _task(_open(medium), name)
                if await deadline.wait([opening]):
                    self._given_up = name
                    return Failure(MediumHangs(name))
                opened = opening.result()
                if isinstance(opened, Failure):
                    return Failure(opened.failure())
        return Success(None)

    async def close(self) -> None:
        """Have stored what was taken, and release both, within 30 s; whoever waits to know what
        became of an event is answered then.
        """
        with Deadline(self.clock, CLOSE_S_MAX) as deadline:
            deadline.begin()
            # At once, so that a sink that hangs takes no time from a store that does not.
            closing = [_task(self._close_store(), STORE)]
            hanging: set[asyncio.Task[None]] = set()
            if self._given_up != SINK:
                closing.append(_task(self.home.close(), SINK))
                hanging |= await deadline.wait(closing[1:])
            closing.append(_task(self.sink.close(), SINK))
            hanging |= await deadline.wait(
                task for task in closing if task.get_name() != self._given_up
            )
        unstored = await self.home.end()
        for name in sorted({task.get_name() for task in hanging}):
            LOG.error(
                "the %s hangs: not closed within %g s, the node ends without it; "
                "%d events of this node are in memory only",
                name,
                CLOSE_S_MAX,
                unstored,
            )
        for task in closing:
            if not task.done():
                task.cancel()  # It closes by itself when it should ever be open.
            elif not task.cancelled():
                task.result()

    async def _close_store(self) -> None:
        match await self.store.close():
            case Failure(failed):
                LOG.error("%s", failed)
            case Success():
                pass


async def _open(medium: EventStore | EventSink) -> Outcome[object, StoreFailed | SinkFailed]:
    return await medium.open()


def _task(work: Coroutine[object, object, T], name: str) -> asyncio.Task[T]:
    return asyncio.get_running_loop().create_task(work, name=name)
