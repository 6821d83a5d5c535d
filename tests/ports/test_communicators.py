"""The contract of `Communicators`, on the one in memory and on a node's."""

from typing_extensions import override

from gwproactor.adapters.memory import MemoryCommunicators
from gwproactor.app.communicators import CommunicatorRegistry
from gwproactor.ports.communicators import CommunicatorInterface, Communicators
from gwproactor.testing.communicators_contract import CommunicatorsContract


class TestMemoryCommunicators(CommunicatorsContract):
    @override
    def communicators(self, *given: CommunicatorInterface) -> Communicators:
        return MemoryCommunicators(*given)


class TestCommunicatorRegistry(CommunicatorsContract):
    @override
    def communicators(self, *given: CommunicatorInterface) -> Communicators:
        registry = CommunicatorRegistry()
        for communicator in given:
            registry.add_communicator(communicator)
        return registry
