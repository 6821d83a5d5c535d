"""The external watchdog's keeper: what it tells, how often, and when it falls silent."""

import asyncio
import logging

import pytest
from typing_extensions import override

from gwproactor import Communicator, to_actor
from gwproactor.app.watchdog_keeper import STATUS_EVERY_S
from gwproactor.domain.supervision import FailurePolicy
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family, child_settings
from tests.support.own_events import problems
from tests.support.watched_parts import Monitored


def watch(family: Family, name: str, policy: FailurePolicy) -> None:
    """Let *name* have to pat the child's internal watchdog within 20 s."""
    family.child.container.registry().add_communicator(Monitored(name, 20.0, policy))


class SlowToEnd(Communicator):
    """Lets the stop take 5 s."""

    def __init__(self, family: Family) -> None:
        super().__init__("slow")
        self._clock = family.clock

    @override
    async def join(self) -> None:
        await self._clock.sleep(5.0)


@in_virtual_time
async def test_a_node_says_ready_then_pats_on_time_then_says_that_it_stops() -> None:
    family = Family()
    external = family.child.external_watchdog
    family.child.proactor.start()
    await family.clock.sleep(1.0)
    assert external.said == [
        "ready",
        "pat",
        "0 of 1 links active (parent: connecting), events pending: 1",
    ]
    await family.clock.sleep(300.0)
    assert external.pats == 11
    await family.child.proactor.stop_and_join()
    assert external.said[-1] == "stopping"
    assert external.is_closed


@in_virtual_time
async def test_the_status_is_told_with_the_pats() -> None:
    family = Family()
    await family.start()
    await family.clock.sleep(30.0)
    assert "1 of 1 links active, events pending: 0" in family.child.external_watchdog.said
    await family.stop()


@in_virtual_time
async def test_the_status_names_some_links_that_are_not_active() -> None:
    family = Family()
    link = child_settings().links["parent"]
    links = {
        name: link.model_copy(
            update={
                "peer_long_name": f"d1.{name}",
                "peer_short_name": name,
                "upstream": name == "a",
            }
        )
        for name in "abcde"
    }
    node = family.make(child_settings(links=links))
    node.proactor.start()
    await family.clock.sleep(1.0)
    names = ", ".join(f"{name}: connecting" for name in "abc")
    assert f"0 of 5 links active ({names}, ...), events pending: 1" in node.external_watchdog.said
    await node.proactor.stop_and_join()


@in_virtual_time
async def test_a_watchdog_that_wants_no_pats_is_told_the_status_only() -> None:
    family = Family()
    external = family.child.external_watchdog
    external.pat_every_s = None
    await family.start()
    await family.clock.sleep(3 * STATUS_EVERY_S)
    await family.stop()
    assert external.pats == 0
    assert external.said[0] == "ready"
    assert "1 of 1 links active, events pending: 0" in external.said
    assert family.child.container.watchdog_keeper().status().external == "a watchdog in memory"


@in_virtual_time
async def test_nobody_is_patted_once_a_part_is_late_whose_node_does_not_stop() -> None:
    """Should it ever be so: then it is for the service manager to end the process."""
    family = Family()
    external = family.child.external_watchdog
    external.pat_every_s = 0.1
    watch(family, "pump", FailurePolicy.STOP_NODE)
    family.child.container.node_stop_switch().attach(lambda *_: None)
    family.child.proactor.start()
    await family.clock.sleep(20.05)
    before = external.pats
    await family.clock.sleep(1.0)
    assert external.pats == before
    await family.child.proactor.stop_and_join()


@pytest.mark.parametrize("policy", [FailurePolicy.RESTART, FailurePolicy.STOP_NODE])
@in_virtual_time
async def test_a_stop_is_patted_for_although_a_part_is_late(policy: FailurePolicy) -> None:
    """The service manager must not cut it short: the stop gives up what hangs by itself."""
    family = Family()
    family.child.external_watchdog.pat_every_s = 0.1
    family.child.container.registry().add_communicator(SlowToEnd(family))
    watch(family, "pump", policy)
    family.child.proactor.start()
    await family.clock.sleep(20.05)
    assert "stopping" in family.child.external_watchdog.said
    before = family.child.external_watchdog.pats
    await family.clock.sleep(1.0)
    assert family.child.external_watchdog.pats >= before + 9
    assert not family.child.external_watchdog.is_closed
    await family.child.proactor.join()
    assert family.child.proactor.exit_code == 70


