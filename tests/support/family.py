"""A parent and a child on one in-memory broker, in virtual time."""

import asyncio
from collections.abc import Callable
from typing import ClassVar

import attrs
from dependency_injector import providers

from gwproactor import (
    Communicator,
    Event,
    LinkSettings,
    Message,
    MessageNamespace,
    Outcome,
    ProactorContainer,
    ProactorSettings,
    StateName,
    Transition,
    event_type,
)
from gwproactor.adapters.memory import EventDisk, MemoryBroker, SeededChance, VirtualClock
from gwproactor.app.communicators import HANDLED
from gwproactor.testing.simulated_node import SimulatedNode, simulated_node

CHILD, CHILD_SHORT = "d1.house.scada", "s"
PARENT, PARENT_SHORT = "d1.house", "a"


@attrs.frozen(kw_only=True)
class Reading(Event):
    """An event of the tests."""

    wire: ClassVar = event_type("gridworks.event.test.reading")

    value: int


TYPES = MessageNamespace.of(Reading)


class Recorder(Communicator):
    """Remembers what it was given; `on_message` may raise or answer."""

    def __init__(self, name: str = "recorder") -> None:
        super().__init__(name)
        self.messages: list[Message[object]] = []
        self.transitions: list[Transition] = []
        self.on_message: Callable[[Message[object]], Outcome[bool, BaseException]] = lambda _: (
            HANDLED
        )

    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        self.messages.append(message)
        return self.on_message(message)

    def link_changed(self, transition: Transition) -> None:
        self.transitions.append(transition)

    @property
    def readings(self) -> list[int]:
        payloads = [message.payload for message in self.messages]
        return [payload.value for payload in payloads if isinstance(payload, Reading)]


class RecorderContainer(ProactorContainer):
    """A node with a recorder that handles its links."""

    recorder: providers.Provider[Recorder] = providers.Singleton(Recorder)


def child_settings(**changes: object) -> ProactorSettings:
    """Also takes the *handler* of its link."""
    handler = str(changes.pop("handler", "recorder"))
    link = LinkSettings(
        peer_long_name=PARENT, peer_short_name=PARENT_SHORT, upstream=True, handler=handler
    )
    values = {"long_name": CHILD, "short_name": CHILD_SHORT, "links": {"parent": link}}
    return ProactorSettings.model_validate(values | changes)


def parent_settings(**changes: object) -> ProactorSettings:
    link = LinkSettings(
        peer_long_name=CHILD, peer_short_name=CHILD_SHORT, primary_peer=True, handler="recorder"
    )
    values = {"long_name": PARENT, "short_name": PARENT_SHORT, "links": {"child": link}}
    return ProactorSettings.model_validate(values | changes)


class Family:
    """Build it inside the virtual-time loop."""

    def __init__(self, seed: int = 1) -> None:
        self.clock = VirtualClock(asyncio.get_running_loop())
        self.chance = SeededChance(seed)
        self.broker = MemoryBroker(self.clock)
        self.child = self.make(child_settings())
        self.parent = self.make(parent_settings())

    def make(
        self, settings: ProactorSettings, disk: EventDisk | None = None
    ) -> SimulatedNode[RecorderContainer]:
        return simulated_node(
            settings,
            self.broker,
            self.clock,
            self.chance,
            RecorderContainer,
            disk=disk,
            namespace=TYPES,
        )

    async def start(self) -> None:
        """Both nodes, until both links are active and quiet."""
        self.parent.proactor.start()
        self.child.proactor.start()
        await self.clock.sleep(20.0)
        assert self.child.state("parent") is StateName.ACTIVE
        assert self.parent.state("child") is StateName.ACTIVE

    async def stop(self) -> None:
        await self.child.proactor.stop_and_join()
        await self.parent.proactor.stop_and_join()

    def read(self, value: int) -> Outcome[object, object]:
        """The child generates a reading."""
        return self.child.container.event_log().generate_event(Reading(value=value))

    def received(self) -> list[str]:
        """The ids of the child's events in the parent's sink, in order of arrival."""
        return [i for source, i in self.parent.sink.stored if source == CHILD]
