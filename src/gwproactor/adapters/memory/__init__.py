"""Real adapters that live in the process alone; also what users test their nodes with.

Names are imported when they are first used: a node seldom needs any.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gwproactor.adapters.memory.broker import MemoryBroker, MemoryLinkTransport
    from gwproactor.adapters.memory.chance import SeededChance
    from gwproactor.adapters.memory.clock import (
        NothingToWaitForError,
        VirtualClock,
        VirtualTimeLoop,
    )
    from gwproactor.adapters.memory.communicators import MemoryCommunicators
    from gwproactor.adapters.memory.event_log import MemoryEventLog
    from gwproactor.adapters.memory.event_sink import MemoryEventSink
    from gwproactor.adapters.memory.event_store import EventDisk, MemoryEventStore
    from gwproactor.adapters.memory.external_watchdog import MemoryExternalWatchdog
    from gwproactor.adapters.memory.failures import MemoryFailures, ToldFailure
    from gwproactor.adapters.memory.http_client import MemoryHttpClient
    from gwproactor.adapters.memory.instance_id import MemoryInstanceId
    from gwproactor.adapters.memory.io_loop import MemoryIOLoop
    from gwproactor.adapters.memory.io_runner import MemoryIORunner
    from gwproactor.adapters.memory.layout_source import MemoryLayoutSource
    from gwproactor.adapters.memory.link_publisher import MemoryLinkPublisher, PublishedMessage
    from gwproactor.adapters.memory.message_bus import MemoryMessageBus
    from gwproactor.adapters.memory.stacks import MemoryStacks
    from gwproactor.adapters.memory.stall_sampler import MemoryStallSampler
    from gwproactor.adapters.memory.web_servers import MemoryWebServers

_HOMES = {
    "EventDisk": "event_store",
    "MemoryBroker": "broker",
    "MemoryCommunicators": "communicators",
    "MemoryEventLog": "event_log",
    "MemoryEventSink": "event_sink",
    "MemoryEventStore": "event_store",
    "MemoryExternalWatchdog": "external_watchdog",
    "MemoryFailures": "failures",
    "MemoryHttpClient": "http_client",
    "MemoryIOLoop": "io_loop",
    "MemoryIORunner": "io_runner",
    "MemoryInstanceId": "instance_id",
    "MemoryLayoutSource": "layout_source",
    "MemoryLinkPublisher": "link_publisher",
    "MemoryLinkTransport": "broker",
    "MemoryMessageBus": "message_bus",
    "MemoryStacks": "stacks",
    "MemoryStallSampler": "stall_sampler",
    "MemoryWebServers": "web_servers",
    "NothingToWaitForError": "clock",
    "PublishedMessage": "link_publisher",
    "SeededChance": "chance",
    "ToldFailure": "failures",
    "VirtualClock": "clock",
    "VirtualTimeLoop": "clock",
}

__all__ = [
    "EventDisk",
    "MemoryBroker",
    "MemoryCommunicators",
    "MemoryEventLog",
    "MemoryEventSink",
    "MemoryEventStore",
    "MemoryExternalWatchdog",
    "MemoryFailures",
    "MemoryHttpClient",
    "MemoryIOLoop",
    "MemoryIORunner",
    "MemoryInstanceId",
    "MemoryLayoutSource",
    "MemoryLinkPublisher",
    "MemoryLinkTransport",
    "MemoryMessageBus",
    "MemoryStacks",
    "MemoryStallSampler",
    "MemoryWebServers",
    "NothingToWaitForError",
    "PublishedMessage",
    "SeededChance",
    "ToldFailure",
    "VirtualClock",
    "VirtualTimeLoop",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
