"""Messages to peers, and further subscriptions, by link name."""

import logging
from collections.abc import Mapping, Sequence

import attrs

from gwproactor.app.engine import Engine
from gwproactor.domain.facts import MessageSent, SubscriptionAdded, SubscriptionRemoved
from gwproactor.domain.link_state import StateName
from gwproactor.domain.message import Message
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.subscription import QOS, Subscription
from gwproactor.domain.topic import encode_topic
from gwproactor.domain.wire_type import Payload
from gwproactor.ports.codec import Codec
from gwproactor.ports.event_log import ContentTooLarge
from gwproactor.ports.link_publisher import (
    AckWithoutId,
    FilterRefused,
    PublishRefused,
    UnknownLink,
)
from gwproactor.ports.link_transport import LinkTransport


@attrs.frozen
class NodeLinkPublisher:
    """The LinkPublisher of one node."""

    engine: Engine
    transports: Mapping[str, LinkTransport]
    codecs: Mapping[str, Codec]
    message_bytes_max: int
    _logged: set[str] = attrs.field(init=False, factory=set)

    @property
    def upstream_link(self) -> str:
        link = self.engine.core.upstream
        return "" if link is None else link.name

    @property
    def primary_peer_link(self) -> str:
        link = self.engine.core.primary_peer
        return "" if link is None else link.name

    def link_state(self, link_name: str) -> StateName | None:
        link = self.engine.core.links.get(link_name)
        return None if link is None else link.state

    def publish_message(
        self,
        link_name: str,
        message: Message[Payload],
        qos: QOS = QOS.AtMostOnce,
        *,
        topic: str = "",
        use_link_topic: bool = False,
    ) -> Outcome[None, PublishRefused]:
        link = self.engine.core.links.get(link_name)
        if link is None:
            return Failure(UnknownLink(link_name))
        header = message.header
        if header.ack_required and not header.message_id:
            return Failure(AckWithoutId(header.message_type))
        if not header.dst:
            header = attrs.evolve(header, dst=link.spec.peer_short_name)
        codec = self.codecs[link_name]
        data = codec.envelope(header, codec.encode_payload(message.payload))
        if len(data) > self.message_bytes_max:
            return Failure(ContentTooLarge(len(data), self.message_bytes_max))
        if not topic:
            topic = (
                link.topic(header.message_type)
                if use_link_topic
                else encode_topic(header.src, header.dst, header.message_type)
            )
        match self.transports[link.spec.broker].publish(topic, data, qos):
            case Success():
                self.engine.log.sent(topic, header, message.payload)
                sent = MessageSent(link_name, header.message_id, header.ack_required)
                self.engine.dispatch(sent)
                return Success(None)
            case Failure(failed):
                return Failure(failed)

    def subscribe(
        self, link_name: str, topic_filter: str, qos: QOS = QOS.AtMostOnce
    ) -> Outcome[None, UnknownLink | FilterRefused]:
        link = self.engine.core.links.get(link_name)
        if link is None:
            return Failure(UnknownLink(link_name))
        routes = self.engine.core.brokers[link.spec.broker].routes
        refusal = routes.refusal(link_name, topic_filter)
        if refusal is not None:
            return Failure(FilterRefused(topic_filter, refusal))
        self.engine.dispatch(SubscriptionAdded(link_name, topic_filter, qos))
        return Success(None)

    def unsubscribe(self, link_name: str, topic_filter: str) -> Outcome[None, UnknownLink]:
        if link_name not in self.engine.core.links:
            return Failure(UnknownLink(link_name))
        self.engine.dispatch(SubscriptionRemoved(link_name, topic_filter))
        return Success(None)

    def subscription_items(self, link_name: str) -> Sequence[Subscription]:
        link = self.engine.core.links.get(link_name)
        return () if link is None else link.subscriptions.items()

    def enable_logger(self, link_name: str) -> Outcome[None, UnknownLink]:
        link = self.engine.core.links.get(link_name)
        if link is None:
            return Failure(UnknownLink(link_name))
        self._logged.add(link_name)
        broker = link.spec.broker
        self.transports[broker].enable_logger(logging.getLogger(f"gwproactor.mqtt.{broker}"))
        return Success(None)

    def disable_logger(self, link_name: str) -> Outcome[None, UnknownLink]:
        link = self.engine.core.links.get(link_name)
        if link is None:
            return Failure(UnknownLink(link_name))
        self._logged.discard(link_name)
        links = self.engine.core.brokers[link.spec.broker].links
        if not any(other.name in self._logged for other in links):
            self.transports[link.spec.broker].disable_logger()
        return Success(None)

    def num_pending_subscriptions(self, link_name: str) -> int:
        link = self.engine.core.links.get(link_name)
        return 0 if link is None else len(link.subscriptions.pending)
