"""What event store and sink find by themselves, as problems that an operator is told of."""

from typing import Final

from gwproactor.domain.facts import ProblemFound
from gwproactor.ports.event_store import StoreFailed, StoreNews, StoreProblem, StoreRecovered

STORE: Final = "event store"
SINK: Final = "event sink"
RECOVERED: Final = {
    STORE: "the events that were accepted meanwhile are stored",
    SINK: "it stores events again; peers send those again that it could not take",
}


def problem_of(kind: str, news: StoreNews) -> ProblemFound:
    """One problem for an outage, and one for its end; more within ten minutes are only counted.

    *kind* is STORE or SINK.
    """
    match news:
        case StoreFailed(detail):
            return _failed(kind, "write", detail)
        case StoreRecovered():
            return ProblemFound(kind, kind, "recovered", f"{kind}: works again", RECOVERED[kind])
        case StoreProblem():
            return _found(kind, news)


def trouble_after(news: StoreNews, trouble: str) -> str:
    """What store or sink cannot do after *news*, where it was *trouble* before; empty: it works."""
    match news:
        case StoreFailed(detail):
            return detail
        case StoreRecovered():
            return ""
        case StoreProblem():
            return trouble


def store_problem(cause: str, detail: str) -> ProblemFound:
    """The store could not *cause*, which is `read` or `write`."""
    return _failed(STORE, cause, detail)


def _failed(kind: str, cause: str, detail: str) -> ProblemFound:
    return ProblemFound(kind, kind, cause, f"{kind}: {cause} failed", detail, is_error=True)


def _found(kind: str, news: StoreProblem) -> ProblemFound:
    summary, problems = news.summary, news.problems
    details = problems.details()
    return ProblemFound(kind, kind, summary, summary, details, is_error=bool(problems.errors))
