"""What the core tells of itself, and how often. Hazards are those of link-states.md §4."""

from gwproactor.domain import facts as f
from gwproactor.domain.short_text import KEY_MAX
from tests.support.core_driver import (
    active,
    comm_events,
    driver,
    link_spec,
    problems,
    two_links,
)


def test_comm_events_are_ten_a_minute_and_the_rest_is_counted_in_the_next() -> None:
    node = driver()
    node.start()
    decisions = []
    for _ in range(10):
        decisions += node.connect()
        decisions += node.disconnect()
    assert len(comm_events(decisions)) == 10

    node.now_s += 60
    assert comm_events(node.connect())[0].suppressed == 10
    assert comm_events(node.disconnect())[0].suppressed == 0
    assert sum(node.link().stats.comm_events.values()) == 22


def test_comm_events_of_one_link_do_not_use_up_those_of_another() -> None:
    node = driver(link_spec("up"), link_spec("kid", broker="c"))
    node.start()
    for _ in range(10):
        node.connect("c")
        node.disconnect("c")

    assert len(comm_events(node.connect("b"))) == 1


def test_a_problem_found_outside_is_told_with_the_same_limit() -> None:
    node = active()
    found = f.ProblemFound("actor", "a", "boom", "actor a raised", "traceback", is_error=True)
    event = problems(node.feed(found))[0]

    assert (event.summary, event.details) == ("actor a raised", "traceback")
    assert event.problem_type.value == "error"
    assert problems(node.feed(found)) == []
    assert node.core.stats.problems == 2
    assert node.core.stats.problems_suppressed == 1


def test_an_unknown_type_is_told_once_for_each_type_and_link() -> None:
    node = two_links()
    kinds = [("up", "a"), ("up", "a"), ("up", "b"), ("kid", "a"), ("kid", "a")]
    told = [
        len(problems(node.feed(f.UnreadableArrived(link, "topic", "detail", type_name))))
        for link, type_name in kinds
    ]
    node.run(3600)

    assert told == [1, 0, 1, 1, 0]
    assert problems(node.feed(f.UnreadableArrived("up", "topic", "detail", "a"))) == []
    assert node.link("up").stats.unknown_types == 4


def test_what_cannot_be_decoded_is_told_at_once_and_then_every_ten_minutes_with_a_count() -> None:
    node = active()
    rubbish = f.UnreadableArrived("up", "topic", "detail")

    assert len(problems(node.feed(rubbish))) == 1
    assert problems(node.feed(rubbish, rubbish)) == []
    node.now_s += 600
    assert "(2 more" in problems(node.feed(rubbish))[0].summary
    assert node.link().stats.unreadable == 4


def test_a_stray_message_is_counted_and_told() -> None:
    node = active()
    decisions = node.feed(f.StrayArrived("b", "some/topic"))

    assert "some/topic" in problems(decisions)[0].details
    assert node.core.stats.stray_messages == 1


def test_unknown_types_do_not_fill_the_memory() -> None:
    """Hazard 25."""
    node = active()
    for number in range(2500):
        node.feed(f.UnreadableArrived("up", "topic", "detail", f"type.{number}"))

    assert len(node.link().unknown_types) <= 1000


def test_long_unknown_types_do_not_fill_the_memory() -> None:
    """Hazard 25: the name of a type may have the size of a message."""
    node = active()
    arrived = f.UnreadableArrived("up", "topic", "detail", "x" * 1_000_000)
    told = [len(problems(node.feed(fact))) for fact in (arrived, arrived)]

    assert told == [1, 0]
    assert sum(map(len, node.link().unknown_types)) <= KEY_MAX


def test_a_sink_that_is_busy_is_counted_and_no_problem() -> None:
    node = active()
    decisions = node.feed(f.EventNotKept("up", "full", busy=True))

    assert decisions == []
    assert node.link().stats.events_not_kept == 1
    assert node.link().stats.sink_busy == 1


def test_a_sink_that_fails_is_a_problem() -> None:
    node = active()
    decisions = node.feed(f.EventNotKept("up", "disk"))

    assert [problem.summary for problem in problems(decisions)] == ["up: event not stored"]
    assert node.link().stats.sink_busy == 0
