"""The contract of `Communicators`, on the one in memory and on a node's; what who inherits
`Runnable` and its like must have, and gets.
"""

import pytest
from typing_extensions import override

from gwproactor.adapters.memory import MemoryCommunicators
from gwproactor.app.communicators import CommunicatorRegistry
from gwproactor.ports.communicators import (
    ActorInterface,
    CommunicatorInterface,
    Communicators,
    Runnable,
)
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


class Valve(Runnable):
    """Inherits the protocol, as the original library has it."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    @override
    def start(self) -> None:
        self.calls.append("start")

    @override
    def stop(self) -> None:
        self.calls.append("stop")

    @override
    async def join(self) -> None:
        self.calls.append("join")


async def test_who_inherits_runnable_is_stopped_and_then_joined() -> None:
    valve = Valve()

    await valve.stop_and_join()

    assert valve.calls == ["stop", "join"]


@pytest.mark.parametrize(
    ("base", "missing"),
    [
        (Runnable, {"start", "stop", "join"}),
        (CommunicatorInterface, {"name", "monitored_names", "process_message"}),
        (ActorInterface, {"alias", "node", "init", "load"}),
    ],
)
def test_what_must_be_there_cannot_be_forgotten(base: type, missing: set[str]) -> None:
    class Forgetful(base):  # type: ignore[misc] # as someone without a type checker writes it
        pass

    with pytest.raises(TypeError, match="abstract") as refused:
        Forgetful()

    assert all(name in str(refused.value) for name in missing)
