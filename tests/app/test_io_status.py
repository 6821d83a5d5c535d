"""What a node tells of its io coroutines: those that run, and those that do not any more."""

import asyncio

from gwproactor.app.io_status import FAILED_MAX
from gwproactor.domain.health import health_of
from gwproactor.domain.status import IOLoopStatus, NodeStatus
from gwproactor.domain.supervision import FailurePolicy, SupervisionState
from gwproactor.ports.io_loop import IOLoop
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family

REASON = "io coroutine 'meter' has failed: ValueError: no such meter"


async def forever() -> None:
    await asyncio.get_running_loop().create_future()


async def fails() -> None:
    raise ValueError("no such meter")


def io_loop_of(family: Family) -> IOLoop:
    return family.child.container.io_loop()


def node_status(family: Family) -> NodeStatus:
    return family.child.container.node_status().status()


def status_of(family: Family) -> IOLoopStatus:
    return node_status(family).io_loop


def reasons(family: Family) -> tuple[str, ...]:
    return health_of(node_status(family)).reasons


async def with_failed(family: Family) -> int:
    """The handle of a coroutine that has failed."""
    await family.start()
    handle = io_loop_of(family).add_io_coroutine(fails(), "meter")
    await family.clock.sleep(1.0)
    assert reasons(family) == (REASON,)
    return handle


@in_virtual_time
async def test_a_coroutine_is_listed_from_its_adding_to_its_end() -> None:
    family = Family()
    handle = io_loop_of(family).add_io_coroutine(forever(), "meter")
    (before,) = status_of(family).coroutines
    await family.start()
    (running,) = status_of(family).coroutines
    io_loop_of(family).cancel_io_routine(handle)
    await family.clock.sleep(1.0)

    assert (before.name, before.state) == ("meter", SupervisionState.NOT_STARTED)
    assert (running.name, running.state) == ("meter", SupervisionState.RUNNING)
    assert status_of(family) == IOLoopStatus()
    assert reasons(family) == ()
    await family.stop()


@in_virtual_time
async def test_a_failed_coroutine_makes_the_node_ill_although_it_is_only_reported() -> None:
    family = Family()
    await with_failed(family)
    await family.clock.sleep(3_600.0)
    (failed,) = status_of(family).coroutines

    assert reasons(family) == (REASON,)
    assert (failed.state, failed.policy) == (SupervisionState.FAILED, FailurePolicy.REPORT)
    assert (failed.failures, failed.last_failure) == (1, "ValueError: no such meter")
    assert (status_of(family).running, status_of(family).failed) == (0, 1)
    await family.stop()


@in_virtual_time
async def test_it_is_well_again_once_a_coroutine_of_that_name_is_added() -> None:
    family = Family()
    await with_failed(family)
    io_loop_of(family).add_io_coroutine(forever(), "another")
    assert reasons(family) == (REASON,)
    io_loop_of(family).add_io_coroutine(forever(), "meter")

    assert reasons(family) == ()
    assert [each.name for each in status_of(family).coroutines] == ["another", "meter"]
    await family.stop()


@in_virtual_time
async def test_cancelling_a_coroutine_that_has_failed_says_that_it_is_not_wanted() -> None:
    family = Family()
    handle = await with_failed(family)
    io_loop_of(family).cancel_io_routine(handle)

    assert reasons(family) == ()
    assert status_of(family).coroutines == ()
    await family.stop()


@in_virtual_time
async def test_a_coroutine_that_waits_for_its_restart_is_a_reason() -> None:
    family = Family()
    await family.start()
    io_loop_of(family).add_io_coroutine(fails, "meter", policy=FailurePolicy.RESTART)
    await family.clock.sleep(0.1)
    (waiting,) = status_of(family).coroutines

    assert waiting.state is SupervisionState.RESTARTING
    assert reasons(family) == (
        "io coroutine 'meter' failed and waits to be restarted: ValueError: no such meter",
    )
    await family.stop()


@in_virtual_time
async def test_thousands_that_fail_take_no_room_and_no_page() -> None:
    family = Family()
    await family.start()
    for number in range(1_000):
        io_loop_of(family).add_io_coroutine(fails(), f"meter {number}")
    await family.clock.sleep(10.0)
    status = status_of(family)

    assert len(status.coroutines) == FAILED_MAX
    assert status.coroutines[-1].name == "meter 999"
    assert len(reasons(family)) == 11
    assert reasons(family)[-1] == f"{FAILED_MAX - 10} more io coroutines have failed"
    await family.stop()


@in_virtual_time
async def test_what_fails_while_it_is_cancelled_is_no_reason() -> None:
    async def fails_at_the_end() -> None:
        try:
            await forever()
        finally:
            raise ValueError("no such meter")

    family = Family()
    await family.start()
    handle = io_loop_of(family).add_io_coroutine(fails_at_the_end(), "meter")
    await family.clock.sleep(1.0)
    io_loop_of(family).cancel_io_routine(handle)
    await family.clock.sleep(1.0)

    assert status_of(family) == IOLoopStatus()
    await family.stop()


@in_virtual_time
async def test_many_that_run_are_counted_and_only_some_of_them_listed() -> None:
    family = Family()
    await family.start()
    for number in range(300):
        io_loop_of(family).add_io_coroutine(forever(), f"meter {number}")
    io_loop_of(family).add_io_coroutine(fails(), "broken")
    await family.clock.sleep(1.0)
    status = status_of(family)

    assert (status.running, status.failed) == (300, 1)
    assert len(status.coroutines) == 100
    assert status.coroutines[0].name == "broken"
    await family.stop()
