"""`Problems`, as the original library documents it."""

from collections.abc import Callable

import pytest
from typing_extensions import override

from gwproactor.domain.events import ProblemEvent, ProblemType
from gwproactor.domain.problems import Problems


def errors(count: int) -> list[BaseException]:
    return [ValueError(f"error {number}") for number in range(count)]


def warnings(count: int) -> list[BaseException]:
    return [UserWarning(f"warning {number}") for number in range(count)]


def test_none_are_no_problems() -> None:
    assert not Problems()
    assert (Problems().errors, Problems().warnings) == ([], [])


@pytest.mark.parametrize("problems", [Problems(errors=errors(1)), Problems(warnings=warnings(1))])
def test_an_error_or_a_warning_is_a_problem(problems: Problems) -> None:
    assert problems


def test_at_most_ten_of_each_are_added_and_the_rest_is_counted() -> None:
    problems = Problems()
    for error in errors(12):
        problems.add_error(error)
    for warning in warnings(11):
        problems.add_warning(warning)

    assert (len(problems.errors), len(problems.warnings), problems.left_out) == (10, 10, 3)
    assert str(problems).endswith("   9: <UserWarning>  <warning 9>\n3 more left out\n")


def test_all_that_it_is_made_with_are_kept() -> None:
    problems = Problems("work", warnings=warnings(11), errors=errors(12))

    assert (len(problems), len(problems.errors), len(problems.warnings)) == (23, 12, 11)


def test_the_limit_may_be_another_or_none() -> None:
    assert len(Problems(max_problems=2).add_problems(Problems(errors=errors(3)))) == 2
    assert len(Problems(max_problems=None).add_problems(Problems(errors=errors(30)))) == 30


def test_adding_gives_the_same_object() -> None:
    problems = Problems()
    error, warning = KeyError("k"), UserWarning("w")

    assert problems.add_error(error).add_warning(warning) is problems
    assert (problems.errors, problems.warnings) == ([error], [warning])


def test_adding_problems_takes_them_over_as_far_as_there_is_room() -> None:
    problems = Problems(errors=errors(9)).add_problems(
        Problems(errors=errors(11), warnings=warnings(1))
    )

    assert (len(problems.errors), len(problems.warnings)) == (10, 1)
    assert problems.left_out == 10  # nine here, one there before


def test_problems_are_raised_like_an_exception() -> None:
    with pytest.raises(ValueError, match="1 errors, 0 warnings"):
        raise Problems(errors=errors(1))


@pytest.mark.parametrize("tell", [str, repr])
def test_the_text_lists_them(tell: Callable[[object], str]) -> None:
    assert tell(Problems("work", warnings=warnings(1), errors=errors(2))) == (
        "Problems: 2 errors, 1 warnings, max: 10\n"
        "Errors:\n"
        "   0: <ValueError>  <error 0>\n"
        "   1: <ValueError>  <error 1>\n"
        "\n"
        "Warnings:\n"
        "   0: <UserWarning>  <warning 0>\n"
    )
    assert tell(Problems("work")) == ""


def test_one_that_cannot_be_told_does_not_hide_the_others() -> None:
    class MuteError(Exception):
        @override
        def __str__(self) -> str:
            raise RuntimeError("no words")

    text = Problems(errors=[MuteError(), *errors(1)]).details()

    assert "<MuteError>  <its text cannot be made>" in text
    assert "ValueError: error 0" in text


def test_each_error_has_its_traceback() -> None:
    problems = Problems("work", warnings=warnings(1), errors=errors(1))
    try:
        raise RuntimeError("broken")
    except RuntimeError as error:
        problems.add_error(error)

    text = problems.error_traceback_str()

    assert text.startswith(
        "Traceback for error 1 / 2:\n  ValueError: error 0\nTraceback for error 2"
    )
    assert '    raise RuntimeError("broken")' in text
    assert text.endswith("  RuntimeError: broken\n")
    assert problems.details() == f"{problems}\n{text}"


@pytest.mark.parametrize(
    ("problems", "expected"),
    [
        (Problems(errors=errors(1), warnings=warnings(1)), ProblemType.ERROR),
        (Problems(warnings=warnings(1)), ProblemType.WARNING),
    ],
)
def test_their_event_is_an_error_if_there_is_one(problems: Problems, expected: ProblemType) -> None:
    assert problems.problem_event("summary", src="s") == ProblemEvent(
        src="s",
        problem_type=expected,
        summary="summary",
        details=problems.details(),
    )


def test_their_event_is_never_large() -> None:
    huge = "x" * 1_000_000
    event = Problems(errors=[ValueError(huge)]).problem_event(huge)

    assert len(event.summary) <= 500 < len(event.details) <= 10_000
