"""The problems that failing parts of a node are."""

from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.raised import raised_problem


def actor_problem(name: str, doing: str, error: BaseException) -> ProblemFound:
    """The problem that *error* in an actor is."""
    return raised_problem("actor", name, doing, f"actor {name!r} failed in {doing}", error)


def late_problem(name: str, age_s: float, stack: str) -> ProblemFound:
    """The run of an actor has not gone on for *age_s*; *stack* is where it waits."""
    return ProblemFound(
        kind="actor",
        subject=name,
        cause="late",
        summary=f"actor {name!r} is late: its run has not gone on for {age_s:.0f} s",
        details=f"It waits here (if that may be, by `with self.waiting(...)`):\n{stack}",
        is_error=True,
    )


def undying_problem(name: str, waited_s: float, stack: str) -> ProblemFound:
    """The run of an actor was cancelled and has not ended."""
    return ProblemFound(
        kind="actor",
        subject=name,
        cause="does not end",
        summary=f"actor {name!r} cannot be restarted: {waited_s:g} s after it was cancelled its "
        "run has not ended",
        details=f"It waits here:\n{stack}",
        is_error=True,
    )


def inbox_problem(name: str, what: str) -> ProblemFound:
    """Messages to an actor are lost."""
    return ProblemFound(
        kind="actor", subject=name, cause="inbox", summary=f"actor {name!r}: {what}"
    )
