"""What the event store finds by itself, as problems that an operator is told of."""

from gwproactor.domain.facts import ProblemFound
from gwproactor.ports.event_store import StoreFailed, StoreNews, StoreProblem, StoreRecovered

KIND = "event store"


def problem_of(news: StoreNews) -> ProblemFound:
    """One problem for an outage, and one for its end; more within ten minutes are only counted."""
    match news:
        case StoreFailed(detail):
            return store_problem("write", detail)
        case StoreRecovered():
            details = "the events that were accepted meanwhile are stored"
            return ProblemFound(KIND, KIND, "recovered", "event store: works again", details)
        case StoreProblem(summary, problems):
            details = problems.error_traceback_str()
            return ProblemFound(
                KIND, KIND, summary, summary, details, is_error=bool(problems.errors)
            )


def store_problem(cause: str, detail: str) -> ProblemFound:
    """The store could not *cause*, which is `read` or `write`."""
    return ProblemFound(KIND, KIND, cause, f"event store: {cause} failed", detail, is_error=True)
