"""What answers a web request, and how a request is refused."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import TypeAlias

from aiohttp.web import Request, Response, StreamResponse, json_response

HTTPHandler: TypeAlias = Callable[[Request], Awaitable[StreamResponse]]


def refused(
    status: HTTPStatus,
    reason: str,
    *,
    headers: Mapping[str, str] | None = None,
    **facts: str,
) -> Response:
    """A response that says why in JSON: `{"reason": ...}` and the given *facts*."""
    return json_response({"reason": reason, **facts}, status=status, headers=headers)
