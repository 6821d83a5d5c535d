"""Which quarantined event is tried when."""

from itertools import pairwise

import pytest

from gwproactor.domain.decisions import ReadQuarantine
from gwproactor.domain.quarantine import BETWEEN_S, FIRST_S, PERIOD_S, TYPES_MAX, QuarantineTries
from gwproactor.domain.stored_event import Quarantined


def in_store(number: int, type_name: str) -> Quarantined:
    return Quarantined(number, type_name, "why", 0)


def test_an_event_is_tried_an_hour_after_it_was_put_there_and_hourly_then() -> None:
    tries = QuarantineTries()
    tries.added("a", 7, 100.0)
    assert tries.next(100.0 + PERIOD_S - 0.1) is None

    assert tries.next(100.0 + PERIOD_S) == ("a", 7)
    tries.tried("a", 5_000.0)
    assert tries.due_s == 5_000.0 + PERIOD_S


def test_one_of_each_type_is_tried_the_oldest() -> None:
    tries = QuarantineTries()
    for number, type_name in ((5, "a"), (3, "a"), (4, "b"), (9, "a")):
        tries.added(type_name, number, 0.0)
    assert tries.next(PERIOD_S) == ("a", 3)

    tries.tried("a", PERIOD_S)
    assert tries.next(PERIOD_S + BETWEEN_S) == ("b", 4)


def test_tries_of_many_types_leave_time_for_everything_else() -> None:
    tries = QuarantineTries()
    for number in range(100):
        tries.added(f"t{number}", number, 0.0)
    now_s, times_s = PERIOD_S, []
    while now_s < 3 * PERIOD_S:
        due = tries.next(now_s)
        if due is not None:
            times_s.append(now_s)
            tries.tried(due[0], now_s)
        now_s += 1.0

    gaps = [later - sooner for sooner, later in pairwise(times_s)]
    assert min(gaps) == BETWEEN_S
    assert len(times_s) == 2 * PERIOD_S / BETWEEN_S


def test_an_ack_ends_the_tries_of_its_type() -> None:
    tries = QuarantineTries()
    tries.added("a", 1, 0.0)
    tries.added("b", 2, 0.0)
    tries.released("a", 1.0)

    assert tries.next(PERIOD_S) == ("b", 2)
    tries.released("b", 2.0)
    assert tries.due_s is None


def test_what_the_store_has_from_before_is_tried_soon() -> None:
    tries = QuarantineTries()
    assert tries.ask(0.0) == ReadQuarantine()
    tries.read([in_store(3, "a"), in_store(4, ""), in_store(8, "a")], 1.0)

    assert tries.due_s == 1.0 + FIRST_S
    assert tries.next(1.0 + FIRST_S) == ("a", 3)
    assert list(tries.oldest) == ["a"]
    assert tries.read_s is None


def test_a_store_that_does_not_answer_is_asked_again_hourly() -> None:
    tries = QuarantineTries()
    tries.ask(10.0)

    assert tries.read_s == 10.0 + PERIOD_S


def test_if_the_oldest_is_gone_the_store_is_asked_for_the_next_one() -> None:
    tries = QuarantineTries()
    tries.added("a", 1, 0.0)
    tries.gone("a", 50.0)
    assert (tries.read_s, tries.due_s) == (50.0, None)

    tries.ask(50.0)
    tries.read([in_store(2, "a")], 50.0)
    assert tries.oldest["a"].number == 2


@pytest.mark.parametrize("number", [2, 9])
def test_what_was_put_there_while_the_store_answered_is_not_lost(number: int) -> None:
    tries = QuarantineTries()
    tries.ask(0.0)
    tries.added("a", number, 0.0)
    tries.added("b", 7, 0.0)
    tries.read([in_store(5, "a")], 0.0)

    assert {name: oldest.number for name, oldest in tries.oldest.items()} == {
        "a": min(number, 5),
        "b": 7,
    }


def test_the_memory_of_types_is_bounded_and_those_left_out_follow() -> None:
    tries = QuarantineTries()
    for number in range(TYPES_MAX + 5):
        tries.added(f"t{number}", number, 0.0)
    assert len(tries.oldest) == TYPES_MAX
    assert tries.read_s is None

    tries.released("t0", 60.0)
    assert tries.read_s == 60.0
