"""What every `LinkPublisher` must do, as tests to be run on each adapter in virtual time.

Subclass `LinkPublisherContract` under a name that pytest collects, and override `publisher`.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, Final, Protocol

import attrs

from gwproactor.domain.link import LinkSpec
from gwproactor.domain.link_state import StateName
from gwproactor.domain.message import Header, to_peer
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.subscription import QOS, Subscription
from gwproactor.domain.wire_type import Payload, WireType
from gwproactor.ports.event_log import ContentTooLarge
from gwproactor.ports.link_publisher import (
    AckWithoutId,
    FilterRefused,
    LinkPublisher,
    UnknownLink,
)
from gwproactor.ports.link_transport import NotConnected, PublishFailed
from gwproactor.testing.virtual_time import in_virtual_time

BYTES_MAX: Final = 2_000
OWN: Final = "d1.house.scada"
UP: Final = LinkSpec(
    name="up",
    broker="local",
    own_long_name=OWN,
    receiver_name="s",
    peer_long_name="d1.house",
    peer_short_name="a",
    upstream=True,
)
DOWN: Final = LinkSpec(
    name="down",
    broker="local",
    own_long_name=OWN,
    receiver_name="s",
    peer_long_name="d1.house.scada.s2",
    peer_short_name="s2",
    primary_peer=True,
)


@attrs.frozen(kw_only=True)
class Wish(Payload):
    """A message of the contract, without an id of its own."""

    wire: ClassVar = WireType(type_name="contract.wish")

    text: str = ""


@attrs.frozen
class Sent:
    """A message as it left."""

    topic: str
    header: Header
    qos: QOS = QOS.AtMostOnce


class LiveLinkPublisher(Protocol):
    """The publisher of a running node whose links are `UP`, which is active, and `DOWN`, which may
    send, and whose messages have at most `BYTES_MAX` bytes.
    """

    @property
    def publisher(self) -> LinkPublisher: ...

    async def sent(self) -> Sequence[Sent]:
        """The messages of type `contract.wish` that left, in order."""
        ...

    async def lose_broker(self) -> None:
        """Lose the connection, for as long as the test lasts."""
        ...


class LinkPublisherContract:
    """The tests."""

    def publisher(self) -> AbstractAsyncContextManager[LiveLinkPublisher]:
        """The publisher of a running node; ended when left."""
        raise NotImplementedError

    @in_virtual_time
    async def test_a_message_goes_to_the_peer_of_its_link(self) -> None:
        async with self.publisher() as live:
            for link in (UP, DOWN):
                message = to_peer(Wish(), src=OWN)
                assert live.publisher.publish_message(link.name, message) == Success(None)
            assert await live.sent() == [
                Sent("gw/d1-house-scada/to/a/contract-wish", Header(OWN, "a", "contract.wish")),
                Sent("gw/d1-house-scada/to/s2/contract-wish", Header(OWN, "s2", "contract.wish")),
            ]

    @in_virtual_time
    async def test_the_topic_is_the_headers_unless_another_is_asked_for(self) -> None:
        async with self.publisher() as live:
            message = to_peer(Wish(), src="relay.1", dst="boss")
            live.publisher.publish_message("up", message)
            live.publisher.publish_message("up", message, use_link_topic=True)
            live.publisher.publish_message("up", message, topic="my/topic")
            assert [one.topic for one in await live.sent()] == [
                "gw/relay-1/to/boss/contract-wish",
                "gw/d1-house-scada/to/a/contract-wish",
                "my/topic",
            ]
            assert {one.header for one in await live.sent()} == {message.header}

    @in_virtual_time
    async def test_the_quality_of_service_is_0_unless_another_is_asked_for(self) -> None:
        async with self.publisher() as live:
            message = to_peer(Wish(), src=OWN)
            live.publisher.publish_message("up", message)
            live.publisher.publish_message("up", message, QOS.AtLeastOnce)
            assert [one.qos for one in await live.sent()] == [QOS.AtMostOnce, QOS.AtLeastOnce]

    @in_virtual_time
    async def test_an_ack_is_asked_for_only_with_an_id(self) -> None:
        """Hazard 18: the peer could not ack, and the link would time out."""
        async with self.publisher() as live:
            without = to_peer(Wish(), src=OWN, ack_required=True)
            refused = live.publisher.publish_message("up", without)
            assert refused == Failure(AckWithoutId("contract.wish"))
            with_id = to_peer(Wish(), src=OWN, ack_required=True, message_id="w1")
            assert live.publisher.publish_message("up", with_id) == Success(None)
            assert [one.header.message_id for one in await live.sent()] == ["w1"]

    @in_virtual_time
    async def test_a_message_over_the_limit_is_refused_with_both_numbers(self) -> None:
        async with self.publisher() as live:
            message = to_peer(Wish(text="x" * BYTES_MAX), src=OWN)
            match live.publisher.publish_message("up", message):
                case Failure(ContentTooLarge(size, bytes_max)):
                    assert BYTES_MAX + 200 < size < BYTES_MAX + 1_000
                    assert bytes_max == BYTES_MAX
                case other:
                    raise AssertionError(other)
            room = BYTES_MAX - (size - BYTES_MAX)
            fits = to_peer(Wish(text="x" * room), src=OWN)
            assert live.publisher.publish_message("up", fits) == Success(None)
            assert len(await live.sent()) == 1

    @in_virtual_time
    async def test_a_topic_that_mqtt_cannot_carry_is_refused(self) -> None:
        async with self.publisher() as live:
            refused = live.publisher.publish_message("up", to_peer(Wish(), src=OWN), topic="a/#")
            assert refused == Failure(PublishFailed("the topic 'a/#' contains a wildcard"))

    @in_virtual_time
    async def test_without_connection_nothing_is_sent(self) -> None:
        async with self.publisher() as live:
            await live.lose_broker()
            refused = live.publisher.publish_message("up", to_peer(Wish(), src=OWN))
            assert refused == Failure(NotConnected())
            assert await live.sent() == []

    @in_virtual_time
    async def test_an_unknown_link_is_named(self) -> None:
        async with self.publisher() as live:
            unknown = Failure(UnknownLink("upp"))
            message = to_peer(Wish(), src=OWN)
            assert live.publisher.publish_message("upp", message) == unknown
            assert live.publisher.subscribe("upp", "a/b") == unknown
            assert live.publisher.unsubscribe("upp", "a/b") == unknown
            assert list(live.publisher.subscription_items("upp")) == []
            assert live.publisher.num_pending_subscriptions("upp") == 0
            assert live.publisher.link_state("upp") is None
            assert live.publisher.enable_logger("upp") == unknown
            assert live.publisher.disable_logger("upp") == unknown

    @in_virtual_time
    async def test_the_marked_links_and_their_states_can_be_asked_for(self) -> None:
        async with self.publisher() as live:
            assert live.publisher.upstream_link == "up"
            assert live.publisher.primary_peer_link == "down"
            assert live.publisher.link_state("up") is StateName.ACTIVE

    @in_virtual_time
    async def test_the_log_of_a_links_client_can_be_switched_and_may_be_switched_again(
        self,
    ) -> None:
        async with self.publisher() as live:
            for switch in (live.publisher.enable_logger, live.publisher.disable_logger):
                assert [switch("up"), switch("up")] == [Success(None)] * 2

    @in_virtual_time
    async def test_filters_are_listed_in_the_order_of_their_adding(self) -> None:
        async with self.publisher() as live:
            own = Subscription(UP.own_filter, QOS.AtMostOnce)
            assert list(live.publisher.subscription_items("up")) == [own]
            for topic_filter in ("z/+", "a/b"):
                assert live.publisher.subscribe("up", topic_filter) == Success(None)
            again = live.publisher.subscribe("up", "z/+", QOS.ExactlyOnce)
            assert again == Success(None)
            assert list(live.publisher.subscription_items("up")) == [
                own,
                Subscription("z/+", QOS.ExactlyOnce),
                Subscription("a/b", QOS.AtMostOnce),
            ]
            assert len(live.publisher.subscription_items("down")) == 1

    @in_virtual_time
    async def test_a_filter_can_be_removed_and_need_not_be_there(self) -> None:
        async with self.publisher() as live:
            live.publisher.subscribe("up", "a/b")
            for _ in range(2):
                assert live.publisher.unsubscribe("up", "a/b") == Success(None)
            assert len(live.publisher.subscription_items("up")) == 1

    @in_virtual_time
    async def test_a_malformed_filter_is_refused_with_the_reason(self) -> None:
        async with self.publisher() as live:
            reasons = {
                "": "a filter must not be empty",
                "a/#/b": "'#' must be the whole last level",
                "a/b#": "'#' must be the whole last level",
                "a+/b": "'+' must be a whole level",
            }
            for topic_filter, reason in reasons.items():
                refused = live.publisher.subscribe("up", topic_filter)
                assert refused == Failure(FilterRefused(topic_filter, reason))

    @in_virtual_time
    async def test_a_filter_that_shares_a_topic_with_another_is_refused_with_its_name(self) -> None:
        async with self.publisher() as live:
            live.publisher.subscribe("down", "a/b")
            for topic_filter, other in (("a/+", "a/b"), ("gw/#", UP.own_filter), ("a/b", "a/b")):
                match live.publisher.subscribe("up", topic_filter):
                    case Failure(FilterRefused(refused, detail)):
                        assert refused == topic_filter
                        assert other in detail
                    case accepted:
                        raise AssertionError(accepted)
            assert len(live.publisher.subscription_items("up")) == 1
