"""Which problems a node shows as its own, and how it counts them."""

from gwproactor import ProblemEvent
from gwproactor.domain.events import ProblemType
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.status import NodeStatus
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family

DETAILS_MAX = 2_000


def problem(summary: str, *, src: str = "", details: str = "") -> ProblemEvent:
    return ProblemEvent(problem_type=ProblemType.WARNING, summary=summary, details=details, src=src)


def generate(family: Family, event: ProblemEvent) -> None:
    family.child.container.event_log().generate_event(event)


def status_of(family: Family) -> NodeStatus:
    return family.child.container.node_status().status()


@in_virtual_time
async def test_problems_that_actors_report_are_shown_and_counted_like_the_nodes_own() -> None:
    family = Family()
    await family.start()
    before = status_of(family).stats.problems
    generate(family, problem("the boiler is cold", details="42 C"))
    await family.clock.sleep(1.0)
    family.child.container.engine().dispatch(ProblemFound("test", "x", "y", "found by the node"))
    status = status_of(family)

    shown = [(each.summary, each.details) for each in status.problems]
    assert shown == [("found by the node", ""), ("the boiler is cold", "42 C")]
    assert status.problems[1].time_ms == status.problems[0].time_ms - 1_000
    assert status.stats.problems == before + 2
    assert status.stats.problems_suppressed == 0
    await family.stop()


@in_virtual_time
async def test_a_problem_that_only_passes_by_is_none_of_this_node() -> None:
    """As with an event that another program posts."""
    family = Family()
    await family.start()
    before = status_of(family).stats.problems
    generate(family, problem("elsewhere", src="d1.other"))

    assert status_of(family).problems == ()
    assert status_of(family).stats.problems == before
    await family.stop()


@in_virtual_time
async def test_a_long_problem_of_an_actor_is_shown_in_part() -> None:
    family = Family()
    await family.start()
    generate(family, problem("s" * 100_000, details="d" * 100_000))
    (shown,) = status_of(family).problems

    assert len(shown.summary) <= DETAILS_MAX
    assert len(shown.details) <= DETAILS_MAX
    await family.stop()


@in_virtual_time
async def test_a_problem_that_the_store_has_no_room_for_is_shown_all_the_same() -> None:
    family = Family()
    await family.start()
    generate(family, problem("huge", details="d" * 10_000_000))

    assert [each.summary for each in status_of(family).problems] == ["huge"]
    await family.stop()
