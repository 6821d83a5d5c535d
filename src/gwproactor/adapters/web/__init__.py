"""Web servers and what they show, by aiohttp."""

from gwproactor.adapters.web.handler import HTTPHandler
from gwproactor.adapters.web.metrics import metrics_text

__all__ = ["HTTPHandler", "metrics_text"]
