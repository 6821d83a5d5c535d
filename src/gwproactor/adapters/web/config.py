"""What is configured of web servers, and what becomes of it; needs no aiohttp."""

from typing import Final

import attrs

# Who listens on these listens on every address of the machine; to open them as they stand asks for
# a server of that name, which there is not.
EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - binds nothing


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
        """What opens it on this machine."""
        reached = EVERYWHERE.get(self.host, self.host)
        host = f"[{reached}]" if ":" in reached else reached
        return f"{self.scheme}://{host}:{self.port}/"

    def __str__(self) -> str:
        if self.host in EVERYWHERE:
            return f"every address of this machine, here {self.url}"
        return self.url


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
