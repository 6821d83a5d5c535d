"""What is configured of a node: names, brokers, links, times, limits, folders, logs."""

from gwproactor.app.settings.links import DEFAULT_BROKER, LinkSettings
from gwproactor.app.settings.logging import (
    FormatterSettings,
    IOLoopLoggerSettings,
    LoggerLevels,
    LoggingSettings,
    RotatingFileHandlerSettings,
)
from gwproactor.app.settings.mqtt import NO_TLS, MQTTClient, TLSInfo, TLSPaths
from gwproactor.app.settings.part import SettingsPart
from gwproactor.app.settings.paths import Paths
from gwproactor.app.settings.proactor import ProactorSettings
from gwproactor.app.settings.stores import (
    EventSinkSettings,
    EventStoreSettings,
    SinkKind,
    StoreKind,
)
from gwproactor.app.settings.web import WatchdogSettings, WebServerSettings

__all__ = [
    "DEFAULT_BROKER",
    "NO_TLS",
    "EventSinkSettings",
    "EventStoreSettings",
    "FormatterSettings",
    "IOLoopLoggerSettings",
    "LinkSettings",
    "LoggerLevels",
    "LoggingSettings",
    "MQTTClient",
    "Paths",
    "ProactorSettings",
    "RotatingFileHandlerSettings",
    "SettingsPart",
    "SinkKind",
    "StoreKind",
    "TLSInfo",
    "TLSPaths",
    "WatchdogSettings",
    "WebServerSettings",
]
