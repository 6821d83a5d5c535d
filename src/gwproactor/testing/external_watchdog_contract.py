"""What every `ExternalWatchdog` must do, as tests to be run on each adapter.

Subclass `ExternalWatchdogContract` under a name that pytest collects, and override `watched`.
"""

import asyncio
import threading
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from gwproactor.ports.external_watchdog import ExternalWatchdog

# The other side is another process, for some.
ANSWER_S_MAX: Final = 10.0


class WatchedProcess(Protocol):
    """The two sides of a watchdog."""

    @property
    def watchdog(self) -> ExternalWatchdog: ...

    async def next_pat(self) -> None:
        """Return when the other side has heard one pat more."""
        ...

    def go_away(self) -> None:
        """Let the other side be out of reach from now on."""
        ...

    def come_back(self) -> None:
        """Let the other side be within reach again."""
        ...


class ExternalWatchdogContract:
    """The tests."""

    def watched(self) -> AbstractAsyncContextManager[WatchedProcess]:
        """A watchdog that wants pats, not closed; the other side listens. Ended when left."""
        raise NotImplementedError

    async def test_it_says_who_it_is_and_how_often_it_wants_a_pat(self) -> None:
        async with self.watched() as process:
            assert process.watchdog.description
            every_s = process.watchdog.pat_every_s
            assert every_s is not None
            assert every_s > 0
            await process.watchdog.close()

    async def test_every_pat_is_heard(self) -> None:
        async with self.watched() as process:
            troubles = listened(process.watchdog)
            for _ in range(3):
                process.watchdog.pat()
                await asyncio.wait_for(process.next_pat(), ANSWER_S_MAX)
            await process.watchdog.close()
            assert troubles.empty()

    async def test_the_life_of_a_node_is_told_without_trouble(self) -> None:
        async with self.watched() as process:
            troubles = listened(process.watchdog)
            process.watchdog.ready()
            process.watchdog.status("links: 1 of 1 active")
            process.watchdog.pat()
            await asyncio.wait_for(process.next_pat(), ANSWER_S_MAX)
            process.watchdog.stopping()
            await process.watchdog.close()
            assert troubles.empty()

    async def test_out_of_reach_is_told_on_the_loop_and_the_next_pat_is_tried(self) -> None:
        async with self.watched() as process:
            troubles = listened(process.watchdog)
            process.go_away()
            for _ in range(2):
                process.watchdog.pat()
                trouble, thread = await asyncio.wait_for(troubles.get(), ANSWER_S_MAX)
                assert trouble
                assert thread is threading.current_thread()
            process.come_back()
            process.watchdog.pat()
            await asyncio.wait_for(process.next_pat(), ANSWER_S_MAX)
            await process.watchdog.close()

    async def test_the_same_trouble_is_told_in_the_same_words(self) -> None:
        """By its words the node knows that it has reported it."""
        async with self.watched() as process:
            troubles = listened(process.watchdog)
            process.go_away()
            told = set()
            for _ in range(3):
                process.watchdog.pat()
                told.add((await asyncio.wait_for(troubles.get(), ANSWER_S_MAX))[0])
            await process.watchdog.close()
            assert len(told) == 1

    async def test_without_a_listener_trouble_is_nobodys(self) -> None:
        async with self.watched() as process:
            process.go_away()
            process.watchdog.ready()
            process.watchdog.pat()
            process.watchdog.stopping()
            await process.watchdog.close()

    async def test_closing_twice_is_closing_once(self) -> None:
        async with self.watched() as process:
            process.watchdog.pat()
            await process.watchdog.close()
            await process.watchdog.close()


def listened(watchdog: ExternalWatchdog) -> asyncio.Queue[tuple[str, threading.Thread]]:
    """What *watchdog* will have trouble with, and on which thread it tells."""
    troubles: asyncio.Queue[tuple[str, threading.Thread]] = asyncio.Queue()
    watchdog.listen(lambda trouble: troubles.put_nowait((trouble, threading.current_thread())))
    return troubles
