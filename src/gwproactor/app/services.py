"""All services of a node: opened, told of its start and stop, closed. What one of them raises keeps
nobody from the others.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Final, TypeAlias

import attrs

from gwproactor.app.deadline import Deadline
from gwproactor.app.proactor_logger import ProactorLogger
from gwproactor.app.service import NotStarted, Service
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.raised import raised_problem
from gwproactor.domain.supervision import GOES_THROUGH
from gwproactor.ports.clock import Clock

LOG: Final = logging.getLogger("gwproactor")

# A service ends what it has by itself; this is for one that does not.
END_S_MAX: Final = 10.0

_End: TypeAlias = Callable[[], Coroutine[object, object, None]]


@attrs.define(eq=False)
class Services:
    """Problems go to *report*. Loop thread only."""

    services: Sequence[Service]
    report: Callable[[ProblemFound], None]
    clock: Clock
    logger: ProactorLogger
    _opened: list[Service] = attrs.field(init=False, factory=list)

    async def open(self) -> Outcome[None, NotStarted]:
        """Open one after the other, up to the first that does not start."""
        for service in self.services:
            self._opened.append(service)
            opened = await service.open()
            if isinstance(opened, Failure):
                return opened
            for line in service.opened_with():
                self.logger.lifecycle("%s", line)
        return Success(None)

    def started(self) -> None:
        """The node has started."""
        for service in self.services:
            self._tell(service, "started", service.started)

    def stopping(self) -> None:
        """The node was told to stop."""
        for service in self.services:
            self._tell(service, "stopping", service.stopping)

    async def close(self) -> None:
        """Close what was opened, the last one first; each within 10 s."""
        for service in reversed(self._opened):
            await self._end(service, "close", service.close)

    async def finish(self) -> None:
        """The stores have been closed."""
        for service in reversed(self._opened):
            await self._end(service, "finish", service.finish)

    def _tell(self, service: Service, what: str, tell: Callable[[], None]) -> None:
        try:
            tell()
        except GOES_THROUGH:
            raise
        except BaseException as error:
            name = type(service).__name__
            summary = f"service {name} failed in {what}"
            self.report(raised_problem("service", name, what, summary, error))

    async def _end(self, service: Service, what: str, end: _End) -> None:
        name = f"service {type(service).__name__}"
        ending = asyncio.get_running_loop().create_task(_ended(name, what, end), name=name)
        with Deadline(self.clock, END_S_MAX) as deadline:
            deadline.begin()
            if await deadline.wait([ending]):
                LOG.error(
                    "%s: %s not done within %g s, the node ends without it", name, what, END_S_MAX
                )


async def _ended(name: str, what: str, end: _End) -> None:
    try:
        await end()
    except (asyncio.CancelledError, *GOES_THROUGH):
        raise
    except BaseException:
        LOG.exception("%s failed in %s", name, what)
