"""The settings that both demo nodes share."""

from collections.abc import Mapping
from typing import Final

from gwproactor.app.demo.status import NodeConfig
from gwproactor.app.settings import NO_TLS, MQTTClient, WebServerSettings

# Shorter than an outage, so that the demo shows them; longer than a laptop's hiccup.
ACK_TIMEOUT_S: Final = 2.0
POLL_S: Final = 2.0
CONNECT_TIMEOUT_S: Final = 5.0
PAGE_SERVER: Final = "status"


def broker_of(config: NodeConfig) -> MQTTClient:
    """The one broker of a demo node."""
    return MQTTClient.model_validate(
        {
            "host": config.host,
            "port": config.port,
            "username": config.username,
            "password": config.password,
            "tls": NO_TLS,
            "connect_timeout_seconds": CONNECT_TIMEOUT_S,
        }
    )


def web_servers_of(config: NodeConfig) -> Mapping[str, WebServerSettings]:
    """One on any free port, for the status page."""
    return {PAGE_SERVER: WebServerSettings(port=0, status_page=True)} if config.status_page else {}
