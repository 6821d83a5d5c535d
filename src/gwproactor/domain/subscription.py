"""MQTT quality of service and subscriptions."""

from enum import IntEnum
from typing import NamedTuple


class QOS(IntEnum):
    """MQTT 3.1.1 §4.3. Links use 0: their reliability comes from the peers' own acks."""

    AtMostOnce = 0
    AtLeastOnce = 1
    ExactlyOnce = 2


class Subscription(NamedTuple):
    """A topic filter and the greatest QoS at which its messages are wanted."""

    Topic: str
    Qos: QOS
