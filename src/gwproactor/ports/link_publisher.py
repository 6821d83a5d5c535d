"""Messages to the peers of this node's links, and further subscriptions."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol, TypeAlias

import attrs

from gwproactor.domain.link_state import StateName
from gwproactor.domain.message import Message
from gwproactor.domain.outcome import Outcome
from gwproactor.domain.subscription import QOS, Subscription
from gwproactor.domain.wire_type import Payload
from gwproactor.ports.event_log import ContentTooLarge
from gwproactor.ports.link_transport import NotConnected, PublishFailed


@attrs.frozen
class UnknownLink:
    """No link has this name."""

    link_name: str

    def __str__(self) -> str:
        return f"there is no link named {self.link_name!r}"


@attrs.frozen
class AckWithoutId:
    """An ack was asked for, but there is no MessageId that the peer could acknowledge."""

    type_name: str

    def __str__(self) -> str:
        return f"{self.type_name!r} asks for an ack but has no message id: give it one"


@attrs.frozen
class FilterRefused:
    """The filter is malformed or could match a topic of another filter on the same broker."""

    topic_filter: str
    detail: str

    def __str__(self) -> str:
        return f"filter {self.topic_filter!r}: {self.detail}"


PublishRefused: TypeAlias = (
    UnknownLink | AckWithoutId | ContentTooLarge | NotConnected | PublishFailed
)


class LinkPublisher(Protocol):
    """Sends to peers by link name. Called from the loop thread only; never blocks it."""

    @property
    @abstractmethod
    def upstream_link(self) -> str:
        """The link over which events of this node go to its parent; empty: there is none."""
        ...

    @property
    @abstractmethod
    def primary_peer_link(self) -> str:
        """The link marked as the primary peer's; empty: there is none."""
        ...

    @abstractmethod
    def link_state(self, link_name: str) -> StateName | None:
        """The published state of a link; None: there is no such link."""
        ...

    @abstractmethod
    def publish_message(
        self,
        link_name: str,
        message: Message[Payload],
        qos: QOS = QOS.AtMostOnce,
        *,
        topic: str = "",
        use_link_topic: bool = False,
    ) -> Outcome[None, PublishRefused]:
        """Send *message* now, once. Success says nothing about delivery.

        An empty Header.dst is filled with the peer's short name. The topic is *topic*, or with
        *use_link_topic* that of the link (own long name, peer's short name, message type), or
        else that of the header. With Header.ack_required the ack is waited for: if the peer does
        not answer at all, the link leaves `active`.
        """
        ...

    @abstractmethod
    def subscribe(
        self, link_name: str, topic_filter: str, qos: QOS = QOS.AtMostOnce
    ) -> Outcome[None, UnknownLink | FilterRefused]:
        """Add a filter to a link, now and at each connect; a present one changes its QoS."""
        ...

    @abstractmethod
    def unsubscribe(self, link_name: str, topic_filter: str) -> Outcome[None, UnknownLink]:
        """Remove a filter; one that is not there is ignored."""
        ...

    @abstractmethod
    def subscription_items(self, link_name: str) -> Sequence[Subscription]:
        """The filters of a link in the order of their adding; empty for an unknown link."""
        ...

    @abstractmethod
    def enable_logger(self, link_name: str) -> Outcome[None, UnknownLink]:
        """Log what the MQTT client does that carries this link, from now on.

        The lines go to the logger `gwproactor.mqtt.<broker>` at level DEBUG. Links of one broker
        share a client: it is silent again once none of them wants its log.
        """
        ...

    @abstractmethod
    def disable_logger(self, link_name: str) -> Outcome[None, UnknownLink]:
        """This link wants no log of its MQTT client any more."""
        ...

    @abstractmethod
    def num_pending_subscriptions(self, link_name: str) -> int:
        """How many filters the broker has not granted at this connect."""
        ...
