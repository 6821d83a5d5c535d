"""The problem that an exception is."""

from gwproactor.domain.raised import raised_problem, raised_text


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise LookupError("no text")


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


def test_what_was_raised_follows_the_summary_and_its_traceback_is_in_the_details() -> None:
    error = raised(ValueError("no such meter"))
    problem = raised_problem("actor", "meter", "run", "actor 'meter' failed in run", error)

    assert (problem.kind, problem.subject, problem.cause) == ("actor", "meter", "run ValueError")
    assert problem.summary == "actor 'meter' failed in run: ValueError: no such meter"
    assert "in raised" in problem.details
    assert problem.is_error


def test_without_a_doing_the_class_is_the_cause() -> None:
    assert raised_problem("io loop", "meter", "", "failed", KeyError("x")).cause == "KeyError"


def test_an_exception_whose_text_raises_is_told_too() -> None:
    assert "UnprintableError" in raised_text(UnprintableError())
