"""Texts cut to a length."""

from hypothesis import given
from hypothesis import strategies as st

from gwproactor.domain.short_text import REMARK_MAX, short_remark, shortened


def test_a_text_that_fits_is_left_as_it_is() -> None:
    assert shortened("x" * 60, 60) == "x" * 60


def test_a_longer_text_keeps_both_ends_and_says_how_much_is_missing() -> None:
    short = shortened("a" * 1_000 + "b" * 1_000, 137)

    assert short == "a" * 50 + " [... 1,900 characters left out ...] " + "b" * 50


@given(st.text("ab\n", min_size=61, max_size=500), st.integers(60, 300))
def test_no_text_is_longer_than_asked_and_none_is_lost_unsaid(text: str, most: int) -> None:
    short = shortened(text, most)

    assert len(short) <= most
    if len(text) > most:
        head, left_out, tail = short.partition(" [... ")[0], short, short.rpartition(" ...] ")[2]
        assert f"{len(text) - len(head) - len(tail):,} characters" in left_out


def test_a_remark_of_another_machine_can_do_nothing_to_a_terminal() -> None:
    assert short_remark("\x1b[2J\x07 é\r\n\udc80") == r"\x1b[2J\x07 é\r\n\udc80"


def test_a_remark_is_short_however_it_is_written() -> None:
    assert len(short_remark(1_000_000 * "\U000e0001")) <= REMARK_MAX
