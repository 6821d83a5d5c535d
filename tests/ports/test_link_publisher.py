"""The contract of `LinkPublisher`, on the one in memory and on a running node's."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs
from typing_extensions import override

from gwproactor import (
    CORE_NAMESPACE,
    Failure,
    LinkPublisher,
    LinkSettings,
    MessageNamespace,
    ProactorSettings,
    StateName,
    Success,
    to_peer,
)
from gwproactor.adapters.codec import LinkCodec
from gwproactor.adapters.memory import MemoryLinkPublisher
from gwproactor.domain.link import LinkSpec
from gwproactor.ports.link_transport import NotConnected
from gwproactor.testing.link_publisher_contract import (
    BYTES_MAX,
    DOWN,
    OWN,
    UP,
    LinkPublisherContract,
    LiveLinkPublisher,
    Sent,
    Wish,
)
from gwproactor.testing.simulated_node import SimulatedNode
from tests.support.family import Family, RecorderContainer


@attrs.frozen
class InMemory:
    publisher: MemoryLinkPublisher

    async def sent(self) -> Sequence[Sent]:
        return [Sent(one.topic, one.message.header, one.qos) for one in self.publisher.published]

    async def lose_broker(self) -> None:
        self.publisher.refuse_with(NotConnected())


class TestMemoryLinkPublisher(LinkPublisherContract):
    @asynccontextmanager
    @override
    async def publisher(self) -> AsyncIterator[LiveLinkPublisher]:
        codec = LinkCodec(CORE_NAMESPACE)
        yield InMemory(MemoryLinkPublisher((UP, DOWN), codec, message_bytes_max=BYTES_MAX))

    def test_a_state_can_be_set(self) -> None:
        publisher = MemoryLinkPublisher([UP])
        publisher.set_state("up", StateName.AWAITING_PEER)
        assert publisher.link_state("up") is StateName.AWAITING_PEER

    def test_it_refuses_until_it_is_told_to_accept(self) -> None:
        publisher = MemoryLinkPublisher([UP])
        publisher.refuse_with(NotConnected())
        assert publisher.publish_message("up", to_peer(Wish(), src=OWN)) == Failure(NotConnected())
        publisher.accept()
        assert publisher.publish_message("up", to_peer(Wish(), src=OWN)) == Success(None)
        assert [one.message.payload for one in publisher.published] == [Wish()]


@attrs.frozen
class OfNode:
    """Nobody is at the end of `down`: it is in awaiting_peer, where a link may send, too."""

    family: Family
    node: SimulatedNode[RecorderContainer]

    @property
    def publisher(self) -> LinkPublisher:
        return self.node.container.link_publisher()

    async def sent(self) -> Sequence[Sent]:
        await self.family.clock.sleep(1.0)
        codec = LinkCodec(MessageNamespace.of(Wish))
        sent: list[Sent] = []
        for one in self.family.broker.published:
            match codec.decode("up", one.topic, one.payload, retained=False):
                case Success(message) if isinstance(message.payload, Wish):
                    sent.append(Sent(one.topic, message.header, one.qos))
        return sent

    async def lose_broker(self) -> None:
        self.family.broker.stop()
        await self.family.clock.sleep(1.0)


def link_settings(link: LinkSpec) -> LinkSettings:
    return LinkSettings(
        peer_long_name=link.peer_long_name,
        peer_short_name=link.peer_short_name,
        upstream=link.upstream,
        primary_peer=link.primary_peer,
    )


class TestNodeLinkPublisher(LinkPublisherContract):
    @asynccontextmanager
    @override
    async def publisher(self) -> AsyncIterator[LiveLinkPublisher]:
        family = Family()
        node = family.make(
            ProactorSettings(
                long_name=OWN,
                short_name="s",
                links={"up": link_settings(UP), "down": link_settings(DOWN)},
                message_bytes_max=BYTES_MAX,
            )
        )
        family.parent.proactor.start()
        node.proactor.start()
        await family.clock.sleep(20.0)
        yield OfNode(family, node)
        await node.proactor.stop_and_join()
        await family.parent.proactor.stop_and_join()
