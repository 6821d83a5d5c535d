"""What every `StallSampler` must do, as tests to be run on each adapter.

Subclass `StallSamplerContract` under a name that pytest collects, and override its hooks.
"""

import asyncio
from typing import Final

import attrs

from gwproactor.ports.stall_sampler import Stall, StallSampler

STALLED_S: Final = 0.5


@attrs.define
class Noted:
    """What a sampler has told."""

    lags_s: list[float] = attrs.Factory(list)
    stalls: list[Stall] = attrs.Factory(list)
    is_new: asyncio.Event = attrs.Factory(asyncio.Event)

    def lag(self, lag_s: float) -> None:
        self.lags_s.append(lag_s)
        self.is_new.set()

    def stall(self, stall: Stall) -> None:
        self.stalls.append(stall)
        self.is_new.set()

    async def until_lag(self) -> None:
        async with asyncio.timeout(10.0):
            while not self.lags_s:
                self.is_new.clear()
                await self.is_new.wait()

    async def until_stall(self) -> None:
        async with asyncio.timeout(10.0):
            while not self.stalls:
                self.is_new.clear()
                await self.is_new.wait()


class StallSamplerContract:
    """The tests."""

    def sampler(self) -> StallSampler:
        """A new one, which takes half a second for a stall."""
        raise NotImplementedError

    def answer(self, sampler: StallSampler) -> None:
        """See to it that the loop is asked, and answers, soon."""
        raise NotImplementedError

    def block_the_loop(self, sampler: StallSampler) -> None:
        """See to it that the loop stands still in this function, so long that it is a stall."""
        raise NotImplementedError

    async def test_answers_are_timed(self) -> None:
        sampler, noted = self.sampler(), Noted()
        sampler.start(noted.lag, noted.stall)
        self.answer(sampler)
        await noted.until_lag()
        sampler.close()
        assert all(lag_s >= 0.0 for lag_s in noted.lags_s)
        assert noted.stalls == []

    async def test_a_stall_is_told_when_it_is_over_with_its_length_and_its_stack(self) -> None:
        sampler, noted = self.sampler(), Noted()
        sampler.start(noted.lag, noted.stall)
        self.answer(sampler)
        await noted.until_lag()
        self.block_the_loop(sampler)
        await noted.until_stall()
        sampler.close()
        (stall,) = noted.stalls
        assert stall.lasted_s >= STALLED_S
        assert "block_the_loop" in stall.stack

    async def test_nothing_is_told_after_the_close(self) -> None:
        sampler, noted = self.sampler(), Noted()
        sampler.start(noted.lag, noted.stall)
        sampler.close()
        self.block_the_loop(sampler)
        for _ in range(10):
            await asyncio.sleep(0)
        assert noted == Noted(is_new=noted.is_new)

    def test_one_that_was_never_started_can_be_closed(self) -> None:
        self.sampler().close()
