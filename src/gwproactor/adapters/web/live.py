"""The news of a status page: made once a second for all who watch together, and only for them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from gwproactor.ports.clock import Clock

# Shorter: work for numbers that nobody can read so fast. Longer: the page seems dead.
EVERY_S: Final = 1.0
# Each holds a connection and a copy of what it has not read yet: some dozens of kilobytes.
WATCHERS_MAX: Final = 16


class LiveNews:
    """Those who watch get the newest news, and none that was overtaken. Loop thread only.

    *report* is told of the first of each row of failures to make them.
    """

    def __init__(
        self,
        make: Callable[[], bytes],
        clock: Clock,
        report: Callable[[Exception], None],
        *,
        watchers_max: int = WATCHERS_MAX,
    ) -> None:
        self._make = make
        self._clock = clock
        self._report = report
        self._is_failing = False
        self._watchers_max = watchers_max
        self._watchers = 0
        self._news = b""
        self._number = 0
        self._made_s = float("-inf")
        self._changed = asyncio.Event()
        self._making: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def is_closed(self) -> bool:
        """Whether there will be no more news."""
        return self._closed

    @property
    def is_full(self) -> bool:
        """Whether nobody else may watch, as so many do."""
        return self._watchers >= self._watchers_max

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """The news as it is now, and then whenever it is new; they end when this is closed.

        To be entered only if neither full nor closed.
        """
        self._watchers += 1
        if self._making is None:
            self._making = asyncio.create_task(self._make_on(), name="status page")
        try:
            yield self._news_from_now()
        finally:
            self._watchers -= 1
            if self._watchers == 0:
                await self._end()

    async def _news_from_now(self) -> AsyncIterator[bytes]:
        seen = 0 if self._is_fresh() else self._number
        while not self._closed:
            if seen == self._number:
                await self._changed.wait()
            else:
                seen = self._number
                yield self._news

    async def close(self) -> None:
        """End what everybody watches."""
        self._closed = True
        await self._end()
        self._tell()

    def _is_fresh(self) -> bool:
        return self._clock.monotonic_s() - self._made_s < EVERY_S

    async def _make_on(self) -> None:
        while True:
            await self._clock.sleep(self._made_s + EVERY_S - self._clock.monotonic_s())
            self._made_s = self._clock.monotonic_s()
            try:
                self._news = self._make()
            except Exception as error:
                # Who watches is told nothing, and so told that the page is not live.
                if not self._is_failing:
                    self._report(error)
                self._is_failing = True
                continue
            self._is_failing = False
            self._number += 1
            self._tell()

    def _tell(self) -> None:
        told, self._changed = self._changed, asyncio.Event()
        told.set()

    async def _end(self) -> None:
        making, self._making = self._making, None
        if making is not None:
            making.cancel()
            with suppress(asyncio.CancelledError):
                await making
