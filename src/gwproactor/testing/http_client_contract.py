"""What every `HttpClient` must do, as tests to be run on each adapter.

Subclass `HttpClientContract` under a name that pytest collects, and override `served`.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.http_client import (
    HttpClient,
    HttpRequest,
    HttpResponse,
    HttpTrouble,
    RequestFailed,
)

PATH: Final = "/temperatures"


class Served(Protocol):
    """A client, and a place that it can ask."""

    @property
    def client(self) -> HttpClient: ...

    def url(self, path: str) -> str:
        """The URL of *path* there."""
        ...

    def received(self) -> HttpRequest:
        """The last request, as it arrived: method, headers with names in small letters, body."""
        ...


async def ask(client: HttpClient, request: HttpRequest) -> Outcome[HttpResponse, RequestFailed]:
    """The answer to *request* in a session of its own."""
    async with client.session() as session:
        return await session.request(request)


class HttpClientContract:
    """The tests; each runs on a loop of its own."""

    def served(self, answers: Mapping[str, HttpResponse]) -> AbstractAsyncContextManager[Served]:
        """A place that answers so by path, and is reachable until the context is left."""
        raise NotImplementedError

    async def test_the_answer_is_given_whole(self) -> None:
        said = HttpResponse(
            status=200, headers={"content-type": "application/json"}, body=b'{"a": [1, "\xc3\xa9"]}'
        )
        async with self.served({PATH: said}) as served:
            answer = await ask(served.client, HttpRequest(url=served.url(PATH)))

        assert isinstance(answer, Success)
        response = answer.unwrap()
        assert (response.status, response.body) == (200, said.body)
        assert response.headers["content-type"].startswith("application/json")
        assert response.json() == {"a": [1, "é"]}

    async def test_an_answer_of_any_status_is_an_answer(self) -> None:
        answers = {f"/{status}": HttpResponse(status=status) for status in (204, 404, 503)}
        async with self.served(answers) as served, served.client.session() as session:
            statuses = [
                (await session.request(HttpRequest(url=served.url(path)))).unwrap().status
                for path in answers
            ]
        assert statuses == [204, 404, 503]

    async def test_method_headers_body_and_query_arrive(self) -> None:
        path = f"{PATH}/a%2Fb/%41?token=a%20b&n=%2F"
        async with self.served({path: HttpResponse(status=200)}) as served:
            request = HttpRequest(
                url=served.url(path), method="POST", headers={"X-Key": "k"}, body=b"on\x00"
            )
            answer = await ask(served.client, request)
            received = served.received()

        assert answer.unwrap().status == 200
        assert (received.method, received.body) == ("POST", b"on\x00")
        assert {name.lower(): value for name, value in received.headers.items()}["x-key"] == "k"
        assert received.url == served.url(path)

    async def test_an_answer_may_be_as_long_as_its_bound_and_no_longer(self) -> None:
        answers = {PATH: HttpResponse(status=200, body=b"12345")}
        async with self.served(answers) as served, served.client.session() as session:
            url = served.url(PATH)
            fits = await session.request(HttpRequest(url=url, response_bytes_max=5))
            too_large = await session.request(HttpRequest(url=url, response_bytes_max=4))

        assert fits.unwrap().body == b"12345"
        assert isinstance(too_large, Failure)
        assert too_large.failure().trouble is HttpTrouble.TOO_LARGE

    async def test_a_place_that_is_not_there_is_not_reachable(self) -> None:
        async with self.served({}) as served:
            gone = served.url(PATH)
        answer = await ask(served.client, HttpRequest(url=gone))

        assert isinstance(answer, Failure)
        assert answer.failure().trouble is HttpTrouble.UNREACHABLE

    async def test_a_session_takes_several_requests_at_once(self) -> None:
        answers = {f"/{number}": HttpResponse(status=200 + number) for number in range(4)}
        async with self.served(answers) as served, served.client.session() as session:
            given = await asyncio.gather(
                *(session.request(HttpRequest(url=served.url(path))) for path in answers)
            )
        assert [answer.unwrap().status for answer in given] == [200, 201, 202, 203]
