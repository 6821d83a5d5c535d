"""One link: its facts, its waiting acks, its filters and its times. It knows nothing of others."""

from typing import Final

import attrs

from gwproactor.domain.ack_book import AckBook
from gwproactor.domain.limits import CommEventLimit
from gwproactor.domain.link_state import (
    Connection,
    InvalidLinkInput,
    LinkFacts,
    On,
    StateName,
    Transition,
    advance,
)
from gwproactor.domain.link_subscriptions import LinkSubscriptions
from gwproactor.domain.outcome import Outcome, Success
from gwproactor.domain.short_text import KEY_MAX, short_key
from gwproactor.domain.stats import LinkStats
from gwproactor.domain.topic import encode_topic, link_filter

# Types that a node publishes; only a peer's wish to forward odd types could make more.
TOPICS_MAX: Final = 1_000
UNKNOWN_TYPES_MAX: Final = 1_000


@attrs.frozen(kw_only=True)
class LinkSpec:
    """What is configured of a link. Names are long (publication) or short (subscription) names.

    `receiver_name` is who the peer sends to: the own short name, unless the link says otherwise.
    `handler` names the communicator that gets messages addressed to the node itself.
    """

    name: str
    broker: str
    own_long_name: str
    receiver_name: str
    peer_long_name: str
    peer_short_name: str
    upstream: bool = False
    primary_peer: bool = False
    handler: str = ""

    @property
    def own_filter(self) -> str:
        return link_filter(self.peer_long_name, self.receiver_name)


@attrs.define
class Link:
    """The state of one link; moved by its own facts only."""

    spec: LinkSpec
    poll_s: float
    acks: AckBook
    facts: LinkFacts = attrs.Factory(LinkFacts)
    subscriptions: LinkSubscriptions = attrs.Factory(LinkSubscriptions)
    comm_events: CommEventLimit = attrs.Factory(CommEventLimit)
    stats: LinkStats = attrs.Factory(LinkStats)
    unknown_types: set[str] = attrs.Factory(set)
    last_sent_s: float = 0.0
    last_heard_s: float = 0.0
    last_ping_s: float = 0.0
    since_s: float | None = None  # when the state was entered; None: it was never another
    _topics: dict[str, str] = attrs.Factory(dict)

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def state(self) -> StateName:
        return self.facts.state

    @property
    def is_active(self) -> bool:
        return self.facts.subscribed and self.facts.heard

    @property
    def may_send(self) -> bool:
        """Whether what is sent has a chance to be answered: awaiting_peer or active."""
        return self.facts.subscribed

    @property
    def is_connected(self) -> bool:
        return self.facts.connection is Connection.CONNECTED

    def take(self, given: On) -> Outcome[Transition, InvalidLinkInput]:
        """Apply an input."""
        match advance(self.name, self.facts, given):
            case Success((facts, transition)):
                self.facts = facts
                return Success(transition)
            case refused:
                return refused

    def sent(self, now_s: float) -> None:
        """Something was sent on this link."""
        self.last_sent_s = now_s
        self.stats.sent += 1

    def topic(self, message_type: str) -> str:
        """The topic on which this link sends *message_type*."""
        topic = self._topics.get(message_type)
        if topic is None:
            topic = encode_topic(self.spec.own_long_name, self.spec.peer_short_name, message_type)
            if len(message_type) <= KEY_MAX:
                if len(self._topics) >= TOPICS_MAX:
                    self._topics.clear()
                self._topics[message_type] = topic
        return topic

    def is_new_unknown(self, type_name: str) -> bool:
        """Whether *type_name*, cut if it is long, has not been reported for this link yet."""
        type_name = short_key(type_name)
        if type_name in self.unknown_types or len(self.unknown_types) >= UNKNOWN_TYPES_MAX:
            return False
        self.unknown_types.add(type_name)
        return True

    def ping_due_s(self) -> float:
        """When a ping is due: nothing sent, or nothing heard, for the poll time."""
        return max(min(self.last_sent_s, self.last_heard_s), self.last_ping_s) + self.poll_s

    def next_s(self) -> float | None:
        """When the time alone has something to say to this link."""
        if not self.is_connected:
            return None
        times = [self.acks.next_s(probing=self.is_active), self.subscriptions.next_s()]
        if self.may_send:
            times.append(self.ping_due_s())
        return min((time for time in times if time is not None), default=None)
