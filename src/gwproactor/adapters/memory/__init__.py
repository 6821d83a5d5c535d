"""Real adapters that live in the process alone; also what users test their nodes with."""

from gwproactor.adapters.memory.broker import MemoryBroker, MemoryLinkTransport
from gwproactor.adapters.memory.chance import SeededChance
from gwproactor.adapters.memory.clock import NothingToWaitForError, VirtualClock, VirtualTimeLoop
from gwproactor.adapters.memory.communicators import MemoryCommunicators
from gwproactor.adapters.memory.event_log import MemoryEventLog
from gwproactor.adapters.memory.event_sink import MemoryEventSink
from gwproactor.adapters.memory.event_store import EventDisk, MemoryEventStore
from gwproactor.adapters.memory.external_watchdog import MemoryExternalWatchdog
from gwproactor.adapters.memory.link_publisher import MemoryLinkPublisher, PublishedMessage
from gwproactor.adapters.memory.message_bus import MemoryMessageBus
from gwproactor.adapters.memory.stacks import MemoryStacks
from gwproactor.adapters.memory.stall_sampler import MemoryStallSampler
from gwproactor.adapters.memory.web_servers import MemoryWebServers

__all__ = [
    "EventDisk",
    "MemoryBroker",
    "MemoryCommunicators",
    "MemoryEventLog",
    "MemoryEventSink",
    "MemoryEventStore",
    "MemoryExternalWatchdog",
    "MemoryLinkPublisher",
    "MemoryLinkTransport",
    "MemoryMessageBus",
    "MemoryStacks",
    "MemoryStallSampler",
    "MemoryWebServers",
    "NothingToWaitForError",
    "PublishedMessage",
    "SeededChance",
    "VirtualClock",
    "VirtualTimeLoop",
]
