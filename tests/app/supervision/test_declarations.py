"""What is declared wrongly ends the building of a node, and says what to write."""

import asyncio
import math
from pathlib import Path

import pytest
from dependency_injector import providers

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
from gwproactor.adapters.memory import VirtualClock
from gwproactor.app.supervision.declarations import check_declarations
from gwproactor.testing.running_actor import running
from gwproactor.testing.virtual_time import in_virtual_time


def actor_with(**declared: object) -> Actor:
    """An actor of a class that declares what mypy would have refused."""
    actor_class: type[Actor] = type("Odd", (Actor,), declared)
    return actor_class("odd")


async def waits(_: object) -> None:
    """A coroutine in place of a method."""


@pytest.mark.parametrize("policy", ["report", "bogus", None])
def test_a_policy_is_one_of_the_three_and_no_word(policy: object) -> None:
    written = r"write one of FailurePolicy\.REPORT, FailurePolicy\.RESTART, FailurePolicy\.STOP_"
    with pytest.raises(ValueError, match=rf"'odd' \(Odd\): failure_policy is .*; {written}"):
        check_declarations(actor_with(failure_policy=policy))


def test_a_communicator_that_is_no_actor_is_checked_too() -> None:
    communicator = Communicator("plain")
    check_declarations(communicator)
    vars(communicator)["failure_policy"] = "report"
    with pytest.raises(ValueError, match="failure_policy is 'report'"):
        check_declarations(communicator)


@pytest.mark.parametrize("name", ["process_message", "link_changed", "init", "start", "stop"])
def test_what_the_loop_calls_is_no_coroutine_function(name: str) -> None:
    with pytest.raises(ValueError, match=rf"{name} is an `async def`.*write `def {name}`"):
        check_declarations(actor_with(**{name: waits}))


def test_a_run_is_no_generator() -> None:
    async def run(self: Actor) -> object:
        yield self

    with pytest.raises(ValueError, match="run has a `yield`"):
        check_declarations(actor_with(run=run))


@pytest.mark.parametrize("late_after_s", [0, 0.0, -1.0, math.nan, "60", None])
def test_a_run_has_some_time_before_it_is_late(late_after_s: object) -> None:
    with pytest.raises(ValueError, match=r"late_after_s is .*above 0, or math\.inf for never"):
        check_declarations(actor_with(late_after_s=late_after_s))


@pytest.mark.parametrize("late_after_s", [1, 0.5, math.inf])
def test_what_is_declared_well_is_taken(late_after_s: float) -> None:
    check_declarations(
        actor_with(late_after_s=late_after_s, failure_policy=FailurePolicy.REPORT, run=waits)
    )


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"failure_policy.*; process_message.*; late_after_s"):
        check_declarations(
            actor_with(failure_policy="report", process_message=waits, late_after_s=0)
        )


class ImpatientContainer(ProactorContainer):
    odd: providers.Provider[Actor] = providers.Singleton(actor_with, late_after_s=0)


def test_no_node_is_built_of_what_is_declared_wrongly(tmp_path: Path) -> None:
    paths = Paths(data_dir=tmp_path)
    settings = ProactorSettings(long_name="d1.odd", short_name="odd", paths=paths)
    with pytest.raises(ValueError, match="late_after_s is 0"):
        build_node(assemble(settings, ImpatientContainer))


@in_virtual_time
async def test_the_test_of_an_actor_refuses_it_too() -> None:
    clock = VirtualClock(asyncio.get_running_loop())
    with pytest.raises(ValueError, match="late_after_s is 0"):
        async with running(actor_with(late_after_s=0), clock):
            pass
