"""The internal watchdog with what it needs, in virtual time, and parts that it watches."""

import asyncio
from collections.abc import Sequence

import attrs
from typing_extensions import override

from gwproactor import Communicator, Failure, Header, Message, MonitoredName, Outcome
from gwproactor.adapters.memory import (
    MemoryExternalWatchdog,
    MemoryMessageBus,
    SeededChance,
    VirtualClock,
)
from gwproactor.adapters.memory.stacks import MemoryStacks
from gwproactor.app.communicators import CommunicatorRegistry
from gwproactor.app.stop_switch import NodeStopSwitch
from gwproactor.app.supervision.supervisor import Supervisor
from gwproactor.app.watchdog import WATCHDOG_NAME, WatchdogManager
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.payloads import PatInternalWatchdog
from gwproactor.domain.supervision import FailurePolicy
from gwproactor.ports.message_bus import BusFull, Stopped, UnknownDestination


class Monitored(Communicator):
    """Has to pat under its *names*, by default its own."""

    def __init__(
        self,
        name: str,
        timeout_s: float = 20.0,
        policy: FailurePolicy = FailurePolicy.RESTART,
        names: Sequence[str] = (),
    ) -> None:
        super().__init__(name)
        self.timeout_s = timeout_s
        self.failure_policy = policy
        self._names = names or [name]

    @property
    @override
    def monitored_names(self) -> Sequence[MonitoredName]:
        return [MonitoredName(name, self.timeout_s) for name in self._names]


def pat_of(name: str) -> Message[object]:
    """As a part called *name* sends it."""
    return Message(Header(name, WATCHDOG_NAME), PatInternalWatchdog())


@attrs.define
class CrampedBus(MemoryMessageBus):
    """Takes nothing from the loop unless it `has_room`."""

    has_room: bool = True

    @override
    def send(
        self, message: Message[object]
    ) -> Outcome[None, UnknownDestination | BusFull | Stopped]:
        return super().send(message) if self.has_room else Failure(BusFull(0))


@attrs.define
class WatchedParts:
    """Build it within the virtual-time loop. `stops` is why the node was stopped, and how."""

    registry: CommunicatorRegistry
    supervisor: Supervisor
    clock: VirtualClock
    stacks: MemoryStacks
    external: MemoryExternalWatchdog
    manager: WatchdogManager
    bus: CrampedBus
    problems: list[ProblemFound]
    stops: list[tuple[str, int]]

    @classmethod
    def of(cls, *parts: Communicator) -> "WatchedParts":
        """The watchdog of *parts*, started."""
        clock, switch, registry = (
            VirtualClock(asyncio.get_running_loop()),
            NodeStopSwitch(),
            CommunicatorRegistry(),
        )
        supervisor = Supervisor(switch, clock, SeededChance(1))
        problems: list[ProblemFound] = []
        supervisor.listen(problems.append)
        stops: list[tuple[str, int]] = []
        switch.attach(lambda reason, code: stops.append((reason, code)))
        bus, stacks, external = (
            CrampedBus(registry),
            MemoryStacks(),
            MemoryExternalWatchdog(),
        )
        manager = WatchdogManager(
            registry,
            supervisor=supervisor,
            bus=bus,
            clock=clock,
            stacks=stacks,
            external=external,
        )
        registry.add_communicator(manager)
        for part in parts:
            registry.add_communicator(part)
        for each in registry:
            supervisor.start(each)
        return cls(registry, supervisor, clock, stacks, external, manager, bus, problems, stops)

    @property
    def late(self) -> list[str]:
        return [one.name for one in self.manager.monitored() if one.late]

    async def pat_at(self, second: float, *names: str) -> None:
        """Let *names* pat at *second* of the clock."""
        await self.clock.sleep(second - self.clock.monotonic_s())
        for name in names:
            self.bus.send_threadsafe(pat_of(name))
        await self.clock.sleep(0.001)

    async def until(self, second: float) -> None:
        await self.clock.sleep(second - self.clock.monotonic_s())
