"""The status of two whole nodes on memory adapters, in virtual time."""

import pytest

from gwproactor.app.container import ProactorContainer
from gwproactor.domain.health import health_of
from gwproactor.domain.status import LinkStatus, NodeStatus
from gwproactor.ports.event_store import StoreFailed, StoreRecovered
from gwproactor.testing.simulated_node import SimulatedNode
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import CHILD, PARENT, Family, RecorderContainer

HOUR_S = 3_600.0


def status_of(node: SimulatedNode[RecorderContainer]) -> NodeStatus:
    container: ProactorContainer = node.container
    return container.node_status().status()


def link_of(node: SimulatedNode[RecorderContainer]) -> LinkStatus:
    (link,) = status_of(node).links
    return link


@in_virtual_time
async def test_a_node_that_was_not_started_says_so() -> None:
    family = Family()
    status = status_of(family.child)

    assert (status.name, status.short_name, status.started_ms) == (CHILD, "s", None)
    assert health_of(status).reasons == ("the node has not started yet",)
    link = link_of(family.child)
    assert (link.state, link.since_ms, link.last_heard_ms) == ("not_started", None, None)


@in_virtual_time
async def test_an_active_link_tells_since_when_and_when_it_heard_and_sent() -> None:
    family = Family()
    began_ms = family.clock.wall_ms()
    await family.start()
    await family.clock.sleep(HOUR_S)
    link, now_ms = link_of(family.child), family.clock.wall_ms()

    assert (link.state, link.peer, link.upstream) == ("active", PARENT, True)
    assert link.broker_address == "localhost:8883"
    assert link.since_ms is not None
    assert began_ms <= link.since_ms <= began_ms + 20_000
    assert link.last_heard_ms is not None
    assert link.last_sent_ms is not None
    # Pings keep it so: no later than the poll time of 60 s.
    assert now_ms - 61_000 <= min(link.last_heard_ms, link.last_sent_ms) <= now_ms
    assert health_of(status_of(family.child)).is_healthy
    await family.stop()


@pytest.mark.parametrize("step_s", [-10 * 365 * 86_400.0, HOUR_S])
@in_virtual_time
async def test_a_step_of_the_clock_makes_no_age_wrong(step_s: float) -> None:
    family = Family()
    await family.start()
    before = link_of(family.child).since_ms
    family.clock.step_wall(step_s)
    after = link_of(family.child).since_ms

    assert before is not None
    assert after == before + step_s * 1_000
    await family.stop()


@in_virtual_time
async def test_an_outage_shows_what_waits_and_when_the_broker_is_tried_again() -> None:
    family = Family()
    await family.start()
    family.broker.stop()
    family.read(1)
    await family.clock.sleep(600.0)
    status, link = status_of(family.child), link_of(family.child)

    assert link.state == "connecting"
    assert link.next_try_s is not None
    assert 0.0 <= link.next_try_s <= 60.0
    assert status.store.pending > 0
    assert status.store.pending_bytes > 0
    assert status.store.in_flight == 0
    assert any("cannot be reached" in problem.summary for problem in status.problems)
    assert health_of(status).is_healthy
    await family.stop()


@in_virtual_time
async def test_the_time_until_the_store_is_full_follows_what_is_generated() -> None:
    family = Family()
    await family.start()
    family.broker.stop()
    before = status_of(family.child).store.pending_bytes
    await family.clock.sleep(HOUR_S)
    for value in range(720):
        family.read(value)
        await family.clock.sleep(5.0)
    store = status_of(family.child).store

    assert store.hours_left is not None
    per_hour = store.pending_bytes - before
    expected = (store.bytes_max - store.pending_bytes) / per_hour
    assert store.hours_left == pytest.approx(expected, rel=0.05)
    await family.stop()


@in_virtual_time
async def test_a_store_that_fails_makes_the_node_ill_until_it_works_again() -> None:
    family = Family()
    await family.start()
    engine = family.child.container.engine()
    engine._store_news(StoreFailed("no space left"))
    ill = health_of(status_of(family.child))
    engine._store_news(StoreRecovered())

    assert ill.reasons == ("the event store fails: no space left",)
    assert health_of(status_of(family.child)).is_healthy
    await family.stop()


@in_virtual_time
async def test_actors_and_statistics_are_told() -> None:
    family = Family()
    await family.start()
    family.read(1)
    await family.clock.sleep(5.0)
    child, parent = status_of(family.child), status_of(family.parent)

    assert "recorder" in {actor.name for actor in child.actors}
    assert child.stats.events_generated > 0
    assert parent.links[0].stats.received > 0
    await family.stop()


@in_virtual_time
async def test_a_node_that_was_told_to_stop_says_so() -> None:
    family = Family()
    await family.start()
    family.child.proactor.stop()

    assert "the node is stopping" in health_of(status_of(family.child)).reasons
    await family.stop()


@in_virtual_time
async def test_long_names_of_quarantined_types_are_shown_cut() -> None:
    """Hazard 25: a relay has the types that its peers name."""
    family = Family()
    quarantine = family.child.container.core().uploads.alone.quarantine
    for number in range(100):
        quarantine.added(f"{number:03}{'x' * 60_000}", number, family.clock.monotonic_s())

    (first, *more) = status_of(family.child).store.quarantined_types
    assert first.startswith("000xx")
    assert sum(map(len, more)) < 10_000
