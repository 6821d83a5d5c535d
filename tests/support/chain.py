"""A child, relays and a parent in a row, in memory and virtual time; the power of each can fail."""

import asyncio
import json
from collections.abc import Callable
from typing import Final

from gwproactor import LinkSettings, ProactorSettings, StateName, Success
from gwproactor.adapters.memory import MemoryBroker, SeededChance, VirtualClock
from gwproactor.domain.events import ProblemEvent
from gwproactor.domain.topic import decode_topic
from gwproactor.ports.event_sink import ReceivedEvent
from tests.support.family import Reading
from tests.support.mortal import MortalNode

PARENT: Final = "d1"
CHILD: Final = "d1.child"
RELAYS: Final = ("d1.r1", "d1.r2")


def short(name: str) -> str:
    return name.replace(".", "_")


def link(peer: str, *, upstream: bool) -> LinkSettings:
    return LinkSettings(
        peer_long_name=peer, peer_short_name=short(peer), upstream=upstream, handler="recorder"
    )


def settings(name: str, *, up: str = "", down: str = "", **changes: object) -> ProactorSettings:
    links = {"up": link(up, upstream=True)} if up else {}
    links |= {"down": link(down, upstream=False)} if down else {}
    values = {
        "long_name": name,
        "short_name": short(name),
        "links": links,
        "ack_timeout_seconds": 3.0,
        "mqtt_link_poll_seconds": 10.0,
    }
    return ProactorSettings.model_validate(values | changes)


class Chain:
    """`child` sends to the last of `relays`, each to the one before it, the first to `parent`.

    Build it inside the virtual-time loop. *changes* are settings of the relays.
    """

    def __init__(self, relays: int = 1, **changes: object) -> None:
        self.clock = VirtualClock(asyncio.get_running_loop())
        self.chance = SeededChance(1)
        self.broker = MemoryBroker(self.clock)
        names = [PARENT, *RELAYS[:relays], CHILD]
        nodes = [
            self.make(settings(name, up=above, down=below, **(changes if above and below else {})))
            for above, name, below in zip(["", *names], names, [*names[1:], ""], strict=False)
        ]
        self.parent, *self.relays, self.child = nodes
        self.relay = self.relays[0]

    def make(self, settings: ProactorSettings) -> MortalNode:
        return MortalNode.make(settings, self.broker, self.clock, self.chance)

    async def start(self) -> None:
        """All nodes, until the links are active and quiet."""
        for node in (self.parent, *self.relays, self.child):
            node.start()
        await self.clock.sleep(30.0)
        assert self.child.run.state("up") is StateName.ACTIVE
        assert self.relay.run.state("up") is StateName.ACTIVE

    async def stop(self) -> None:
        for node in (self.child, *reversed(self.relays), self.parent):
            await node.stop()

    def read(self, value: int) -> str:
        """The child generates a reading; its id."""
        return self.generate(self.child, value)

    def generate(self, node: MortalNode, value: int) -> str:
        """Any node generates a reading; its id."""
        event_log = node.run.container.event_log()
        accepted = event_log.generate_event(Reading(message_id=f"e{value}", value=value))
        assert isinstance(accepted, Success)
        return f"e{value}"

    def received(self, src: str = CHILD) -> dict[str, ReceivedEvent]:
        """The readings in the parent's sink, by id."""
        return {
            message_id: event
            for (source, message_id), event in self.parent.run.sink.stored.items()
            if source == src and event.type_name == Reading.wire.type_name
        }

    def handled(self) -> list[int]:
        """The readings that the parent's recorder got, in order, by its present run."""
        return self.parent.run.container.recorder().readings

    def ids_on(self, node: MortalNode) -> list[str]:
        """The ids of the readings on the disk of *node*, oldest first."""
        kept = (event for _, event in sorted(node.disk.events.items()))
        return [event.message_id for event in kept if event.type_name == Reading.wire.type_name]

    def problems_of(self, src: str) -> list[str]:
        """Summary and details of each problem event of *src* that reached the parent's sink."""
        stored = self.parent.run.sink.stored.values()
        problems = [
            json.loads(event.payload)
            for event in stored
            if (event.src, event.type_name) == (src, ProblemEvent.wire.type_name)
        ]
        return [f"{problem['Summary']}: {problem['Details']}" for problem in problems]

    def acked_by(self, src: str, dst: str) -> list[str]:
        """The ids that *src* acknowledged to *dst*, in order, as the broker saw it."""
        ids: list[str] = []
        for published in self.broker.published:
            topic = decode_topic(published.topic).unwrap()
            if (topic.src, topic.dst, topic.message_type) == (src, short(dst), "gridworks.ack"):
                ids.append(json.loads(published.payload)["Payload"]["AckMessageID"])
        return ids

    def sent(self, src: str, type_name: str) -> list[str]:
        """The ids of the messages of this type that *src* published, in order."""
        return [
            json.loads(published.payload)["Header"]["MessageId"]
            for published in self.broker.published
            if decode_topic(published.topic).unwrap().src == src
            and decode_topic(published.topic).unwrap().message_type == type_name
        ]


def acks_of(src: str) -> Callable[[str, bytes], bool]:
    """A rule for the acks that *src* sends."""
    beginning = f"gw/{src.replace('.', '-')}/to/"
    return lambda topic, _: topic.startswith(beginning) and topic.endswith("/gridworks-ack")


def everything_of(src: str) -> Callable[[str, bytes], bool]:
    """A rule for whatever *src* sends."""
    beginning = f"gw/{src.replace('.', '-')}/to/"
    return lambda topic, _: topic.startswith(beginning)
