"""`Problems`, as the original library documents it."""

import pytest

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


def test_at_most_ten_of_each_are_kept_and_the_rest_is_counted() -> None:
    assert Problems.MAX_PROBLEMS == 10

    problems = Problems("work", warnings=warnings(11), errors=errors(12))

    assert [str(error) for error in problems.errors] == [f"error {n}" for n in range(10)]
    assert [str(warning) for warning in problems.warnings] == [f"warning {n}" for n in range(10)]
    assert str(problems) == "work, 10 errors, 10 warnings, 3 more left out"


def test_the_limit_may_be_another_or_none() -> None:
    assert len(Problems(errors=errors(3), max_problems=2).errors) == 2
    assert len(Problems(errors=errors(30), max_problems=None).errors) == 30


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


def test_the_text_has_each_traceback_errors_first() -> None:
    problems = Problems("work", warnings=warnings(1))
    try:
        raise RuntimeError("broken")
    except RuntimeError as error:
        problems.add_error(error)

    text = problems.error_traceback_str()

    assert text.startswith("work, 1 errors, 1 warnings\nerror 1 of 1:\nTraceback (most recent")
    assert 'raise RuntimeError("broken")' in text
    assert text.endswith("warning 1 of 1:\nUserWarning: warning 0")


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
        details=problems.error_traceback_str(),
    )


def test_without_a_summary_the_event_has_the_counts() -> None:
    assert Problems(errors=errors(2)).problem_event("").summary == "2 errors, 0 warnings"
