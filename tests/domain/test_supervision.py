"""When a failing part is restarted, how soon, and when the node is stopped instead."""

from collections.abc import Callable

import pytest

from gwproactor.domain.supervision import FailureHistory, FailurePolicy, Verdict

REPORT, RESTART, STOP_NODE = FailurePolicy.REPORT, FailurePolicy.RESTART, FailurePolicy.STOP_NODE


def ended(history: FailureHistory, now_s: float, policy: FailurePolicy = RESTART) -> Verdict:
    verdict = history.failed("it broke", policy, now_s, can_restart=True)
    if verdict is Verdict.RESTART:
        history.restart_pause_s(0.5)
    return verdict


def raised(history: FailureHistory, now_s: float, policy: FailurePolicy = RESTART) -> Verdict:
    return history.failed_in_a_call("it broke", policy, now_s)


def test_the_policies_are_named_as_in_the_documentation() -> None:
    assert [policy.value for policy in FailurePolicy] == ["report", "restart", "stop-node"]


def test_what_is_only_to_be_reported_never_does_more() -> None:
    history = FailureHistory()
    assert {ended(history, 0.0, REPORT) for _ in range(50)} == {Verdict.GO_ON}
    assert {raised(history, 0.0, REPORT) for _ in range(50)} == {Verdict.GO_ON}
    assert (history.failures, history.restarts, history.last_failure) == (100, 0, "it broke")


def test_what_is_to_stop_the_node_does_so_at_its_first_failure() -> None:
    assert ended(FailureHistory(), 0.0, STOP_NODE) is Verdict.STOP_NODE
    assert raised(FailureHistory(), 0.0, STOP_NODE) is Verdict.STOP_NODE


def test_what_cannot_be_restarted_stops_the_node() -> None:
    history = FailureHistory()
    assert history.failed("gone", RESTART, 0.0, can_restart=False) is Verdict.STOP_NODE
    assert history.failed("gone", REPORT, 0.0, can_restart=False) is Verdict.GO_ON


@pytest.mark.parametrize("fail", [ended, raised])
def test_the_fifth_failure_within_a_minute_stops_the_node(
    fail: Callable[[FailureHistory, float], Verdict],
) -> None:
    history = FailureHistory()
    first = Verdict.RESTART if fail is ended else Verdict.GO_ON
    assert [fail(history, now_s) for now_s in (0.0, 15.0, 30.0, 45.0)] == [first] * 4
    assert fail(history, 60.0) is Verdict.STOP_NODE


@pytest.mark.parametrize("fail", [ended, raised])
def test_five_failures_in_more_than_a_minute_do_not(
    fail: Callable[[FailureHistory, float], Verdict],
) -> None:
    history = FailureHistory()
    first = Verdict.RESTART if fail is ended else Verdict.GO_ON
    assert [fail(history, now_s) for now_s in (0.0, 15.0, 30.0, 45.0, 60.1)] == [first] * 5


def test_exceptions_in_calls_and_ends_count_together() -> None:
    history = FailureHistory()
    for now_s in (0.0, 1.0):
        raised(history, now_s)
        ended(history, now_s)
    assert raised(history, 2.0) is Verdict.STOP_NODE


def test_ten_restarts_without_ten_good_minutes_are_enough() -> None:
    history = FailureHistory()
    times_s = [100.0 * count for count in range(11)]
    assert [ended(history, now_s) for now_s in times_s[:10]] == [Verdict.RESTART] * 10
    assert ended(history, times_s[10]) is Verdict.STOP_NODE


def test_rare_exceptions_in_calls_never_stop_the_node() -> None:
    history = FailureHistory()
    assert {raised(history, 20.0 * count) for count in range(100)} == {Verdict.GO_ON}


def test_ten_good_minutes_make_the_past_forgotten() -> None:
    history = FailureHistory()
    now_s = 0.0
    for _ in range(9):
        ended(history, now_s)
        now_s += 100.0
    now_s += 501.0
    assert [ended(history, now_s + 100.0 * count) for count in range(10)] == [Verdict.RESTART] * 10


def test_pauses_double_up_to_half_a_minute_and_are_jittered_downwards() -> None:
    history = FailureHistory()
    assert [history.restart_pause_s(1.0) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert history.restart_pause_s(0.0) == 15.0
    assert history.restarts == 9


def test_the_first_pause_after_good_minutes_is_short_again() -> None:
    history = FailureHistory()
    for now_s in (0.0, 100.0, 200.0):
        ended(history, now_s)
    history.failed("again", RESTART, 801.0, can_restart=True)
    assert history.restart_pause_s(1.0) == 0.5
