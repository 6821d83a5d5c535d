"""Whole nodes whose actors fail, hang and end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest
from dependency_injector import providers
from typing_extensions import override

from gwproactor import (
    Actor,
    FailurePolicy,
    ProactorContainer,
    StateName,
    Success,
    run_node,
    to_actor,
)
from gwproactor.domain.supervision import SupervisionState
from gwproactor.testing.simulated_node import SimulatedNode, simulated_node
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import TYPES, Family, Reading, child_settings
from tests.support.own_events import own_events, problems


async def nothing() -> None:
    pass


class Heater(Actor):
    """Its `run` reads orders: to "fail", to "hang", to "end"; others it remembers."""

    def __init__(self) -> None:
        super().__init__("heater")
        self.runs = 0
        self.done: list[object] = []
        self.switched_off = False
        self.always: str | None = None
        self.at_the_end: Callable[[], Awaitable[None]] = nothing

    @override
    async def run(self) -> None:
        self.runs += 1
        self.switched_off = False
        try:
            if self.always:
                await self.obey(self.always)
            async for message in self.inbox:
                if message.payload == "end":
                    return
                await self.obey(message.payload)
        finally:
            self.switched_off = True
            await self.at_the_end()

    async def obey(self, order: object) -> None:
        if order == "fail":
            raise LookupError("the heater is cold")
        if order == "hang":
            await asyncio.Event().wait()
        self.done.append(order)


class HeatedContainer(ProactorContainer):
    heater: providers.Provider[Heater] = providers.Singleton(Heater)


def heated(family: Family) -> SimulatedNode[HeatedContainer]:
    settings = child_settings(handler="")
    return simulated_node(
        settings, family.broker, family.clock, family.chance, HeatedContainer, namespace=TYPES
    )


def order(node: SimulatedNode[HeatedContainer], what: str) -> None:
    node.container.message_bus().send(to_actor("x", "heater", what))


@in_virtual_time
async def test_an_actor_with_a_run_gets_its_messages_and_ends_with_the_node() -> None:
    family = Family()
    node = heated(family)
    heater = node.container.heater()
    node.proactor.start()
    await family.clock.sleep(1.0)
    order(node, "warm")
    order(node, "warmer")
    await family.clock.sleep(1.0)
    assert heater.done == ["warm", "warmer"]
    assert not heater.switched_off
    await node.proactor.stop_and_join()
    assert heater.switched_off
    assert node.proactor.exit_code == 0
    assert problems(node, family.broker) == []


@in_virtual_time
async def test_a_failing_actor_is_a_problem_event_and_links_and_others_go_on() -> None:
    """Hazard 13: one exception in a coroutine does not stop the node."""
    family = Family()
    node = heated(family)
    family.parent.proactor.start()
    node.proactor.start()
    await family.clock.sleep(10.0)
    for what in ("fail", "warm"):
        order(node, what)
    await family.clock.sleep(1.0)
    heater = node.container.heater()
    assert (heater.runs, heater.done) == (2, ["warm"])
    assert node.state("parent") is StateName.ACTIVE
    [problem] = problems(node, family.broker)
    assert problem.startswith("actor 'heater' failed in run: LookupError: the heater is cold")
    [event] = [e for e in own_events(node, family.broker) if "ProblemType" in e]
    assert event["ProblemType"] == "error"
    await node.proactor.stop_and_join()
    await family.parent.proactor.stop_and_join()


@in_virtual_time
async def test_a_hanging_actor_is_restarted_without_any_pat_by_hand() -> None:
    """Hazard 13: no name to monitor, no pat, and yet a hang is found and mended."""
    family = Family()
    node = heated(family)
    heater = node.container.heater()
    node.proactor.start()
    await family.clock.sleep(1.0)
    order(node, "hang")
    order(node, "warm")
    await family.clock.sleep(58.0)
    assert heater.runs == 1
    await family.clock.sleep(5.0)
    assert (heater.runs, heater.done) == (2, ["warm"])
    [problem] = problems(node, family.broker)
    assert "actor 'heater' is late" in problem
    assert "in obey" in problem
    assert list(heater.monitored_names) == []
    await node.proactor.stop_and_join()


@in_virtual_time
async def test_a_node_whose_actor_restarts_do_not_help_asks_systemd_for_another() -> None:
    family = Family()
    node = heated(family)
    heater = node.container.heater()
    heater.always = "fail"
    assert await run_node(node.proactor) == 70
    assert heater.runs == 5
    assert family.clock.monotonic_s() < 60.0
    [shutdown] = [e for e in own_events(node, family.broker) if "Reason" in e]
    assert "'heater' failed 5 times" in shutdown["Reason"]


@in_virtual_time
async def test_an_actor_that_only_reports_never_stops_the_node() -> None:
    family = Family()
    node = heated(family)
    heater = node.container.heater()
    heater.always, heater.failure_policy = "fail", FailurePolicy.REPORT
    node.proactor.start()
    await family.clock.sleep(3_600.0)
    [status] = [s for s in node.container.supervisor().status() if s.name == "heater"]
    assert (heater.runs, status.state) == (1, SupervisionState.FAILED)
    await node.proactor.stop_and_join()
    assert node.proactor.exit_code == 0


@in_virtual_time
async def test_what_an_actor_reports_while_its_run_ends_is_told_before_the_shutdown() -> None:
    family = Family()
    node = heated(family)
    heater, clock = node.container.heater(), family.clock

    async def cool_down() -> None:
        await clock.sleep(5.0)
        reading = Reading(value=7)
        assert isinstance(node.container.event_log().generate_event(reading), Success)

    heater.at_the_end = cool_down
    family.parent.proactor.start()
    node.proactor.start()
    await clock.sleep(10.0)
    node.proactor.stop()
    assert node.container.node_status().status().stopping
    await node.proactor.join()
    assert clock.monotonic_s() < 16.0
    types = [event["TypeName"] for event in own_events(node, family.broker)]
    assert types[-2:] == [Reading.wire.type_name, "gridworks.event.shutdown"]
    await family.parent.proactor.stop_and_join()


@in_virtual_time
async def test_a_run_that_never_ends_is_given_up_once_with_its_stack(
    caplog: pytest.LogCaptureFixture,
) -> None:
    family = Family()
    node = heated(family)
    heater, clock = node.container.heater(), family.clock
    gate = asyncio.Event()

    async def never() -> None:
        while not gate.is_set():
            try:
                await gate.wait()
            except asyncio.CancelledError:
                continue

    heater.at_the_end = never
    node.proactor.start()
    await clock.sleep(10.0)
    with caplog.at_level(logging.ERROR):
        await node.proactor.stop_and_join()
    assert 20.0 <= clock.monotonic_s() < 23.0
    assert "run of heater: not done within 10 s" in caplog.text
    assert "await gate.wait()" in caplog.text
    gate.set()


@pytest.mark.parametrize("what", ["warm", "hang", "fail", "end"])
@in_virtual_time
async def test_no_task_and_no_timer_of_an_actor_is_left_after_the_stop(what: str) -> None:
    family = Family()
    node = heated(family)
    node.proactor.start()
    await family.clock.sleep(1.0)
    order(node, what)
    await family.clock.sleep(0.1)
    await node.proactor.stop_and_join()
    loop = asyncio.get_running_loop()
    assert asyncio.all_tasks(loop) == {asyncio.current_task()}
    timers = [timer for timer in loop._scheduled if not timer.cancelled()]  # type: ignore[attr-defined] # asyncio shows them nowhere
    assert timers == []


@in_virtual_time
async def test_a_wrong_step_of_the_wall_clock_makes_nobody_late() -> None:
    """Hazard 20: durations are those of the monotonic clock."""
    family = Family()
    node = heated(family)
    node.proactor.start()
    for seconds in (3_600.0, -7_200.0, 3.2e8, -6.4e8):
        family.clock.step_wall(seconds)
        await family.clock.sleep(30.0)
    assert problems(node, family.broker) == []
    order(node, "hang")
    family.clock.step_wall(-3_600.0)
    await family.clock.sleep(61.0)
    assert ["late" in problem for problem in problems(node, family.broker)] == [True]
    await node.proactor.stop_and_join()
