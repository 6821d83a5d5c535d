"""The contract of `MessageBus`, on the one in memory and on a running node's."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs
from typing_extensions import override

from gwproactor.adapters.memory import MemoryCommunicators, MemoryMessageBus
from gwproactor.ports.communicators import CommunicatorInterface
from gwproactor.ports.message_bus import MessageBus
from gwproactor.testing.live_message_bus import LiveMessageBus
from gwproactor.testing.message_bus_contract import MessageBusContract
from gwproactor.testing.message_processing_contract import MessageProcessingContract
from tests.support.family import Family
from tests.support.own_events import problems


@attrs.frozen
class InMemory:
    bus: MemoryMessageBus

    def problems(self) -> Sequence[str]:
        return [str(problem) for problem in self.bus.problems]

    async def stop(self) -> None:
        self.bus.close()


class TestMemoryMessageBus(MessageBusContract, MessageProcessingContract):
    @asynccontextmanager
    @override
    async def bus(self, *communicators: CommunicatorInterface) -> AsyncIterator[LiveMessageBus]:
        yield InMemory(MemoryMessageBus(MemoryCommunicators(*communicators)))


@attrs.frozen
class OfNode:
    family: Family

    @property
    def bus(self) -> MessageBus:
        return self.family.child.container.message_bus()

    def problems(self) -> Sequence[str]:
        return problems(self.family.child, self.family.broker)

    async def stop(self) -> None:
        await self.family.child.proactor.stop_and_join()


class TestLocalMessageBus(MessageBusContract, MessageProcessingContract):
    @asynccontextmanager
    @override
    async def bus(self, *communicators: CommunicatorInterface) -> AsyncIterator[LiveMessageBus]:
        family = Family()
        for communicator in communicators:
            family.child.container.registry().add_communicator(communicator)
        family.child.proactor.start()
        await family.clock.sleep(1.0)
        yield OfNode(family)
        await family.child.proactor.stop_and_join()
