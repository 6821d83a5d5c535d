"""The problems that failing parts of a node are."""

from traceback import format_exception_only

from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.problems import Problems


def actor_problem(name: str, doing: str, error: BaseException) -> ProblemFound:
    """The problem that *error* in an actor is."""
    problems = Problems(errors=[error])
    what = "".join(format_exception_only(error)).strip()  # also if its str() raises
    return ProblemFound(
        kind="actor",
        subject=name,
        cause=f"{doing} {type(error).__name__}",
        summary=f"actor {name!r} failed in {doing}: {what}",
        details=problems.error_traceback_str(),
        is_error=True,
    )
