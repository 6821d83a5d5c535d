"""Web servers and what they show, by aiohttp.

Names are imported when they are first used: a node without web servers does not load aiohttp.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gwproactor.adapters.web.handler import HTTPHandler
    from gwproactor.adapters.web.servers import AiohttpWebServers
    from gwproactor.adapters.web.status_routes import StatusRoutes

_HOMES = {
    "AiohttpWebServers": "servers",
    "HTTPHandler": "handler",
    "StatusRoutes": "status_routes",
}

__all__ = ["AiohttpWebServers", "HTTPHandler", "StatusRoutes"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
