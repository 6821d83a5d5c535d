"""What the verdict finds, and what it lets pass."""

import attrs
import pytest

from tests.chaos.family import Happening
from tests.chaos.reports import (
    Durable,
    Generated,
    Numbered,
    Refused,
    Repeated,
    Report,
    Status,
    Troubled,
    read_report,
    say,
)
from tests.chaos.verdict import Arrival, Verdict, Witness, judge

CHILD = "house.child"


def witness_of(*reports: Report) -> Witness:
    witness = Witness()
    for report in reports:
        witness.hear(report)
    return witness


def told(count: int) -> list[Report]:
    """What a child says of the events `1` to *count*, each durable."""
    return [
        report
        for number in range(1, count + 1)
        for report in (
            Generated(str(number)),
            Numbered(str(number), "epoch", number),
            Durable(str(number)),
        )
    ]


def arrival(number: int, *, message_id: str = "", src: str = CHILD) -> Arrival:
    name = message_id or str(number)
    return Arrival(src, name, Happening.wire.type_name, "epoch", number)


def verdict_of(
    reports: list[Report], arrivals: list[Arrival], *, in_order: bool = False
) -> Verdict:
    return judge(witness_of(*reports), arrivals, child=CHILD, in_order=in_order)


def test_all_that_was_reported_durable_and_arrived_once_is_clean() -> None:
    verdict = verdict_of(told(2), [arrival(2), arrival(1)])

    assert verdict.is_clean
    assert (verdict.generated, verdict.durable, verdict.arrived) == (2, 2, 2)


def test_an_event_that_was_cut_off_before_it_was_reported_may_arrive_or_not() -> None:
    reports = [*told(1), Generated("2"), Numbered("2", "epoch", 2)]

    for arrivals in ([arrival(1)], [arrival(1), arrival(2)]):
        verdict = verdict_of(reports, arrivals)
        assert verdict.is_clean
        assert verdict.unsafe == 1


def test_a_durable_event_that_did_not_arrive_is_lost() -> None:
    verdict = verdict_of(told(2), [arrival(1)])

    assert verdict.lost == 1
    assert "2 (epoch/2)" in verdict.faults[0]


def test_an_event_that_the_child_raised_itself_is_missed_by_its_number() -> None:
    reports = [*told(1), Generated("3"), Numbered("3", "epoch", 3), Durable("3")]
    own = Arrival(CHILD, "own", "gridworks.event.startup", "epoch", 2)

    assert verdict_of(reports, [arrival(1), own, arrival(3)]).is_clean
    (fault,) = verdict_of(reports, [arrival(1), arrival(3)]).faults
    assert "epoch/2" in fault


def test_numbers_that_a_kill_skipped_are_not_missed() -> None:
    witness = witness_of(*told(1))
    witness.begin_life()
    for report in (Generated("7"), Numbered("7", "epoch", 7), Durable("7")):
        witness.hear(report)

    assert judge(witness, [arrival(1), arrival(7)], child=CHILD, in_order=True).is_clean


def test_an_event_of_another_node_does_not_stand_for_the_childs() -> None:
    assert verdict_of(told(1), [arrival(1, src="house")]).lost == 1


def test_an_event_that_is_there_twice_is_a_duplicate() -> None:
    verdict = verdict_of(told(1), [arrival(1), arrival(1)])

    assert verdict.duplicated == 1
    assert not verdict.is_clean


@pytest.mark.parametrize(
    ("arrived", "fault"),
    [
        (arrival(3), "never generated"),
        (arrival(3, message_id="2"), "another epoch and number"),
        (attrs.evolve(arrival(2), number=None), "another epoch and number"),
        (arrival(1, message_id="2"), "share an epoch and number"),
    ],
)
def test_an_event_that_is_not_what_the_child_made_is_found(arrived: Arrival, fault: str) -> None:
    verdict = verdict_of([*told(1), Generated("2"), Numbered("2", "epoch", 2)],
                         [arrival(1), arrived])  # fmt: skip

    assert any(fault in text for text in verdict.faults)


def test_a_refused_event_is_a_fault() -> None:
    assert not verdict_of([Generated("1"), Refused("1", "full")], []).is_clean


def test_an_event_that_was_handled_twice_is_a_fault() -> None:
    assert not verdict_of([*told(1), Repeated("1")], [arrival(1)]).is_clean


def test_the_order_of_arrival_counts_where_it_was_promised() -> None:
    arrivals = [arrival(1), arrival(3), arrival(2)]

    assert verdict_of(told(3), arrivals).is_clean
    (fault,) = verdict_of(told(3), arrivals, in_order=True).faults
    assert "number 2 after 3" in fault


def test_sources_have_an_order_each() -> None:
    others = [arrival(number, src="house") for number in (1, 2)]
    arrivals = [arrival(2), others[0], arrival(3), others[1]]

    assert verdict_of(told(1), [arrival(1), *arrivals[1::2]], in_order=True).is_clean


@pytest.mark.parametrize(
    "report",
    [
        Generated("id"),
        Numbered("id", "epoch", 7),
        Durable("id"),
        Refused("id", "the store is full"),
        Status(1.5, 2, 3, 4, finished=True),
        Status(1.5, 0, 0, 0, finished=False),
        Repeated("id"),
        Troubled("process_message"),
    ],
)
def test_a_report_is_read_as_it_was_said(report: Report, capfd: pytest.CaptureFixture[str]) -> None:
    say(report)

    assert read_report(capfd.readouterr().out) == report


def test_what_is_no_report_is_refused() -> None:
    with pytest.raises(ValueError, match="no report"):
        read_report("Traceback (most recent call last):\n")
