"""Requests by HTTP, made by aiohttp.

Names are imported when they are first used: a node without requests does not load aiohttp's client.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gwproactor.adapters.http_client.aiohttp_client import AiohttpClient

_HOMES = {"AiohttpClient": "aiohttp_client"}

__all__ = ["AiohttpClient"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
