"""News are made once a second for all who watch, and only while somebody does."""

import asyncio
from contextlib import AsyncExitStack

from gwproactor.adapters.memory import VirtualClock
from gwproactor.adapters.web.live import EVERY_S, LiveNews
from gwproactor.testing.virtual_time import in_virtual_time


class Maker:
    """Counts what it made."""

    def __init__(self) -> None:
        self.clock = VirtualClock(asyncio.get_running_loop())
        self.made = 0
        self.fails = False
        self.reported: list[str] = []
        self.news = LiveNews(self.make, self.clock, self.report, watchers_max=50)

    def report(self, error: Exception) -> None:
        self.reported.append(str(error))

    def make(self) -> bytes:
        self.made += 1
        if self.fails:
            raise ValueError("on purpose")
        return b"%d" % self.made

    async def watch(self, count: int) -> list[bytes]:
        """The next *count* news."""
        seen: list[bytes] = []
        async with self.news.watch() as news:
            while len(seen) < count:
                seen.append(await anext(news))
        return seen


@in_virtual_time
async def test_nothing_is_made_while_nobody_watches() -> None:
    maker = Maker()
    await maker.clock.sleep(60.0)
    before = maker.made
    await maker.watch(3)
    after = maker.made
    await maker.clock.sleep(60.0)

    assert (before, after, maker.made) == (0, 3, 3)


@in_virtual_time
async def test_all_who_watch_share_what_is_made() -> None:
    maker = Maker()
    seen = await asyncio.gather(*(maker.watch(5) for _ in range(50)))

    assert {tuple(each) for each in seen} == {(b"1", b"2", b"3", b"4", b"5")}
    assert maker.made == 5
    assert maker.clock.monotonic_s() >= 4 * EVERY_S


@in_virtual_time
async def test_coming_and_going_makes_no_more_news_than_staying() -> None:
    maker = Maker()
    started_s = maker.clock.monotonic_s()
    for _ in range(100):
        await maker.watch(1)
        await maker.clock.sleep(0.05)
    passed_s = maker.clock.monotonic_s() - started_s

    assert maker.made <= passed_s / EVERY_S + 1


@in_virtual_time
async def test_who_comes_later_gets_at_once_what_the_others_have() -> None:
    maker = Maker()
    async with maker.news.watch() as first:
        await anext(first)
        await maker.clock.sleep(0.5)
        now_s = maker.clock.monotonic_s()
        assert await maker.watch(1) == [b"1"]
        assert maker.clock.monotonic_s() == now_s


@in_virtual_time
async def test_who_is_slow_misses_what_was_overtaken() -> None:
    maker = Maker()
    async with maker.news.watch() as news:
        await anext(news)
        await maker.clock.sleep(10.5)

        assert await anext(news) == b"11"


@in_virtual_time
async def test_only_so_many_may_watch() -> None:
    maker = Maker()
    async with AsyncExitStack() as watching:
        for _ in range(50):
            assert not maker.news.is_full
            await watching.enter_async_context(maker.news.watch())
        assert maker.news.is_full
    assert not maker.news.is_full


@in_virtual_time
async def test_closing_ends_what_everybody_watches() -> None:
    maker = Maker()
    watching = [asyncio.create_task(maker.watch(1_000)) for _ in range(3)]
    await maker.clock.sleep(2.5)
    await maker.news.close()
    ended = await asyncio.gather(*watching, return_exceptions=True)

    assert [type(each) for each in ended] == [StopAsyncIteration] * 3
    assert maker.news.is_closed


@in_virtual_time
async def test_news_that_cannot_be_made_are_left_out() -> None:
    maker = Maker()
    async with maker.news.watch() as news:
        await anext(news)
        maker.fails = True
        await maker.clock.sleep(5.0)
        maker.fails = False

        assert await anext(news) == b"%d" % maker.made
        assert maker.made > 5


@in_virtual_time
async def test_a_row_of_failures_is_reported_once() -> None:
    maker = Maker()
    async with maker.news.watch() as news:
        for _ in range(2):
            await anext(news)
            maker.fails = True
            await maker.clock.sleep(60.0)
            maker.fails = False
        await anext(news)

    assert maker.reported == ["on purpose", "on purpose"]
