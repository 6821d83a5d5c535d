"""Whole nodes while the broker is away, refuses them, or has just come back."""

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import TypeVarTuple

import pytest
from typing_extensions import override

from gwproactor import StateName
from gwproactor.adapters.memory import VirtualTimeLoop
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family, child_settings
from tests.support.own_events import own_types, problems

Ts = TypeVarTuple("Ts")

HOUR_S = 3_600.0
CHILD_FILTER = "gw/d1-house/to/s/#"
BAD_LOGIN = 4
NOT_AUTHORIZED = 5


class CountingLoop(VirtualTimeLoop):
    """Counts everything that it is asked to call."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    @override
    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        self.calls += 1
        return super().call_soon(callback, *args, context=context)

    @override
    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        self.calls += 1
        return super().call_at(when, callback, *args, context=context)


TROUBLES: dict[str, Callable[[Family], None]] = {
    "no broker": lambda family: family.broker.stop(),
    "login refused": lambda family: family.broker.refuse_login(NOT_AUTHORIZED),
    "filter refused": lambda family: family.broker.refuse_filter(CHILD_FILTER),
    "no peer": lambda _: None,
}


@pytest.mark.parametrize("poll_s", [60.0, 5.0])
@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_node_that_waits_hardly_works(trouble: str, poll_s: float) -> None:
    """Hazard 1: after the poll time the original span, with 110,000 turns a second."""

    async def an_hour(loop: CountingLoop) -> int:
        family = Family()
        family.child = family.make(child_settings(mqtt_link_poll_seconds=poll_s))
        TROUBLES[trouble](family)
        family.child.proactor.start()
        await family.clock.sleep(2 * poll_s)
        before = loop.calls
        await family.clock.sleep(HOUR_S)
        calls = loop.calls - before
        await family.child.proactor.stop_and_join()
        return calls

    with asyncio.Runner(loop_factory=CountingLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, CountingLoop)
        pings = HOUR_S / poll_s if trouble == "no peer" else 0
        assert runner.run(an_hour(loop)) < 500 + 3 * pings


@in_virtual_time
async def test_a_refused_login_is_no_connection_and_one_problem() -> None:
    """Hazard 14: the original stored a connect and a disconnect event for each try."""
    family = Family()
    family.broker.refuse_login(BAD_LOGIN)
    family.child.proactor.start()
    await family.clock.sleep(HOUR_S)

    assert family.child.state("parent") is StateName.CONNECTING
    assert own_types(family.child, family.broker) == ["startup", "problem"]
    [problem] = problems(family.child, family.broker)
    assert "broker 'local' cannot be reached: it refuses user or password (connack" in problem
    assert "code 4" in problem
    assert family.child.container.core().links["parent"].stats.connects == 0
    await family.child.proactor.stop_and_join()


@in_virtual_time
async def test_a_login_that_is_accepted_at_last_connects_and_uploads() -> None:
    """Hazard 14."""
    family = Family()
    family.broker.refuse_login(BAD_LOGIN, "s-local")
    family.parent.proactor.start()
    family.child.proactor.start()
    await family.clock.sleep(HOUR_S)
    family.read(1)
    family.broker.accept_logins()
    await family.clock.sleep(70.0)

    assert family.child.state("parent") is StateName.ACTIVE
    assert family.parent.container.recorder().readings == [1]
    await family.stop()


@in_virtual_time
async def test_a_refused_filter_is_no_subscription_and_is_asked_for_again() -> None:
    """Hazard 14: the original counted it as subscribed."""
    family = Family()
    family.broker.refuse_filter(CHILD_FILTER)
    family.parent.proactor.start()
    family.child.proactor.start()
    await family.clock.sleep(HOUR_S)
    assert family.child.state("parent") is StateName.AWAITING_SETUP_AND_PEER
    publisher = family.child.container.link_publisher()
    assert publisher.num_pending_subscriptions("parent") == 1
    assert "comm.mqtt.fully.subscribed" not in own_types(family.child, family.broker)
    assert 1 <= len(problems(family.child, family.broker)) <= 7
    for problem in problems(family.child, family.broker):
        assert f"the broker refused the filter '{CHILD_FILTER}' (SUBACK code 128)" in problem

    family.broker.accept_filters()
    await family.clock.sleep(70.0)
    assert family.child.state("parent") is StateName.ACTIVE
    assert publisher.num_pending_subscriptions("parent") == 0
    await family.stop()


@pytest.mark.parametrize("seed", range(5))
@in_virtual_time
async def test_a_node_started_without_a_broker_is_there_a_minute_after_it_is_back(
    seed: int,
) -> None:
    """Hazard 15: the original might stay away for 17 minutes, with a problem event for each try."""
    family = Family(seed)
    family.broker.stop()
    family.child.proactor.start()
    family.parent.proactor.start()
    await family.clock.sleep(3 * HOUR_S)
    assert len(problems(family.child, family.broker)) == 1

    family.broker.start()
    await family.clock.sleep(61.0)
    assert family.child.state("parent") is StateName.ACTIVE
    assert family.parent.state("child") is StateName.ACTIVE
    assert len(problems(family.child, family.broker)) == 1
    await family.stop()


@in_virtual_time
async def test_each_outage_is_one_problem() -> None:
    """Hazard 14."""
    family = Family()
    await family.start()
    for outage in range(1, 4):
        family.broker.stop()
        await family.clock.sleep(HOUR_S)
        family.broker.start()
        await family.clock.sleep(HOUR_S)
        for node in (family.child, family.parent):
            found = problems(node, family.broker)
            assert len(found) == outage
            assert "broker 'local' cannot be reached: it takes no connection (tcp)" in found[-1]
    await family.stop()


@pytest.mark.parametrize("late_s", [0.1, 1.0, 2.4, 2.6, 3.5, 4.5, 4.9, 5.1, 30.0])
@pytest.mark.parametrize("first", ["child", "parent"])
@in_virtual_time
async def test_a_peer_that_starts_later_is_not_lost_again_at_once(
    late_s: float, first: str
) -> None:
    """Hazard 16: a ping sent before the peer was there made the original drop the link. Here an
    answer takes two seconds, so that none comes before such a ping is overdue.
    """
    family = Family()
    family.broker.delay(1.0)
    nodes = {"child": family.child, "parent": family.parent}
    nodes.pop(first).proactor.start()
    await family.clock.sleep(late_s)
    [later] = nodes.values()
    later.proactor.start()
    await family.clock.sleep(HOUR_S)

    for node, link in ((family.child, "parent"), (family.parent, "child")):
        types = own_types(node, family.broker)
        assert node.state(link) is StateName.ACTIVE
        assert types.count("comm.peer.active") == 1
        assert "comm.response.timeout" not in types
    await family.stop()


@in_virtual_time
async def test_a_new_reason_for_being_refused_is_told_within_the_same_outage() -> None:
    family = Family()
    family.broker.refuse_login(3)
    family.child.proactor.start()
    await family.clock.sleep(300.0)
    family.broker.refuse_login(5)
    await family.clock.sleep(300.0)
    told = [problem.split(":")[1] for problem in problems(family.child, family.broker)]
    assert told == [
        " it says that it is not available (connack 3)",
        " it refuses user or password (connack 5)",
    ]
    (link,) = family.child.container.core_status().links()
    assert link.no_broker == "it refuses user or password (connack 5)"
    await family.child.proactor.stop_and_join()
