"""Estimates for an operator, from figures that are written out here."""

import pytest

from gwproactor.app.events import sizing

DAY_MS = 86_400_000
NOW_MS = 1_800_000_000_000


def meter(*seen: tuple[int, int], numbers_count: bool = True) -> sizing.Rate | None:
    """*seen*: numbers, and minutes before now."""
    counted = sizing.RateMeter(NOW_MS, numbers_count)
    for number, minutes in seen:
        counted.see(number, NOW_MS - minutes * 60_000)
    return counted.rate()


def per_day(rate: sizing.Rate | None) -> float:
    assert rate is not None
    return rate.events_per_day


def test_numbers_count_events_that_are_gone() -> None:
    assert per_day(meter((1, 60), (31, 30), (61, 0))) == pytest.approx(60 * 24)


def test_without_such_numbers_what_is_stored_is_counted() -> None:
    seen = [(i * 1_000_000, 60 - i) for i in range(61)]
    assert per_day(meter(*seen, numbers_count=False)) == pytest.approx(60 * 24)


def test_numbers_that_a_crash_skipped_count_nothing() -> None:
    assert per_day(meter((1, 120), (31, 90), (15_000, 90), (15_030, 60))) == pytest.approx(60 * 24)


def test_late_events_and_clocks_that_step_change_little() -> None:
    late = [(i, 5_000 if i % 2 else 60 - i) for i in range(61)]
    assert per_day(meter(*late)) == pytest.approx(60 * 24, rel=0.05)
    ahead = [(i, 60 - i if i != 30 else -9_000_000) for i in range(61)]
    assert per_day(meter(*ahead)) == pytest.approx(60 * 24, rel=0.05)


@pytest.mark.parametrize(
    "seen",
    [
        [],
        [(1, 60)],
        [(1, 60), (10, 0)],  # nine events
        [(1, 9), (5_000, 0)],  # nine minutes
        [(1, 60), (20_000, 0)],  # a crash
    ],
)
def test_too_few_events_or_too_short_a_time_tell_nothing(seen: list[tuple[int, int]]) -> None:
    assert meter(*seen) is None


def test_events_without_a_time_are_passed_over() -> None:
    counted = sizing.RateMeter(NOW_MS, numbers_count=True)
    for number, created_ms in ((1, NOW_MS - DAY_MS), (2, None), (101, NOW_MS)):
        counted.see(number, created_ms)
    assert per_day(counted.rate()) == 100


def test_a_stores_life_gives_an_upper_bound() -> None:
    rate = sizing.life_rate(1_000, NOW_MS, NOW_MS - 10 * DAY_MS)
    assert rate is not None
    assert (rate.events_per_day, rate.is_upper_bound) == (100, True)
    assert sizing.life_rate(5, NOW_MS, NOW_MS - DAY_MS) is None
    assert sizing.life_rate(5_000, NOW_MS, NOW_MS - 1_000) is None
    assert sizing.life_rate(5_000, NOW_MS, NOW_MS + DAY_MS) is None


def test_hours_of_outage() -> None:
    assert sizing.hours_held(1_000_000, 500, 1_000) == 48


def test_one_event_a_second_and_no_linger_is_a_commit_each() -> None:
    """The arithmetic of the measurements: 0.72 GB a day."""
    wear = sizing.sqlite_wear(86_400, 500, 0)
    assert (wear.linger_ms, wear.syncs_per_day) == (0, 86_400)
    assert wear.bytes_per_day == pytest.approx(0.72e9, rel=0.01)


def test_a_linger_shares_commits_between_the_measured_sizes() -> None:
    twenty = sizing.sqlite_wear(86_400, 500, 19_000)
    assert twenty.syncs_per_day == pytest.approx(86_400 / 20)
    assert twenty.bytes_per_day == pytest.approx(0.23e9, rel=0.01)
    costs = [sizing.sqlite_wear(86_400, 500, ms).bytes_per_day for ms in (0, 1_000, 9_000, 60_000)]
    assert costs == sorted(costs, reverse=True)


def test_more_than_was_measured_is_not_made_up() -> None:
    most, more = (sizing.sqlite_wear(864_000_000, 500, ms) for ms in (1_000, 60_000))
    assert most.bytes_per_day == more.bytes_per_day == 864_000_000 * 1761
    assert most.syncs_per_day == more.syncs_per_day == 864_000


def test_larger_events_are_written_twice() -> None:
    small, large = (sizing.sqlite_wear(1_000, size, 0).bytes_per_day for size in (500, 1_500))
    assert large - small == pytest.approx(1_000 * 1_000 * 2)


def test_files_take_whole_blocks_and_two_syncs() -> None:
    assert sizing.files_wear(100, 500) == sizing.Wear(0, 200, 409_600)
    assert sizing.files_wear(100, 5_000).bytes_per_day == 819_200
