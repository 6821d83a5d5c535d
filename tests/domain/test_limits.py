"""Often enough to be seen, never a flood."""

from gwproactor.domain.limits import (
    CAUSES_MAX,
    COMM_EVENTS_MAX,
    PROBLEM_PERIOD_S,
    CommEventLimit,
    ProblemLimit,
)


def test_ten_comm_events_a_minute_pass() -> None:
    limit = CommEventLimit()

    assert [limit.admit(float(second)) for second in range(12)] == [0] * 10 + [None] * 2


def test_the_next_comm_event_that_passes_counts_those_left_out() -> None:
    limit = CommEventLimit()
    for _ in range(COMM_EVENTS_MAX + 3):
        limit.admit(0.0)

    assert limit.admit(59.9) is None
    assert limit.admit(60.0) == 4
    assert limit.admit(60.0) == 0


def test_any_sixty_seconds_see_at_most_ten_comm_events() -> None:
    limit = CommEventLimit()
    passed = [second for second in range(0, 600, 3) if limit.admit(float(second)) is not None]

    for start in range(540):
        assert sum(start <= second < start + 60 for second in passed) <= COMM_EVENTS_MAX


def test_a_problem_passes_at_once() -> None:
    assert ProblemLimit().admit(("link", "up", "tcp"), 0.0) == 0


def test_the_same_problem_passes_once_in_ten_minutes_with_a_count() -> None:
    limit, key = ProblemLimit(), ("link", "up", "tcp")
    limit.admit(key, 0.0)

    assert limit.admit(key, 1.0) is None
    assert limit.admit(key, PROBLEM_PERIOD_S - 0.1) is None
    assert limit.admit(key, PROBLEM_PERIOD_S) == 2
    assert limit.admit(key, PROBLEM_PERIOD_S) is None
    assert limit.admit(key, 2 * PROBLEM_PERIOD_S) == 1


def test_kind_subject_and_cause_make_a_problem_another_one() -> None:
    limit = ProblemLimit()
    keys = [("a", "b", "c"), ("x", "b", "c"), ("a", "x", "c"), ("a", "b", "x")]

    assert [limit.admit(key, 0.0) for key in keys] == [0, 0, 0, 0]


def test_the_memory_of_problems_is_bounded_and_loses_the_one_not_seen_for_longest() -> None:
    limit = ProblemLimit()
    for number in range(CAUSES_MAX):
        limit.admit(("k", "s", str(number)), 0.0)
    limit.admit(("k", "s", "0"), 1.0)
    limit.admit(("k", "s", "one more"), 2.0)

    assert len(limit.causes) == CAUSES_MAX
    assert limit.admit(("k", "s", "0"), 3.0) is None
    assert limit.admit(("k", "s", "1"), 3.0) == 0
