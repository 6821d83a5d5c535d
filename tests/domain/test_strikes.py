"""What is held against one event, from one connection to the next."""

import pytest

from gwproactor.domain.strikes import DOUBT_S, Record, Strikes


def strikes(strikes_max: int = 3, records_max: int = 100) -> Strikes:
    return Strikes(strikes_max, records_max)


def test_an_unanswered_try_is_a_strike_only_if_it_can_be_compared() -> None:
    known = strikes()
    known.unanswered(1, 0.0, compared=False)
    record = known.unanswered(1, 0.0, compared=True)

    assert record == Record(tries=2, uncompared=1, points=3)


def test_the_last_strike_is_one_too_many() -> None:
    known = strikes(strikes_max=2)

    assert not known.is_out(known.unanswered(1, 0.0, compared=True))
    assert known.is_out(known.unanswered(1, 0.0, compared=True))


def test_who_was_waited_for_at_the_end_of_two_connections_in_a_row_is_a_suspect() -> None:
    known = strikes()
    known.cut(1, alone=False)
    assert not known.suspects(1)

    known.cut(1, alone=False)
    assert known.suspects(1)
    assert not known.suspects(2)


def test_a_try_that_ran_until_its_deadline_ends_the_row() -> None:
    known = strikes()
    known.cut(1, alone=False)
    known.unanswered(1, 0.0, compared=False)
    known.cut(1, alone=False)

    assert not known.suspects(1)


def test_only_a_connection_that_ends_with_one_alone_is_a_strike() -> None:
    known = strikes()

    assert known.cut(1, alone=False).strikes == 0
    assert known.cut(1, alone=True).strikes == 1


@pytest.mark.parametrize(("tried", "points"), [(True, 1), (False, 3)])
def test_where_a_further_try_was_acked_a_compared_one_is_a_third_of_a_strike(
    tried: bool, points: int
) -> None:
    known = strikes()
    known.cut(2, alone=False)
    if tried:
        known.unanswered(2, 0.0, compared=False)
    known.acked([2], 100.0)

    assert known.unanswered(1, 100.0 + DOUBT_S, compared=True).points == points


def test_a_while_later_it_is_a_whole_one_again() -> None:
    known = strikes()
    known.unanswered(2, 0.0, compared=True)
    known.acked([2], 100.0)

    assert known.unanswered(1, 100.1 + DOUBT_S, compared=True).strikes == 1


def test_nine_thirds_are_out() -> None:
    known = strikes()
    known.unanswered(2, 0.0, compared=True)
    known.acked([2], 0.0)
    outs = [known.is_out(known.unanswered(1, 0.0, compared=True)) for _ in range(9)]

    assert outs == [False] * 8 + [True]


def test_three_tries_with_nothing_to_compare_want_a_comparison() -> None:
    known = strikes()
    wanted = [known.unanswered(1, 0.0, compared=False).lacks_comparison for _ in range(3)]

    assert wanted == [False, False, True]


def test_of_too_many_records_that_not_touched_for_longest_is_forgotten() -> None:
    known = strikes(records_max=2)
    for number in (1, 2, 1, 3):
        known.unanswered(number, 0.0, compared=True)

    assert {number: record.strikes for number, record in known.records.items()} == {1: 2, 3: 1}


def test_what_was_acked_begins_anew() -> None:
    known = strikes()
    known.unanswered(1, 0.0, compared=True)
    known.forget([1, 2])

    assert known.unanswered(1, 0.0, compared=True).strikes == 1


def test_the_reason_says_what_happened() -> None:
    known = strikes()
    for compared in (False, True):
        known.unanswered(1, 0.0, compared=compared)
    for _ in range(2):
        known.cut(1, alone=True)

    assert str(known.records[1]) == (
        "unanswered tries: 2, 1 of them while the peer acknowledged later events; "
        "connections in a row that ended while its ack was due: 2"
    )
