"""What answers a web request."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp.web import Request, StreamResponse

HTTPHandler: TypeAlias = Callable[[Request], Awaitable[StreamResponse]]
