"""An end to waiting, by the Clock port."""

import asyncio
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TypeVar

import attrs

from gwproactor.ports.clock import Clock, Timer

T = TypeVar("T")


@attrs.define(eq=False)
class Deadline:
    """Passes *seconds* after the first `begin`; a context, after which no timer is left. Loop
    thread only.
    """

    clock: Clock
    seconds: float
    _timer: Timer | None = attrs.field(init=False, default=None)
    _is_over: bool = attrs.field(init=False, default=False)
    _stop_waiting: Callable[[], object] = attrs.field(init=False, default=lambda: None)

    def begin(self) -> None:
        """From now on there are so many seconds; before this, time does not matter."""
        if self._timer is None and not self._is_over:
            when_s = self.clock.monotonic_s() + self.seconds
            self._timer = self.clock.call_at(when_s, self._pass)

    async def wait(self, tasks: Iterable[asyncio.Task[T]]) -> set[asyncio.Task[T]]:
        """Return when all *tasks* have ended, or else at the deadline: those that have not ended,
        and are cancelled then. Each has been started by then, also after the deadline.
        """
        pending = set(tasks)
        late: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._stop_waiting = late.cancel
        try:
            await self.clock.sleep(0)
            pending = {task for task in pending if not task.done()}
            while pending and not self._is_over:
                await asyncio.wait({*pending, late}, return_when=asyncio.FIRST_COMPLETED)
                pending = {task for task in pending if not task.done()}
        finally:
            for task in pending:
                task.cancel()
        return pending

    def __enter__(self) -> "Deadline":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()

    def _pass(self) -> None:
        self._is_over = True
        self._stop_waiting()
