"""Real adapters that live in the process alone; also what users test their nodes with."""

from gwproactor.adapters.memory.broker import MemoryBroker, MemoryLinkTransport
from gwproactor.adapters.memory.chance import SeededChance
from gwproactor.adapters.memory.clock import NothingToWaitForError, VirtualClock, VirtualTimeLoop
from gwproactor.adapters.memory.event_sink import MemoryEventSink
from gwproactor.adapters.memory.event_store import EventDisk, MemoryEventStore

__all__ = [
    "EventDisk",
    "MemoryBroker",
    "MemoryEventSink",
    "MemoryEventStore",
    "MemoryLinkTransport",
    "NothingToWaitForError",
    "SeededChance",
    "VirtualClock",
    "VirtualTimeLoop",
]
