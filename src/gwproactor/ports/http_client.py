"""Requests to services and devices that speak HTTP."""

import json
import re
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from enum import Enum
from typing import Any, Final, Protocol

import attrs

from gwproactor.domain.outcome import Outcome
from gwproactor.domain.short_text import short_remark

# A device that has not answered by then will not. Shorter: a slow one is never heard.
TIMEOUT_S: Final = 30.0
# Larger: one foolish answer takes the memory of a small machine.
RESPONSE_BYTES_MAX: Final = 1_048_576
# Codecs of Python that no text is sent in; some take very long, or warn.
_NO_CHARSETS: Final = frozenset({"idna", "punycode", "rawunicodeescape", "unicodeescape"})


@attrs.frozen
class HttpTimeouts:
    """Seconds. `total_s` is for all of a request, redirects and the answer's body included; the
    others, if given, for parts of it: a place in the session and a connection, the connection
    alone, and each pause of the answer.
    """

    total_s: float = TIMEOUT_S
    connect_s: float | None = None
    sock_connect_s: float | None = None
    sock_read_s: float | None = None


@attrs.frozen(kw_only=True)
class HttpRequest:
    """`url` is absolute and percent-encoded; it, headers and body may hold secrets: no repr."""

    url: str = attrs.field(repr=False)
    method: str = "GET"
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    body: bytes | None = attrs.field(default=None, repr=False)
    timeouts: HttpTimeouts = HttpTimeouts()
    verify_tls: bool = True
    follow_redirects: bool = True
    response_bytes_max: int = RESPONSE_BYTES_MAX


@attrs.frozen(kw_only=True)
class HttpResponse:
    """An answer of any status, whole. Names of `headers` are in small letters; `reason` is made
    short and printable.
    """

    status: int
    reason: str = attrs.field(default="", converter=short_remark)
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    body: bytes = attrs.field(default=b"", repr=False)

    def text(self, encoding: str = "") -> str:
        """The body, by *encoding* or what the answer says of itself, else UTF-8; what is none of it
        is replaced.
        """
        charset = encoding or self._charset
        # What is no letter or digit counts for little in the names of codecs.
        if re.sub("[^a-z0-9]", "", charset.lower()) in _NO_CHARSETS:
            return self.body.decode(errors="replace")
        try:
            return self.body.decode(charset, errors="replace")
        except (LookupError, ValueError):  # It is none, or none of texts.
            return self.body.decode(errors="replace")

    def json(self) -> Any:
        """What the body says, whatever its content type. Raises ValueError if it is no JSON."""
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("is nested too deeply") from None

    @property
    def _charset(self) -> str:
        content_type = self.headers.get("content-type", "")
        return content_type.lower().partition("charset=")[2].partition(";")[0].strip(" \"'")


class HttpTrouble(Enum):
    """Why there is no answer."""

    UNREACHABLE = "not reachable"
    TLS = "TLS failed"
    TIMEOUT = "no answer in time"
    REDIRECTED = "redirected"
    TOO_LARGE = "the answer is too large"
    NOT_HTTP = "the answer is no proper HTTP"
    NOT_SENT = "the request cannot be sent"


@attrs.frozen
class RequestFailed:
    """`detail` names no secret of the request; it is made short and printable."""

    trouble: HttpTrouble
    detail: str = attrs.field(default="", converter=short_remark)

    def __str__(self) -> str:
        return f"{self.trouble.value}: {self.detail}" if self.detail else self.trouble.value


class HttpSession(Protocol):
    """Keeps connections and cookies from one request to the next."""

    @abstractmethod
    async def request(self, request: HttpRequest) -> Outcome[HttpResponse, RequestFailed]:
        """The answer to *request*, whatever its status.

        A redirect is followed for GET only, at most five times, within the same host and port, or
        from http to https of that host: secrets go nowhere else. One that is not followed is
        REDIRECTED, unless `follow_redirects` is False: then it is the answer. An
        answer with a body of more than `response_bytes_max`, unpacked, is TOO_LARGE, and is not
        read to its end.
        """
        ...


class HttpClient(Protocol):
    """Used in any event loop, as a rule in the `IOLoop`."""

    @abstractmethod
    def session(self) -> AbstractAsyncContextManager[HttpSession]:
        """A session of the running loop; leaving it closes its connections."""
        ...
