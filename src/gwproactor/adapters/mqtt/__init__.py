"""`LinkTransport` over MQTT 3.1.1: paho's packets on asyncio's loop, no thread of its own.

Names are imported when they are first used: a node without links does not load paho.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gwproactor.adapters.mqtt.address import BrokerAddress
    from gwproactor.adapters.mqtt.link_transport import PahoLinkTransport
    from gwproactor.adapters.mqtt.login import Login
    from gwproactor.adapters.mqtt.tls_files import TLSFiles

_HOMES = {
    "BrokerAddress": "address",
    "Login": "login",
    "PahoLinkTransport": "link_transport",
    "TLSFiles": "tls_files",
}

__all__ = ["BrokerAddress", "Login", "PahoLinkTransport", "TLSFiles"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
