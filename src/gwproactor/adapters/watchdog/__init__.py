"""Adapters of `ExternalWatchdog`: datagrams to systemd, a command, nobody.

Names are imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gwproactor.adapters.watchdog.command_builders import (
        ExternalWatchdogCommandBuilder,
        SystemDWatchdogCommandBuilder,
    )
    from gwproactor.adapters.watchdog.command_watchdog import CommandWatchdog
    from gwproactor.adapters.watchdog.no_watchdog import NoExternalWatchdog
    from gwproactor.adapters.watchdog.systemd_watchdog import SystemdWatchdog

_HOMES = {
    "CommandWatchdog": "command_watchdog",
    "ExternalWatchdogCommandBuilder": "command_builders",
    "NoExternalWatchdog": "no_watchdog",
    "SystemDWatchdogCommandBuilder": "command_builders",
    "SystemdWatchdog": "systemd_watchdog",
}

__all__ = [
    "CommandWatchdog",
    "ExternalWatchdogCommandBuilder",
    "NoExternalWatchdog",
    "SystemDWatchdogCommandBuilder",
    "SystemdWatchdog",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
