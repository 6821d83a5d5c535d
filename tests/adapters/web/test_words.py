"""Times and sizes as people read them."""

import pytest

from gwproactor.adapters.web.words import ago, clock, duration, hours, plural, size
from tests.support.statuses import NOW_MS

DAY_S = 86_400


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3.0, "0.0 s"),
        (0.04, "0.0 s"),
        (0.96, "1.0 s"),
        (1.0, "1 s"),
        (119.9, "119 s"),
        (120.0, "2 min"),
        (3599.0, "59 min"),
        (3600.0, "1 h 00 min"),
        (7_530.0, "2 h 05 min"),
        (DAY_S, "24 h"),
        (2 * DAY_S - 1, "47 h"),
        (2 * DAY_S, "2 days"),
        (400 * DAY_S, "400 days"),
    ],
)
def test_durations_are_as_exact_as_one_wants_to_know(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_a_time_is_told_in_words_and_exactly() -> None:
    assert ago(NOW_MS, NOW_MS - 12_400).html == (
        '<time datetime="2025-12-31T23:59:47Z" title="2025-12-31 23:59:47 UTC">12 s ago</time>'
    )


@pytest.mark.parametrize(
    ("passed_ms", "words"), [(999, "now"), (-900, "now"), (-90_000, "in 90 s")]
)
def test_a_clock_that_was_set_back_tells_no_negative_age(passed_ms: int, words: str) -> None:
    assert f">{words}<" in ago(NOW_MS, NOW_MS - passed_ms).html


@pytest.mark.parametrize("time_ms", [0, -(10**18), 10**18])
def test_no_setting_of_the_clock_breaks_the_page(time_ms: int) -> None:
    assert "UTC" in clock(time_ms).html


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1 kB"),
        (1_249, "1.2 kB"),
        (999_960, "1 MB"),
        (524_288_000, "524.3 MB"),
        (3 * 10**15, "3000 TB"),
    ],
)
def test_sizes_have_the_unit_that_fits(count: int, words: str) -> None:
    assert size(count) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0.0, "less than an hour"),
        (5.4, "about 5 h"),
        (47.6, "about 48 h"),
        (72.0, "about 3 days"),
        (9_000.0, "more than a year"),
    ],
)
def test_what_is_left_is_told_roughly(count: float, words: str) -> None:
    assert hours(count) == words


def test_one_is_not_many() -> None:
    assert (plural(1, "event"), plural(1_200, "event")) == ("1 event", "1,200 events")
