"""What event store and sink find by themselves, as problems that an operator is told of."""

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
        case StoreProblem():
            return _found(KIND, news)


def trouble_after(news: StoreNews, trouble: str) -> str:
    """What the store cannot do after *news*, where it was *trouble* before; empty: it works."""
    match news:
        case StoreFailed(detail):
            return detail
        case StoreRecovered():
            return ""
        case StoreProblem():
            return trouble


def sink_problem(news: StoreProblem) -> ProblemFound:
    """What the event sink finds by itself."""
    return _found("event sink", news)


def store_problem(cause: str, detail: str) -> ProblemFound:
    """The store could not *cause*, which is `read` or `write`."""
    return ProblemFound(KIND, KIND, cause, f"event store: {cause} failed", detail, is_error=True)


def _found(kind: str, news: StoreProblem) -> ProblemFound:
    summary, problems = news.summary, news.problems
    details = problems.error_traceback_str()
    return ProblemFound(kind, kind, summary, summary, details, is_error=bool(problems.errors))
