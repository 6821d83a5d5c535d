"""Full jitter: uniform in [0, min(60, 2^n))."""

from hypothesis import given
from hypothesis import strategies as st

from gwproactor.domain.reconnect import Reconnect


def test_the_limit_doubles_up_to_a_minute() -> None:
    reconnect = Reconnect()

    assert [reconnect.delay_s(0.5) * 2 for _ in range(9)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_the_fraction_spreads_the_delay_from_nothing_to_the_limit() -> None:
    assert Reconnect(3).delay_s(0.0) == 0.0
    assert Reconnect(3).delay_s(0.25) == 2.0
    assert 7.99 < Reconnect(3).delay_s(0.9999) < 8.0


@given(st.integers(0, 100_000), st.floats(0, 1, exclude_max=True))
def test_no_delay_is_over_a_minute(failures: int, fraction: float) -> None:
    """Hazard 15: the original waited for up to 17 minutes."""
    assert 0 <= Reconnect(failures).delay_s(fraction) <= 60


def test_a_good_connection_starts_the_delays_anew() -> None:
    reconnect = Reconnect(8)
    reconnect.connection_ended(60.0)

    assert reconnect.delay_s(0.5) == 0.5


def test_a_short_connection_does_not() -> None:
    reconnect = Reconnect(3)
    reconnect.connection_ended(59.9)

    assert reconnect.delay_s(0.5) == 4.0
