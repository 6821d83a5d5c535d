"""The settings that both demo nodes share."""

from typing import Final

from gwproactor.app.demo.status import NodeConfig
from gwproactor.app.settings import MQTTClient

# Shorter than an outage, so that the demo shows them; longer than a laptop's hiccup.
ACK_TIMEOUT_S: Final = 2.0
POLL_S: Final = 2.0
CONNECT_TIMEOUT_S: Final = 5.0


def broker_of(config: NodeConfig) -> MQTTClient:
    """The one broker of a demo node."""
    return MQTTClient.model_validate(
        {
            "host": config.host,
            "port": config.port,
            "username": config.username,
            "password": config.password,
            "connect_timeout_seconds": CONNECT_TIMEOUT_S,
        }
    )
