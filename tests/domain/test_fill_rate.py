"""How fast the store fills: the last hour, or less after a start."""

import pytest

from gwproactor.domain.fill_rate import FillRate

HOUR_S = 3600.0


def filled(seconds: int, *, size: int, every_s: int = 1) -> FillRate:
    rate = FillRate()
    for now_s in range(0, seconds, every_s):
        rate.add(size, float(now_s))
    return rate


def test_nothing_stored_fills_nothing() -> None:
    assert FillRate().bytes_per_s(0.0, HOUR_S) == 0.0


def test_a_steady_flow_has_its_rate_soon_after_the_start() -> None:
    assert filled(120, size=50).bytes_per_s(0.0, 120.0) == pytest.approx(50.0)


def test_the_first_event_is_not_taken_for_a_flood() -> None:
    assert filled(1, size=1000).bytes_per_s(0.0, 0.001) == pytest.approx(100.0)


def test_what_is_older_than_an_hour_does_not_count() -> None:
    rate = filled(600, size=1_000_000)
    for now_s in range(5000, 10_000):
        rate.add(10, float(now_s))

    assert rate.bytes_per_s(0.0, 10_000.0) == pytest.approx(10.0, rel=0.03)


def test_a_flow_that_has_ended_is_forgotten_after_an_hour() -> None:
    rate = filled(600, size=1000)

    assert rate.bytes_per_s(0.0, 600.0 + HOUR_S) == 0.0


def test_a_year_of_events_takes_no_more_memory_than_an_hour_of_them() -> None:
    rate = filled(int(24 * HOUR_S), size=1, every_s=30)

    assert len(rate._minutes) == len(rate._bytes) == 60
