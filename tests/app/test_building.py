"""What keeps a node from being built, all at once; and policies that its settings declare."""

import asyncio
import sys
from pathlib import Path

import pytest
from dependency_injector import providers
from typing_extensions import override

from gwproactor import (
    Actor,
    Communicator,
    FailurePolicy,
    Paths,
    ProactorContainer,
    ProactorSettings,
    assemble,
    build_node,
)
from gwproactor.adapters.memory import MemoryBroker, SeededChance, VirtualClock
from gwproactor.app.building import build_faults, try_building
from gwproactor.app.ended import EndedBySignal
from gwproactor.domain.outcome import Failure
from gwproactor.domain.supervision import SupervisionState
from gwproactor.testing.simulated_node import simulated_node
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import RecorderContainer, child_settings


class Failing(Actor):
    """Its `run` fails at once, its `init` if it is called."""

    @override
    def init(self) -> None:
        raise AssertionError("init was called")

    @override
    async def run(self) -> None:
        raise LookupError("no heater")


class Heater(Failing):
    @override
    def init(self) -> None:
        pass


class Decided(Actor):
    """Its policy is not for others to set."""

    @property
    def failure_policy(self) -> FailurePolicy:  # type: ignore[override] # mypy has an attribute here
        return FailurePolicy.REPORT


def broken_valve() -> Communicator:
    raise OSError("no such valve")


def broken_pump() -> Communicator:
    raise KeyError("pump")


def make_user(_: Communicator) -> Communicator:
    return Communicator("user")


def leaving() -> Communicator:
    sys.exit(0)


class LeavingActor(Heater):
    """Whose `init` ends the process, as the author thinks."""

    @override
    def init(self) -> None:
        sys.exit(0)


class Unnamed(Heater):
    """Some of its properties raise."""

    @property
    @override
    def failure_policy(self) -> FailurePolicy:  # type: ignore[override] # mypy has an attribute here
        raise RuntimeError("no policy")


def ended_by_a_signal() -> Communicator:
    raise EndedBySignal(130)


class LeavingContainer(ProactorContainer):
    leaves: providers.Provider[Communicator] = providers.Singleton(leaving)


class LeavingActorContainer(ProactorContainer):
    leaves: providers.Provider[LeavingActor] = providers.Singleton(LeavingActor, "leaves")


class UnnamedContainer(ProactorContainer):
    unnamed: providers.Provider[Unnamed] = providers.Singleton(Unnamed, "unnamed")


class SignalledContainer(ProactorContainer):
    signalled: providers.Provider[Communicator] = providers.Singleton(ended_by_a_signal)


class BrokenContainer(ProactorContainer):
    valve: providers.Provider[Communicator] = providers.Singleton(broken_valve)
    user: providers.Provider[Communicator] = providers.Singleton(make_user, valve)
    user_of_user: providers.Provider[Communicator] = providers.Singleton(make_user, user)
    pump: providers.Provider[Communicator] = providers.Singleton(broken_pump)
    failing: providers.Provider[Failing] = providers.Singleton(Failing, "failing")


class HeaterContainer(ProactorContainer):
    heater: providers.Provider[Heater] = providers.Singleton(Heater, "heater")
    decided: providers.Provider[Decided] = providers.Singleton(Decided, "decided")


def settings_with(folder: Path, **values: object) -> ProactorSettings:
    plain = {"long_name": "d1.house", "short_name": "h", "paths": Paths(data_dir=folder)}
    return ProactorSettings.model_validate(plain | values)


