"""What is asked for, how often, and what follows when it fails.

The fields of a `rest.poller.component.gt` of a hardware layout have the names of the original
library; unlike there, a field that is not known is refused, as it would be without effect.
"""

import json
from typing import Final, Literal, Self
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit

from pydantic import Field, model_validator

from gwproactor.app.rest.url import RESTPart, URLConfig, is_absolute
from gwproactor.app.rest.values import Form, Headers, Json, ParamsByName
from gwproactor.ports.http_client import (
    RESPONSE_BYTES_MAX,
    TIMEOUT_S,
    HttpRequest,
    HttpTimeouts,
)

DEFAULT_REST_POLL_PERIOD_SECONDS: Final = 60.0
_FORM: Final = "application/x-www-form-urlencoded"


class AioHttpClientTimeout(RESTPart):
    """Seconds. `total` is 30 s if it is not given: nothing waits for ever."""

    total: float | None = Field(None, gt=0, allow_inf_nan=False)
    connect: float | None = Field(None, gt=0, allow_inf_nan=False)
    sock_read: float | None = Field(None, gt=0, allow_inf_nan=False)
    sock_connect: float | None = Field(None, gt=0, allow_inf_nan=False)


class SessionArgs(RESTPart):
    """What is the same for each request."""

    base_url: URLConfig | None = None
    timeout: AioHttpClientTimeout | None = None
    headers: Headers = Field(default_factory=dict, repr=False)


class RequestArgs(RESTPart):
    """A request; its timeout takes the place of the session's."""

    url: URLConfig | None = None
    method: Literal["GET", "POST", "PUT", "DELETE"] = "GET"
    params: ParamsByName | None = Field(None, repr=False)
    data: Form | None = Field(None, repr=False, description="sent as a form")
    json_data: Json = Field(None, alias="Json", repr=False, description="sent as JSON")
    headers: Headers | None = Field(None, repr=False)
    timeout: AioHttpClientTimeout | None = None
    ssl: bool | None = Field(None, description="false: any certificate is good")
    allow_redirects: bool = True


class ErrorResponse(RESTPart):
    """What follows an error: a problem event, if `report`, and the next try after the period. But
    with `raise_exception` the poller fails: that is reported, and its failure policy follows.
    """

    error_for_http_status: bool = Field(True, description="a status of 400 or more is an error")
    raise_exception: bool = False
    report: bool = True


class ErrorResponses(RESTPart):
    """Of the request, and of the conversion of its answer."""

    request: ErrorResponse = ErrorResponse()
    convert: ErrorResponse = ErrorResponse()


class RESTPollerSettings(RESTPart):
    """`session.base_url` and the path in `request.url`, or one of them alone, make the URL."""

    session: SessionArgs = Field(default_factory=SessionArgs)
    request: RequestArgs = Field(default_factory=RequestArgs)
    poll_period_seconds: float = Field(
        DEFAULT_REST_POLL_PERIOD_SECONDS,
        gt=0,
        allow_inf_nan=False,
        description="from the end of one poll to the next",
    )
    errors: ErrorResponses = ErrorResponses()
    response_bytes_max: int = Field(RESPONSE_BYTES_MAX, ge=1)

    @model_validator(mode="after")
    def _has_one_url(self) -> Self:
        base, url = _text(self.session.base_url), _text(self.request.url)
        if not base and not url:
            raise ValueError("needs a URL: Session.BaseUrl, Request.Url, or both")
        if not base and not is_absolute(url):
            raise ValueError("Request.Url names no host, and there is no Session.BaseUrl")
        if base and not is_absolute(base):
            raise ValueError("Session.BaseUrl names no host")
        if base and url and is_absolute(url):
            raise ValueError("Session.BaseUrl and Request.Url both name a host")
        if base and url and not url.startswith("/"):
            raise ValueError("with a Session.BaseUrl, the path in Request.Url begins with '/'")
        if self.request.data is not None and self.request.json_data is not None:
            raise ValueError("Request.Data and Request.Json are both given")
        headers = self.session.headers | (self.request.headers or {})
        if "@" in urlsplit(self.url).netloc and "authorization" in map(str.lower, headers):
            raise ValueError("the URL has a user, and there is a header Authorization: one of them")
        return self

    @property
    def url(self) -> str:
        """What is asked for; may hold secrets."""
        base, url = _text(self.session.base_url), _text(self.request.url)
        return _with_params(urljoin(base, url) if base else url, self.request.params)

    def http_request(self) -> HttpRequest:
        """The request of each poll."""
        request = self.request
        body, content_type = _body(request)
        headers = content_type | _texts(self.session.headers) | _texts(request.headers or {})
        return HttpRequest(
            url=self.url,
            method=request.method,
            headers=headers,
            body=body,
            timeouts=_timeouts(request.timeout or self.session.timeout),
            verify_tls=request.ssl is not False,
            follow_redirects=request.allow_redirects,
            response_bytes_max=self.response_bytes_max,
        )


def _text(config: URLConfig | None) -> str:
    return "" if config is None else config.text()


def _texts(headers: Headers) -> dict[str, str]:
    return {name: str(value) for name, value in headers.items()}


def _with_params(url: str, params: ParamsByName | None) -> str:
    if not params:
        return url
    parts: SplitResult = urlsplit(url)
    text = "&".join(filter(None, (parts.query, urlencode(params, doseq=True))))
    return parts._replace(query=text).geturl()


def _body(request: RequestArgs) -> tuple[bytes | None, dict[str, str]]:
    if request.data is not None:
        return urlencode(request.data).encode(), {"Content-Type": _FORM}
    if request.json_data is not None:
        return json.dumps(request.json_data).encode(), {"Content-Type": "application/json"}
    return None, {}


def _timeouts(timeout: AioHttpClientTimeout | None) -> HttpTimeouts:
    if timeout is None:
        return HttpTimeouts()
    return HttpTimeouts(
        total_s=timeout.total or TIMEOUT_S,
        connect_s=timeout.connect,
        sock_connect_s=timeout.sock_connect,
        sock_read_s=timeout.sock_read,
    )
