"""`LinkPublisher` of a test: what an actor says to peers can be read."""

from collections.abc import Iterable, Sequence

import attrs

from gwproactor.domain.link import LinkSpec
from gwproactor.domain.link_state import StateName
from gwproactor.domain.message import Message
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.publication import bad_publication
from gwproactor.domain.routing import overlap
from gwproactor.domain.subscription import QOS, Subscription
from gwproactor.domain.topic import bad_filter, encode_topic
from gwproactor.domain.wire_type import Payload
from gwproactor.ports.codec import Codec
from gwproactor.ports.event_log import ContentTooLarge
from gwproactor.ports.link_publisher import (
    AckWithoutId,
    FilterRefused,
    PublishRefused,
    UnknownLink,
)
from gwproactor.ports.link_transport import PublishFailed


@attrs.frozen
class PublishedMessage:
    """What was sent: *message* with its Header.dst filled."""

    link_name: str
    topic: str
    message: Message[Payload]
    qos: QOS


@attrs.define
class MemoryLinkPublisher:
    """Links like those of a node's settings: `MemoryLinkPublisher(settings.node_spec().links)`.

    `published` is what was sent, in order; `logged` are the links whose client's log is wanted.
    Every link is `active` until `set_state` says otherwise, and every filter granted at once.
    Sizes are known only with a *codec*: without it nothing is too large.
    """

    specs: Iterable[LinkSpec]
    codec: Codec | None = None
    message_bytes_max: int = 1_048_576
    published: list[PublishedMessage] = attrs.field(init=False, factory=list)
    logged: set[str] = attrs.field(init=False, factory=set)
    _links: dict[str, LinkSpec] = attrs.field(init=False)
    _states: dict[str, StateName] = attrs.field(init=False)
    _filters: dict[str, dict[str, QOS]] = attrs.field(init=False)
    _refusal: PublishRefused | None = attrs.field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self._links = {link.name: link for link in self.specs}
        self._states = dict.fromkeys(self._links, StateName.ACTIVE)
        self._filters = {
            name: {link.own_filter: QOS.AtMostOnce} for name, link in self._links.items()
        }

    @property
    def upstream_link(self) -> str:
        return next((name for name, link in self._links.items() if link.upstream), "")

    @property
    def primary_peer_link(self) -> str:
        return next((name for name, link in self._links.items() if link.primary_peer), "")

    def link_state(self, link_name: str) -> StateName | None:
        return self._states.get(link_name)

    def publish_message(
        self,
        link_name: str,
        message: Message[Payload],
        qos: QOS = QOS.AtMostOnce,
        *,
        topic: str = "",
        use_link_topic: bool = False,
    ) -> Outcome[None, PublishRefused]:
        link = self._links.get(link_name)
        if link is None:
            return Failure(UnknownLink(link_name))
        header = message.header
        if header.ack_required and not header.message_id:
            return Failure(AckWithoutId(header.message_type))
        if not header.dst:
            header = attrs.evolve(header, dst=link.peer_short_name)
            message = attrs.evolve(message, header=header)
        if not topic and use_link_topic:
            topic = encode_topic(link.own_long_name, link.peer_short_name, header.message_type)
        elif not topic:
            topic = encode_topic(header.src, header.dst, header.message_type)
        refusal = self._refusal_of(message, topic)
        if refusal is not None:
            return Failure(refusal)
        self.published.append(PublishedMessage(link_name, topic, message, qos))
        return Success(None)

    def subscribe(
        self, link_name: str, topic_filter: str, qos: QOS = QOS.AtMostOnce
    ) -> Outcome[None, UnknownLink | FilterRefused]:
        link = self._links.get(link_name)
        if link is None:
            return Failure(UnknownLink(link_name))
        sharing = [o.name for o in self._links.values() if o.broker == link.broker]
        others = ((name, filter_) for name in sharing for filter_ in self._filters[name])
        refusal = bad_filter(topic_filter) or overlap(link_name, topic_filter, others)
        if refusal is not None:
            return Failure(FilterRefused(topic_filter, refusal))
        self._filters[link_name][topic_filter] = qos
        return Success(None)

    def unsubscribe(self, link_name: str, topic_filter: str) -> Outcome[None, UnknownLink]:
        if link_name not in self._links:
            return Failure(UnknownLink(link_name))
        self._filters[link_name].pop(topic_filter, None)
        return Success(None)

    def subscription_items(self, link_name: str) -> Sequence[Subscription]:
        return tuple(Subscription(*item) for item in self._filters.get(link_name, {}).items())

    def enable_logger(self, link_name: str) -> Outcome[None, UnknownLink]:
        return self._log(link_name, wanted=True)

    def disable_logger(self, link_name: str) -> Outcome[None, UnknownLink]:
        return self._log(link_name, wanted=False)

    def num_pending_subscriptions(self, link_name: str) -> int:
        return 0

    def set_state(self, link_name: str, state: StateName) -> None:
        """Publish *state* as that of the link; nothing else follows from it."""
        self._states[link_name] = state

    def refuse_with(self, problem: PublishRefused) -> None:
        """Refuse what could be sent with *problem*, such as NotConnected, until `accept`."""
        self._refusal = problem

    def accept(self) -> None:
        """Refuse no more than a connected node would."""
        self._refusal = None

    def _log(self, link_name: str, *, wanted: bool) -> Outcome[None, UnknownLink]:
        if link_name not in self._links:
            return Failure(UnknownLink(link_name))
        (self.logged.add if wanted else self.logged.discard)(link_name)
        return Success(None)

    def _refusal_of(self, message: Message[Payload], topic: str) -> PublishRefused | None:
        size = 0
        if self.codec is not None:
            payload = self.codec.encode_payload(message.payload)
            size = len(self.codec.envelope(message.header, payload))
            if size > self.message_bytes_max:
                return ContentTooLarge(size, self.message_bytes_max)
        if self._refusal is not None:
            return self._refusal
        bad = bad_publication(topic, size)
        return None if bad is None else PublishFailed(bad)
