"""Sessions of aiohttp, held to what the port promises."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
from yarl import URL

from gwproactor.adapters.http_client.bodies import ACCEPTED, read_body
from gwproactor.adapters.http_client.redirects import REDIRECTS, redirected
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.http_client import (
    HttpRequest,
    HttpResponse,
    HttpSession,
    HttpTimeouts,
    HttpTrouble,
    RequestFailed,
)

# Longer ways are circles.
REDIRECTS_MAX: Final = 5
# aiohttp is told that it has nothing to encode, and then sends what it is given.
ENCODED: Final = re.compile(r"[!-~]+")
# Where an explanation begins to quote what came.
_QUOTED: Final = re.compile(r"[:\n]| b?['\"]")


@asynccontextmanager
async def aiohttp_session() -> AsyncIterator[HttpSession]:
    """Proxies of the environment are not used."""
    # Bodies are unpacked here, for aiohttp has no bound to what one unpacks to.
    async with aiohttp.ClientSession(
        auto_decompress=False, headers={"Accept-Encoding": ACCEPTED}
    ) as session:
        yield _Session(session)


class _Session:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def request(self, request: HttpRequest) -> Outcome[HttpResponse, RequestFailed]:
        if ENCODED.fullmatch(request.url) is None:
            return Failure(RequestFailed(HttpTrouble.NOT_SENT, "its URL is not percent-encoded"))
        try:
            async with asyncio.timeout(request.timeouts.total_s):
                return await self._answer(request)
        except TimeoutError:
            return Failure(RequestFailed(HttpTrouble.TIMEOUT, _shown(request.timeouts)))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Failure(_failed(error))

    async def _answer(self, request: HttpRequest) -> Outcome[HttpResponse, RequestFailed]:
        url = request.url
        for _ in range(1 + REDIRECTS_MAX):
            async with self._session.request(
                request.method,
                URL(url, encoded=True),
                headers=request.headers,
                data=request.body,
                timeout=_client_timeout(request.timeouts),
                ssl=request.verify_tls,
                allow_redirects=False,
            ) as answer:
                if answer.status not in REDIRECTS or not request.follow_redirects:
                    return await _whole(answer, request.response_bytes_max)
                if request.method != "GET":
                    return _not_followed(f"by status {answer.status}; only a GET follows")
                location = redirected(url, answer.headers.get("Location", ""))
            if isinstance(location, Failure):
                return _not_followed(location.failure())
            url = location.unwrap()
        return _not_followed(f"more than {REDIRECTS_MAX} times")


async def _whole(
    answer: aiohttp.ClientResponse, bytes_max: int
) -> Outcome[HttpResponse, RequestFailed]:
    body = await read_body(answer, bytes_max)
    if isinstance(body, Failure):
        # What is left of it would be read by nobody.
        answer.close()
        return body
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Success(
        HttpResponse(
            status=answer.status, reason=answer.reason or "", headers=headers, body=body.unwrap()
        )
    )


def _client_timeout(timeouts: HttpTimeouts) -> aiohttp.ClientTimeout:
    """Without the total: that is for the whole way, which aiohttp does not know."""
    return aiohttp.ClientTimeout(
        total=None,
        connect=timeouts.connect_s,
        sock_connect=timeouts.sock_connect_s,
        sock_read=timeouts.sock_read_s,
    )


def _shown(timeouts: HttpTimeouts) -> str:
    parts = {
        "total": timeouts.total_s,
        "connect": timeouts.connect_s,
        "sock_connect": timeouts.sock_connect_s,
        "sock_read": timeouts.sock_read_s,
    }
    return ", ".join(f"{name} {value:g} s" for name, value in parts.items() if value is not None)


def _not_followed(detail: str) -> Failure[RequestFailed]:
    return Failure(RequestFailed(HttpTrouble.REDIRECTED, detail))


def _failed(error: Exception) -> RequestFailed:
    """No text of an exception that shows the URL, which may hold a token."""
    match error:
        case aiohttp.ClientConnectorCertificateError(certificate_error=reason):
            return RequestFailed(HttpTrouble.TLS, _tls_text(reason))
        case aiohttp.ClientConnectorError(os_error=reason) if isinstance(reason, ssl.SSLError):
            return RequestFailed(HttpTrouble.TLS, _tls_text(reason))
        case aiohttp.ClientConnectorError(os_error=reason):
            return RequestFailed(HttpTrouble.UNREACHABLE, reason.strerror or str(reason))
        case aiohttp.ServerDisconnectedError():
            return RequestFailed(HttpTrouble.UNREACHABLE, "it ended the connection")
        case OSError():
            return RequestFailed(HttpTrouble.UNREACHABLE, error.strerror or type(error).__name__)
        case aiohttp.ClientPayloadError():
            return RequestFailed(HttpTrouble.NOT_HTTP, "the answer ended too early")
        case aiohttp.ClientResponseError(message=reason):
            return RequestFailed(HttpTrouble.NOT_HTTP, _QUOTED.split(reason, maxsplit=1)[0])
        case UnicodeError():
            return RequestFailed(HttpTrouble.NOT_SENT, "its host or a header cannot be encoded")
        case aiohttp.InvalidURL():
            return RequestFailed(HttpTrouble.NOT_SENT, "its URL is none")
        case ValueError():
            return RequestFailed(
                HttpTrouble.NOT_SENT, "no header can be so, or not with such a URL"
            )
        case _:
            return RequestFailed(HttpTrouble.NOT_HTTP, type(error).__name__)


def _tls_text(error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError(verify_message=message):
            return message
        case ssl.SSLError(reason=str(reason)):
            return reason.lower().replace("_", " ")
        case _:
            return type(error).__name__
