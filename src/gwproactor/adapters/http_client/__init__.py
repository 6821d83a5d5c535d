"""Requests by HTTP, made by aiohttp."""

from gwproactor.adapters.http_client.aiohttp_client import AiohttpClient

__all__ = ["AiohttpClient"]
