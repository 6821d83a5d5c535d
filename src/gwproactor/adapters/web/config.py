"""What is configured of web servers, and what becomes of it; needs no aiohttp."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from gwproactor.adapters.web.handler import HTTPHandler


@attrs.frozen
class WebServerConfig:
    """What was configured of one server; `options` are for the listening call."""

    name: str
    host: str
    port: int
    enabled: bool
    allowed_hosts: Collection[str]
    token: str = attrs.field(repr=False)
    options: Mapping[str, object]


@attrs.frozen
class Route:
    """What answers *method* on *path*; `options` are for aiohttp's router."""

    method: str
    path: str
    handler: "HTTPHandler"
    options: Mapping[str, object]


@attrs.frozen
class WebLimits:
    """What keeps clients, slow, broken or hostile, from taking the node's memory and sockets.

    A connection on which nothing comes, or half a request, is closed after `idle_s_max`, long
    enough for a browser to use one again; a body must come within `body_s_max`, enough for a slow
    mobile line. A stop waits `close_s_max` for handlers to end, and again for those that it
    cancels.
    """

    body_bytes_max: int = 1_048_576
    body_s_max: float = 30.0
    idle_s_max: float = 75.0
    connections_max: int = 100
    close_s_max: float = 1.0


@attrs.frozen
class ListenAddress:
    """Where a server listens."""

    host: str
    port: int
    scheme: str = "http"

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}/"


@attrs.frozen
class CannotListen:
    """A web server could not be opened; `detail` names it and says what is wrong."""

    detail: str

    def __str__(self) -> str:
        return self.detail


@attrs.frozen(eq=False)
class HandlerFailure:
    """The handler of a route raised `error`; the client was told nothing of it."""

    server_name: str
    method: str
    path: str
    error: Exception