@in_virtual_time
async def test_pats_go_on_until_the_stores_are_closed() -> None:
    """Also while the io loop takes its time, and while the disk hangs for 30 s."""
    family = Family()
    external = family.child.external_watchdog
    external.pat_every_s = 1.0
    free = asyncio.Event()

    async def ends_late() -> None:
        while not free.is_set():
            try:
                await free.wait()
            except asyncio.CancelledError:
                continue

    family.child.container.io_loop().add_io_coroutine(ends_late())
    await family.start()
    family.child.store.hold()
    before, began_s = external.pats, family.clock.monotonic_s()
    await family.child.proactor.stop_and_join()
    took_s = family.clock.monotonic_s() - began_s
    assert took_s >= 34.0
    assert external.pats - before >= int(took_s) - 1
    assert external.is_closed
    free.set()
    await family.parent.proactor.stop_and_join()


@in_virtual_time
async def test_pats_go_on_while_a_part_is_late_that_is_only_reported() -> None:
    family = Family()
    watch(family, "pump", FailurePolicy.REPORT)
    family.child.proactor.start()
    await family.clock.sleep(301.0)
    assert family.child.external_watchdog.pats == 11
    await family.child.proactor.stop_and_join()


@in_virtual_time
async def test_pats_go_on_during_a_stop_that_takes_its_time() -> None:
    family = Family()
    family.child.external_watchdog.pat_every_s = 0.1
    family.child.container.registry().add_communicator(SlowToEnd(family))
    family.child.proactor.start()
    await family.clock.sleep(1.0)
    before = family.child.external_watchdog.pats
    await family.child.proactor.stop_and_join()
    assert family.child.external_watchdog.pats >= before + 49


@in_virtual_time
async def test_trouble_is_counted_and_reported_once_until_it_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Hazard 13: an external pat that failed stopped the original."""
    family = Family()
    keeper, external = family.child.container.watchdog_keeper(), family.child.external_watchdog
    external.unreachable = "no such file"
    await family.start()
    await family.clock.sleep(3_000.0)
    status = keeper.status()
    assert status.pats == 101
    assert status.pat_failures == 102, "that it is ready could not be told either"
    assert troubles(family) == 1
    with caplog.at_level(logging.INFO):
        external.unreachable = ""
        await family.clock.sleep(61.0)
    assert "external watchdog: reached again" in caplog.messages
    assert keeper.status().pat_failures == 102
    external.unreachable = "no such file"
    await family.clock.sleep(1_000.0)
    assert troubles(family) == 2
    await family.stop()


def troubles(family: Family) -> int:
    texts = problems(family.child, family.broker)
    return sum("external watchdog has trouble: no such file" in text for text in texts)


@in_virtual_time
async def test_a_busy_bus_does_not_hold_the_pats_up() -> None:
    """Hazard 26: the original's pats waited behind all messages."""
    family = Family()
    family.child.external_watchdog.pat_every_s = 0.5
    await family.start()
    container = family.child.container
    bus, recorder = container.message_bus(), container.recorder()
    ends_s = family.clock.monotonic_s() + 10.0

    def write_ten_thousand() -> None:
        for number in range(10_000):
            bus.send(to_actor("x", "recorder", number))
        if family.clock.monotonic_s() < ends_s:
            family.clock.call_at(family.clock.monotonic_s() + 1.0, write_ten_thousand)

    before = family.child.external_watchdog.pats
    write_ten_thousand()
    await family.clock.sleep(10.0)
    assert len(recorder.messages) >= 100_000
    assert family.child.external_watchdog.pats - before >= 19
    await family.stop()


@in_virtual_time
async def test_the_status_has_the_watched_names_and_the_figures_of_the_loop() -> None:
    family = Family()
    watch(family, "pump", FailurePolicy.REPORT)
    lag = family.child.container.loop_lag()
    await family.start()
    lag.measured(0.5)
    lag.measured(0.2)
    lag.stalled("6 s in f")
    status = family.child.container.watchdog_keeper().status()
    await family.stop()
    assert [one.name for one in status.monitored] == ["pump"]
    assert status.external == "a watchdog in memory, every 30 s"
    assert (status.loop_lag_s, status.loop_lag_s_max) == (0.2, 0.5)
    assert (status.stalls, status.last_stall) == (1, "6 s in f")
