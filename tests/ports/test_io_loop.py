"""The contract of `IOLoop`, on the one in memory and on a node's, with a thread and without."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import attrs
from typing_extensions import override

from gwproactor import Proactor, StateName
from gwproactor.adapters.clock import LoopClock, SystemChance
from gwproactor.adapters.io_loop import ThreadIORunner
from gwproactor.adapters.memory import MemoryBroker, MemoryIOLoop, MemoryIORunner
from gwproactor.ports.io_loop import IOLoop, IORunner
from gwproactor.testing.io_loop_contract import IOLoopContract, LiveIOLoop, eventually
from gwproactor.testing.simulated_node import SimulatedNode, simulated_node
from tests.support.family import RecorderContainer, child_settings
from tests.support.own_events import problems


@attrs.frozen
class InMemory:
    io_loop: MemoryIOLoop

    async def start(self) -> None:
        self.io_loop.start()

    async def stop(self) -> None:
        await self.io_loop.stop()

    def problems(self) -> Sequence[str]:
        return [repr(problem) for problem in self.io_loop.problems]

    @property
    def is_stopped_by_failure(self) -> bool:
        return bool(self.io_loop.stopped_by)


class TestMemoryIOLoop(IOLoopContract):
    @asynccontextmanager
    @override
    async def io_loop(self) -> AsyncIterator[LiveIOLoop]:
        live = InMemory(MemoryIOLoop())
        yield live
        await live.stop()


@attrs.frozen
class OfNode:
    node: SimulatedNode[RecorderContainer]
    broker: MemoryBroker

    @property
    def io_loop(self) -> IOLoop:
        return self.node.container.io_loop()

    @property
    def proactor(self) -> Proactor:
        return self.node.proactor

    async def start(self) -> None:
        self.proactor.start()
        await eventually(lambda: self.node.state("parent") is not StateName.NOT_STARTED)

    async def stop(self) -> None:
        await self.proactor.stop_and_join()

    def problems(self) -> Sequence[str]:
        return problems(self.node, self.broker)

    @property
    def is_stopped_by_failure(self) -> bool:
        return self.proactor.exit_code != 0


@asynccontextmanager
async def of_node(runner: IORunner) -> AsyncIterator[LiveIOLoop]:
    clock = LoopClock()
    broker = MemoryBroker(clock)
    node = simulated_node(
        child_settings(), broker, clock, SystemChance(), RecorderContainer, io_runner=runner
    )
    live = OfNode(node, broker)
    yield live
    await live.stop()


class TestIOLoopOfANodeInItsThread(IOLoopContract):
    @override
    def io_loop(self) -> AbstractAsyncContextManager[LiveIOLoop]:
        return of_node(ThreadIORunner("io"))


class TestIOLoopOfANodeWithoutThread(IOLoopContract):
    @override
    def io_loop(self) -> AbstractAsyncContextManager[LiveIOLoop]:
        return of_node(MemoryIORunner())
