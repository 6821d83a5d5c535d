"""The connections of one web server: how many there may be, and which gives way to a new one.

Whoever opens connections and asks nothing must not lock out who asks for the node's health.
"""

import asyncio
import logging
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from typing_extensions import override

from gwproactor.adapters.web.config import WebLimits
from gwproactor.adapters.web.handler import refused

# The rest of a body that is not wanted is read for so long, so that the answer is seen.
LINGER_S_MAX: Final = 2.0
# Of a crowd the log tells so often; more, and whoever makes it fills the log.
TOLD_EVERY_S: Final = 3600.0
# What a client sent is repeated to it, but not all of it.
SHOWN_MAX: Final = 200
SHORT_TEXT: Final = "the server failed to answer; its log says why"


class _NoClientFaults(logging.Filter):
    """Drops what aiohttp logs of requests that are no HTTP and of clients that have gone: anybody
    could fill the log with it.
    """

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        faults = (HttpProcessingError, web.RequestPayloadError, ConnectionError)
        return not isinstance(error, faults)


LOG: Final = logging.getLogger("gwproactor.web")
LOG.addFilter(_NoClientFaults())


class Connections:
    """Those of the server *name*. Loop thread only."""

    def __init__(self, name: str, limits: WebLimits) -> None:
        self._name = name
        self._limits = limits
        # The one that was silent for longest is the first.
        self._open: dict[Connection, None] = {}
        self._tell_again_s = 0.0

    def make(self, server: web.Server) -> "Connection":
        """One that *server* answers. It is counted once it is connected."""
        return Connection(server, self, self._limits.idle_s_max)

    def admit(self, new: "Connection", now_s: float) -> bool:
        """Whether *new* may stay; the idlest is closed for it if need be."""
        is_crowded = len(self._open) >= self._limits.connections_max
        if is_crowded:
            idlest = next((each for each in self._open if not each.is_answering), None)
            self._tell(now_s)
            if idlest is None:
                return False
            self.forget(idlest)
            idlest.abort()
        self._open[new] = None
        return True

    def active(self, connection: "Connection") -> None:
        """Something came by it, or was answered."""
        if connection in self._open:
            self._open[connection] = self._open.pop(connection)

    def forget(self, connection: "Connection") -> None:
        """It is closed, or will be at once."""
        self._open.pop(connection, None)

    def _tell(self, now_s: float) -> None:
        if now_s >= self._tell_again_s:
            self._tell_again_s = now_s + TOLD_EVERY_S
            LOG.warning(
                "web server %r has %d connections, as many as there may be: for each new one the "
                "idlest is closed, or the new one if all wait for an answer",
                self._name,
                self._limits.connections_max,
            )


class Connection(web.RequestHandler):
    """One of aiohttp's that is counted and refuses in JSON what is no HTTP.

    `is_answering`: a handler is at work for it. Bodies are not decompressed: a small one could
    hold the loop for seconds.
    """

    __slots__ = ("_connections", "is_answering")

    def __init__(self, server: web.Server, connections: Connections, idle_s_max: float) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type] # as its own documentation says
            logger=LOG,
            keepalive_timeout=idle_s_max,
            lingering_time=LINGER_S_MAX,
            auto_decompress=False,
        )
        self._connections = connections
        self.is_answering = False

    def abort(self) -> None:
        """Close without waiting for what the client does not read."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._connections.admit(self, asyncio.get_running_loop().time()):
            super().connection_made(transport)
        else:
            self.force_close()
            transport.close()

    @override
    def connection_lost(self, exc: BaseException | None) -> None:
        self._connections.forget(self)
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        self._connections.active(self)
        super().data_received(data)

    @override
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        super().handle_error(request, status, exc, message)
        reason = SHORT_TEXT
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            said = " ".join((message or "").split())[:SHOWN_MAX]
            reason = f"this cannot be read as HTTP: {said}"
        answer = refused(HTTPStatus(status), reason)
        answer.force_close()
        return answer
