"""MQTT brokers as child processes, for tests, demo and development; never needed at run time."""

from gwproactor.adapters.broker_process.choice import (
    ENVIRONMENT_VARIABLE,
    BrokerKind,
    ExternalBroker,
    brokers_of,
)
from gwproactor.adapters.broker_process.iotcore_broker import IotcoreBroker, iotcore_is_installed
from gwproactor.adapters.broker_process.launcher import (
    BrokerLauncher,
    BrokerStartError,
    BrokerTls,
)
from gwproactor.adapters.broker_process.mosquitto_broker import MosquittoBroker, mosquitto_program

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "BrokerKind",
    "BrokerLauncher",
    "BrokerStartError",
    "BrokerTls",
    "ExternalBroker",
    "IotcoreBroker",
    "MosquittoBroker",
    "brokers_of",
    "iotcore_is_installed",
    "mosquitto_program",
]
