"""`HttpClient` of a test, which says what is answered."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import attrs

from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.http_client import (
    HttpRequest,
    HttpResponse,
    HttpSession,
    HttpTrouble,
    RequestFailed,
)

Answer: TypeAlias = HttpResponse | RequestFailed


@attrs.define(eq=False)
class MemoryHttpClient:
    """Answers by `answers`, by URL with its query; what is not there is not reachable.

    An answer may be a function of the request. Redirects are answers like others, but bodies have
    their bound. `requests` are those that were made, `sessions_open` how many sessions are.
    """

    answers: dict[str, Answer | Callable[[HttpRequest], Answer]] = attrs.Factory(dict)
    requests: list[HttpRequest] = attrs.field(init=False, factory=list)
    sessions_open: int = attrs.field(init=False, default=0)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[HttpSession]:
        self.sessions_open += 1
        try:
            yield self
        finally:
            self.sessions_open -= 1

    async def request(self, request: HttpRequest) -> Outcome[HttpResponse, RequestFailed]:
        self.requests.append(request)
        answer = self.answers.get(request.url, RequestFailed(HttpTrouble.UNREACHABLE))
        if callable(answer):
            answer = answer(request)
        match answer:
            case RequestFailed():
                return Failure(answer)
            case HttpResponse(body=body) if len(body) > request.response_bytes_max:
                detail = f"more than {request.response_bytes_max} bytes"
                return Failure(RequestFailed(HttpTrouble.TOO_LARGE, detail))
            case HttpResponse():
                return Success(answer)
