"""Simulated nodes whose power can be cut: nothing is said, written or finished after that."""

import asyncio
from collections.abc import Callable

import attrs

from gwproactor import Clock, ProactorSettings
from gwproactor.adapters.memory import EventDisk, MemoryBroker
from gwproactor.domain.moment import Chance
from gwproactor.ports.clock import Timer
from gwproactor.testing.simulated_node import SimulatedNode, simulated_node
from tests.support.family import TYPES, RecorderContainer


@attrs.define
class Supply:
    """The power of one run of a node; its timers end with it. A `Clock`."""

    clock: Clock
    is_on: bool = True

    def monotonic_s(self) -> float:
        return self.clock.monotonic_s()

    def wall_ms(self) -> int:
        return self.clock.wall_ms()

    def call_at(self, when_s: float, callback: Callable[[], None]) -> Timer:
        return self.clock.call_at(when_s, lambda: callback() if self.is_on else None)

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)


@attrs.define
class MortalNode:
    """A node that can be started again on its disk, after a stop or a power cut."""

    settings: ProactorSettings
    broker: MemoryBroker
    clock: Clock
    chance: Chance
    disk: EventDisk
    run: SimulatedNode[RecorderContainer] = attrs.field(init=False)
    _supply: Supply = attrs.field(init=False)

    @classmethod
    def make(
        cls, settings: ProactorSettings, broker: MemoryBroker, clock: Clock, chance: Chance
    ) -> "MortalNode":
        node = cls(settings, broker, clock, chance, EventDisk(chance.new_id()))
        node.renew()
        return node

    def renew(self) -> None:
        """Build the next run; what the last one received and kept is there."""
        received = self.run.sink.stored if hasattr(self, "run") else {}
        self._supply = Supply(self.clock)
        self.run = simulated_node(
            self.settings,
            self.broker,
            self._supply,
            self.chance,
            RecorderContainer,
            disk=self.disk,
            namespace=TYPES,
        )
        self.run.sink.stored = received

    def start(self) -> None:
        self.run.proactor.start()

    async def stop(self) -> None:
        await self.run.proactor.stop_and_join()

    def cut_power(self) -> None:
        """Nothing more is done by this run, whatever was under way."""
        self._supply.is_on = False
        self.run.store.cut_power()
        self.run.sink.cut_power()
        for name in self.settings.brokers:
            self.broker.cut(f"{self.settings.short_name}-{name}")
        _end(life_of(self.run.proactor.name))


def life_of(name: str) -> asyncio.Task[object]:
    """The task in which the node lives."""
    named = f"gwproactor {name}"
    return next(task for task in asyncio.all_tasks() if task.get_name() == named)


def _end(life: asyncio.Task[object]) -> None:
    """Again and again: on its way out it waits for what will never come."""
    if not life.done():
        life.cancel()
        asyncio.get_running_loop().call_soon(_end, life)
