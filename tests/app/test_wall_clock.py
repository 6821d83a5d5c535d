"""The wall clock may step either way: it stamps events and decides nothing."""

import pytest

from gwproactor import StateName
from gwproactor.testing.virtual_time import in_virtual_time, run_in_virtual_time
from tests.support.family import Family, Reading

HOUR_S = 3_600.0
YEARS_S = 10 * 365.25 * 24 * HOUR_S
STEPS = [HOUR_S, -HOUR_S, YEARS_S, -YEARS_S]

# (monotonic time, client, topic) of each message that reached the broker.
History = list[tuple[float, str, str]]


async def history(step_s: float) -> History:
    """Six hours with an outage, events, and a step of the clock every twenty minutes."""
    family = Family()
    seen: History = []

    def note(topic: str, _: bytes) -> bool:
        seen.append((round(family.clock.monotonic_s(), 6), topic.split("/")[1], topic))
        return False

    family.broker.drop(note)
    await family.start()
    for twenty_minutes in range(18):
        family.read(twenty_minutes)
        if twenty_minutes == 9:
            family.broker.stop()
        if twenty_minutes == 12:
            family.broker.start()
        family.clock.step_wall(step_s if twenty_minutes % 2 else -step_s)
        await family.clock.sleep(HOUR_S / 3)
    assert family.child.state("parent") is StateName.ACTIVE
    assert sorted(family.parent.container.recorder().readings) == list(range(18))
    await family.stop()
    return seen


@pytest.mark.parametrize("step_s", STEPS)
def test_a_step_changes_no_message_and_no_moment(step_s: float) -> None:
    """Hazard 20: in the original a step back by an hour meant no ping for an hour, and a step
    forward killed the node.
    """
    steady = run_in_virtual_time(history(0.0))
    assert run_in_virtual_time(history(step_s)) == steady


@pytest.mark.parametrize("step_s", STEPS)
@in_virtual_time
async def test_pings_go_on_after_a_step(step_s: float) -> None:
    """Hazard 20."""
    family = Family()
    await family.start()
    before = family.child.container.core().links["parent"].stats.pings
    family.clock.step_wall(step_s)
    await family.clock.sleep(HOUR_S)
    pings = family.child.container.core().links["parent"].stats.pings - before
    assert 25 <= pings <= 61
    assert family.child.container.core().links["parent"].stats.timeouts == 0
    await family.stop()


@pytest.mark.parametrize("step_s", STEPS)
@in_virtual_time
async def test_a_silent_peer_is_found_as_fast_after_a_step(step_s: float) -> None:
    """Hazard 20."""
    family = Family()
    await family.start()
    family.broker.cut("a-local")
    family.broker.refuse_login(5, "a-local")
    family.clock.step_wall(step_s)
    await family.clock.sleep(60.0 + 5.0 + 0.1)
    assert family.child.state("parent") is StateName.AWAITING_PEER
    await family.stop()


@in_virtual_time
async def test_events_carry_the_wall_clocks_time() -> None:
    family = Family()
    await family.start()
    times_ms: list[int] = []
    for _ in range(2):
        accepted = family.child.container.event_log().generate_event(Reading(value=1)).unwrap()
        times_ms.append(accepted.event.time_created_ms)
        family.clock.step_wall(-HOUR_S)
    assert times_ms[1] - times_ms[0] == -HOUR_S * 1_000
    await family.stop()