def test_every_part_that_cannot_be_built_is_told_but_not_who_needs_it(tmp_path: Path) -> None:
    faults = build_faults(assemble(settings_with(tmp_path), BrokenContainer))

    assert [(fault.part, type(fault.error)) for fault in faults] == [
        ("valve", OSError),
        ("pump", KeyError),
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_exits_is_a_fault_of_it(tmp_path: Path) -> None:
    (fault,) = build_faults(assemble(settings_with(tmp_path), LeavingContainer))
    assert (fault.part, type(fault.error)) == ("leaves", SystemExit)


def test_an_init_that_exits_is_a_fault_of_it(tmp_path: Path) -> None:
    match try_building(assemble(settings_with(tmp_path), LeavingActorContainer)):
        case Failure((fault,)):
            assert fault.doing == "in init of actor 'leaves'"
            assert isinstance(fault.error, SystemExit)
        case other:
            pytest.fail(str(other))


@pytest.mark.parametrize(
    ("container", "says"),
    [
        (LeavingContainer, "SystemExit: 0 while building 'leaves'"),
        (LeavingActorContainer, "SystemExit: 0 in init of actor 'leaves'"),
    ],
)
def test_who_builds_a_node_is_not_ended_by_a_part_that_exits(
    container: type[ProactorContainer], says: str, tmp_path: Path
) -> None:
    with pytest.raises(RuntimeError, match=says):
        build_node(assemble(settings_with(tmp_path), container))


def test_a_signal_ends_the_building(tmp_path: Path) -> None:
    with pytest.raises(EndedBySignal):
        build_faults(assemble(settings_with(tmp_path), SignalledContainer))


def test_a_declaration_that_raises_is_a_fault(tmp_path: Path) -> None:
    (fault,) = build_faults(assemble(settings_with(tmp_path), UnnamedContainer))
    assert str(fault.error) == "no policy"


def test_a_name_is_not_called_unknown_while_a_part_cannot_be_built(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, failure_policies={"valve": "report"})
    assert {fault.setting for fault in build_faults(assemble(settings, BrokenContainer))} == {()}


def test_names_of_the_settings_that_are_nobodys_are_told_with_their_places() -> None:
    settings = child_settings(handler="nobody", failure_policies={"recoder": "report"})

    faults = build_faults(assemble(settings, RecorderContainer))

    assert [(fault.setting, str(fault.error)) for fault in faults] == [
        (
            ("links", "parent", "handler"),
            "link 'parent' names the handler 'nobody', which is no communicator of this node; "
            "there are: watchdog_manager, io_loop_manager, recorder",
        ),
        (
            ("failure_policies", "recoder"),
            "there is no communicator 'recoder' in this node; there are: watchdog_manager, "
            "io_loop_manager, recorder; did you mean 'recorder'?",
        ),
    ]


def test_a_policy_for_nobody_ends_the_building(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, failure_policies={"heatr": "stop-node"})
    with pytest.raises(ValueError, match=r"no communicator 'heatr'.*there are: .*heater"):
        build_node(assemble(settings, HeaterContainer))


def test_a_policy_that_a_class_decides_by_itself_cannot_be_configured(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, failure_policies={"decided": "stop-node"})

    (fault,) = build_faults(assemble(settings, HeaterContainer))

    assert fault.setting == ("failure_policies", "decided")
    assert str(fault.error).startswith("'decided' (Decided): its failure_policy cannot be set: ")


@in_virtual_time
async def test_a_configured_policy_is_followed_instead_of_the_actors_own(tmp_path: Path) -> None:
    clock = VirtualClock(asyncio.get_running_loop())
    settings = settings_with(tmp_path, failure_policies={"heater": "report"})
    node = simulated_node(settings, MemoryBroker(clock), clock, SeededChance(1), HeaterContainer)
    async with asyncio.TaskGroup():
        node.proactor.start()
        await clock.sleep(600.0)

        status = {each.name: each for each in node.container.supervisor().status()}["heater"]
        assert (status.policy, status.state, status.restarts) == (
            FailurePolicy.REPORT,
            SupervisionState.FAILED,
            0,
        )
        await node.proactor.stop_and_join()
    assert node.proactor.exit_code == 0
    assert Heater.failure_policy is FailurePolicy.RESTART
