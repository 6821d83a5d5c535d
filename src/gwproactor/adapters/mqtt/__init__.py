"""`LinkTransport` over MQTT 3.1.1: paho's packets on asyncio's loop, no thread of its own."""

from gwproactor.adapters.mqtt.address import BrokerAddress
from gwproactor.adapters.mqtt.link_transport import PahoLinkTransport

__all__ = ["BrokerAddress", "PahoLinkTransport"]
