"""The contract of `StallSampler`, on every adapter."""

import time

from typing_extensions import override

from gwproactor.adapters.memory import MemoryStallSampler
from gwproactor.adapters.stacks import InterpreterStacks
from gwproactor.adapters.stall_sampler import ThreadStallSampler
from gwproactor.ports.stall_sampler import Stall, StallKind, StallSampler
from gwproactor.testing.stall_sampler_contract import STALLED_S, StallSamplerContract


class TestThreadStallSampler(StallSamplerContract):
    @override
    def sampler(self) -> StallSampler:
        return ThreadStallSampler(STALLED_S, InterpreterStacks())

    @override
    def answer(self, sampler: StallSampler) -> None:
        """It asks by itself."""

    @override
    def block_the_loop(self, sampler: StallSampler) -> None:
        time.sleep(2.5 * STALLED_S)


class TestMemoryStallSampler(StallSamplerContract):
    @override
    def sampler(self) -> StallSampler:
        return MemoryStallSampler()

    @override
    def answer(self, sampler: StallSampler) -> None:
        assert isinstance(sampler, MemoryStallSampler)
        sampler.lag(0.1)

    @override
    def block_the_loop(self, sampler: StallSampler) -> None:
        assert isinstance(sampler, MemoryStallSampler)
        sampler.stall(Stall(StallKind.LOOP_BUSY, STALLED_S, "in block_the_loop"))
