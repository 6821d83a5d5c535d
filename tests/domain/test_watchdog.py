"""Deadlines of pats: who is late, from when on, and who is excused."""

import math

import pytest

from gwproactor.domain.watchdog import HELD_UP_S_MIN, PatAnswer, PatDeadlines


def deadlines(**timeouts_s: float) -> PatDeadlines:
    """Watched from second 0 on."""
    book = PatDeadlines()
    for name, timeout_s in timeouts_s.items():
        book.watch(name, timeout_s, 0.0)
    return book


def late(book: PatDeadlines, now_s: float) -> list[str]:
    return [one.name for one in book.find_late(now_s)]


def test_nobody_is_waited_for_at_first() -> None:
    assert PatDeadlines().wake_s is None
    assert not PatDeadlines().is_overdue(1e9)
    assert late(PatDeadlines(), 1e9) == []


def test_the_earliest_deadline_is_waited_for() -> None:
    assert deadlines(slow=30.0, quick=10.0).wake_s == 10.0


def test_who_does_not_pat_is_late_when_its_time_is_over_and_not_before() -> None:
    book = deadlines(a=10.0)
    assert not book.is_overdue(9.999)
    assert late(book, 9.999) == []
    assert book.is_overdue(10.0)
    assert late(book, 10.0) == ["a"]


def test_a_pat_gives_the_whole_time_again() -> None:
    book = deadlines(a=10.0)
    assert book.pat("a", 9.0) is PatAnswer.TAKEN
    assert book.wake_s == 19.0
    assert late(book, 18.9) == []
    assert [one.patted_s for one in book.watched] == [9.0]


def test_one_who_pats_does_not_help_another() -> None:
    book = deadlines(a=10.0, b=10.0)
    book.pat("a", 9.0)
    assert late(book, 10.0) == ["b"]


def test_a_late_one_is_found_once_and_waited_for_no_more() -> None:
    book = deadlines(a=10.0)
    late(book, 10.0)
    assert late(book, 11.0) == []
    assert book.wake_s is None
    assert not book.is_overdue(11.0)


def test_a_late_one_that_pats_again_is_late_no_more_and_can_be_late_again() -> None:
    book = deadlines(a=10.0)
    late(book, 10.0)
    assert book.pat("a", 12.0) is PatAnswer.LATE_NO_MORE
    assert book.pat("a", 13.0) is PatAnswer.TAKEN
    assert late(book, 23.0) == ["a"]


def test_a_pat_of_a_name_that_is_not_watched_changes_nothing() -> None:
    book = deadlines(a=10.0)
    assert book.pat("stranger", 5.0) is PatAnswer.UNKNOWN
    assert book.wake_s == 10.0
    assert [one.name for one in book.watched] == ["a"]


def test_who_is_forgotten_is_not_late() -> None:
    book = deadlines(a=10.0)
    book.forget("a")
    book.forget("a")
    assert late(book, 11.0) == []
    assert book.pat("a", 11.0) is PatAnswer.UNKNOWN


def test_a_name_is_watched_once() -> None:
    book = deadlines(a=10.0)
    with pytest.raises(ValueError, match="'a' is monitored already"):
        book.watch("a", 20.0, 0.0)
    assert book.wake_s == 10.0


@pytest.mark.parametrize("timeout_s", [0.0, -1.0, math.inf, math.nan])
def test_a_timeout_is_a_positive_number(timeout_s: float) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        deadlines(a=timeout_s)


def test_a_check_that_comes_late_gives_everybody_the_lost_time_again() -> None:
    book = deadlines(a=20.0, b=22.0, c=60.0)
    book.woken(20.0, 25.0)  # For 5 s nobody could pat.
    assert [one.deadline_s for one in book.watched] == [30.0, 30.0, 60.0]


def test_after_a_long_hold_up_the_timeout_is_all_that_is_given() -> None:
    book = deadlines(a=20.0)
    book.woken(20.0, 3_000.0)
    assert book.wake_s == 3_020.0


def test_the_usual_delay_of_a_timer_excuses_nobody() -> None:
    book = deadlines(a=20.0)
    book.woken(20.0, 20.0 + 0.99 * HELD_UP_S_MIN)
    assert late(book, 20.1) == ["a"]


def test_nobody_is_excused_twice_between_two_pats() -> None:
    """A loop that is always behind must not hide for ever what hangs."""
    book = deadlines(a=20.0)
    book.woken(20.0, 21.0)
    book.woken(22.0, 23.0)
    assert late(book, 22.0) == ["a"]


def test_a_pat_makes_it_possible_to_be_excused_again() -> None:
    book = deadlines(a=20.0)
    book.woken(20.0, 21.0)
    book.pat("a", 21.5)
    book.woken(41.5, 44.5)
    assert book.wake_s == 47.5


def test_what_is_started_anew_has_its_whole_time_from_then_on() -> None:
    book = deadlines(a=20.0)
    late(book, 20.0)
    book.begin_again("a", 50.0)
    assert late(book, 69.9) == []
    assert late(book, 70.0) == ["a"]
