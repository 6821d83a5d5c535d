"""The contract of `HttpClient`, on every adapter."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import attrs
from typing_extensions import override

from gwproactor.adapters.memory import MemoryHttpClient
from gwproactor.ports.http_client import HttpRequest, HttpResponse
from gwproactor.testing.http_client_contract import HttpClientContract, Served
from tests.support.http_site import http_site


class TestAiohttpClient(HttpClientContract):
    @override
    def served(self, answers: Mapping[str, HttpResponse]) -> AbstractAsyncContextManager[Served]:
        return http_site(answers)


@attrs.frozen
class MemorySite:
    client: MemoryHttpClient = attrs.Factory(MemoryHttpClient)

    def url(self, path: str) -> str:
        return f"http://memory{path}"

    def received(self) -> HttpRequest:
        return self.client.requests[-1]


@asynccontextmanager
async def memory_site(answers: Mapping[str, HttpResponse]) -> AsyncIterator[Served]:
    site = MemorySite()
    for path, answer in answers.items():
        site.client.answers[site.url(path)] = answer
    yield site
    site.client.answers.clear()
    assert site.client.sessions_open == 0


class TestMemoryHttpClient(HttpClientContract):
    @override
    def served(self, answers: Mapping[str, HttpResponse]) -> AbstractAsyncContextManager[Served]:
        return memory_site(answers)
