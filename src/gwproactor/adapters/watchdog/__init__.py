"""Adapters of `ExternalWatchdog`: datagrams to systemd, a command, nobody."""

from gwproactor.adapters.watchdog.command_builders import (
    ExternalWatchdogCommandBuilder,
    SystemDWatchdogCommandBuilder,
)
from gwproactor.adapters.watchdog.command_watchdog import CommandWatchdog
from gwproactor.adapters.watchdog.no_watchdog import NoExternalWatchdog
from gwproactor.adapters.watchdog.systemd_watchdog import SystemdWatchdog

__all__ = [
    "CommandWatchdog",
    "ExternalWatchdogCommandBuilder",
    "NoExternalWatchdog",
    "SystemDWatchdogCommandBuilder",
    "SystemdWatchdog",
]
