"""Events of unknown types, and the times that known ones may have."""

from datetime import UTC, datetime

import pytest

from gwproactor.domain.events import (
    AnyEvent,
    NotAnEvent,
    ProblemEvent,
    ProblemType,
    StartupEvent,
    event_type,
    is_plausible_time_ms,
)
from gwproactor.domain.message import Json, JsonObject
from gwproactor.domain.outcome import Failure, Success

UNKNOWN: JsonObject = {
    "MessageId": "id",
    "TimeCreatedMs": 1_795_403_806_058,
    "Src": "s",
    "TypeName": "gridworks.event.zzz",
    "More": [1, {"a": None}],
}


def utc_ms(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000)


def test_an_event_class_asks_for_acks_and_has_its_name() -> None:
    assert StartupEvent().type_name == "gridworks.event.startup"
    assert event_type("gridworks.event.mine", version="003").ack_required is True


@pytest.mark.parametrize(
    ("time_ms", "is_plausible"),
    [
        (0, False),
        (utc_ms(2000) - 1, False),
        (utc_ms(2000), True),
        (utc_ms(2026), True),
        (utc_ms(3000) - 1, True),
        (utc_ms(3000), False),
        (utc_ms(2026) * 1000, False),  # microseconds
    ],
)
def test_a_plausible_time_lies_between_the_years_2000_and_3000(
    time_ms: int, is_plausible: bool
) -> None:
    assert is_plausible_time_ms(time_ms) is is_plausible


def test_an_unknown_event_keeps_its_json_whole() -> None:
    expected = AnyEvent(
        message_id="id",
        time_created_ms=1_795_403_806_058,
        src="s",
        event_type_name="gridworks.event.zzz",
        json=UNKNOWN,
    )

    assert AnyEvent.from_json(UNKNOWN) == Success(expected)
    assert expected.type_name == "gridworks.event.zzz"
    assert expected.filled_json is UNKNOWN


@pytest.mark.parametrize(
    ("time", "expected"), [(5, 5), (-1, -1), (10**30, 10**30), ("x", 0), (1.5, 0), (True, 0)]
)
def test_its_time_is_any_integer_or_0(time: Json, expected: int) -> None:
    match AnyEvent.from_json({**UNKNOWN, "TimeCreatedMs": time}):
        case Success(event):
            assert event.time_created_ms == expected
            assert event.filled_json["TimeCreatedMs"] == time
        case Failure(problem):
            pytest.fail(str(problem))


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"MessageId": None}, ("MessageId",)),
        ({"MessageId": 5, "Src": None}, ("MessageId", "Src")),
        ({"TypeName": []}, ("TypeName",)),
    ],
)
def test_without_id_source_or_type_it_is_no_event(
    change: JsonObject, missing: tuple[str, ...]
) -> None:
    assert AnyEvent.from_json({**UNKNOWN, **change}) == Failure(NotAnEvent(missing))
    assert missing[0] in str(NotAnEvent(missing))


def test_what_its_json_leaves_blank_is_filled_from_its_fields() -> None:
    event = AnyEvent(
        message_id="id",
        time_created_ms=7,
        src="own",
        event_type_name="gridworks.event.zzz",
        json={"Src": "", "A": 1, "MessageId": "first"},
    )

    assert event.filled_json == {
        "Src": "own",
        "A": 1,
        "MessageId": "first",
        "TimeCreatedMs": 7,
        "TypeName": "gridworks.event.zzz",
    }


def test_an_unknown_problem_type_is_no_problem_type_in_python() -> None:
    with pytest.raises(ValueError, match="worse"):
        ProblemType("worse")
    assert ProblemEvent.wire.unknown_reads_as == {"problem_type": ProblemType.ERROR}
