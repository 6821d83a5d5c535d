"""The problem that an exception is, wherever in a node it was raised."""

from traceback import format_exception, format_exception_only

from gwproactor.domain.facts import ProblemFound


def raised_text(error: BaseException) -> str:
    """Class and text of *error*, also if its `str()` raises."""
    return "".join(format_exception_only(error)).strip()


def raised_problem(
    kind: str, subject: str, doing: str, summary: str, error: BaseException
) -> ProblemFound:
    """*error* was raised in *doing*, which may be empty; its text follows *summary*."""
    return ProblemFound(
        kind=kind,
        subject=subject,
        cause=f"{doing} {type(error).__name__}".strip(),
        summary=f"{summary}: {raised_text(error)}",
        details="".join(format_exception(error)).rstrip(),
        is_error=True,
    )
