"""The contract of `Clock`, on every adapter."""

import asyncio

from typing_extensions import override

from gwproactor.adapters.clock import LoopClock
from gwproactor.adapters.memory import VirtualClock
from gwproactor.ports.clock import Clock
from gwproactor.testing.clock_contract import ClockContract
from gwproactor.testing.virtual_time import in_virtual_time


class TestLoopClock(ClockContract):
    @override
    def clock(self) -> Clock:
        return LoopClock()


class TestVirtualClockOnARealLoop(ClockContract):
    @override
    def clock(self) -> Clock:
        return VirtualClock(asyncio.get_running_loop())


class TestVirtualClock(TestVirtualClockOnARealLoop):
    pass


for name in dir(ClockContract):
    if name.startswith("test_"):
        setattr(TestVirtualClock, name, in_virtual_time(getattr(ClockContract, name)))
