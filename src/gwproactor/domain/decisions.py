"""What the core wants done, in the order in which it must be done."""

from typing import TypeAlias

import attrs

from gwproactor.domain.events import Event
from gwproactor.domain.link_state import Transition
from gwproactor.domain.message import Header, Message
from gwproactor.domain.stored_event import Quarantined
from gwproactor.domain.subscription import Subscription
from gwproactor.domain.wire_type import Payload


@attrs.frozen
class Connect:
    """Begin one attempt to reach the broker."""

    broker: str


@attrs.frozen
class Disconnect:
    """End the broker connection cleanly."""

    broker: str


@attrs.frozen
class Subscribe:
    """Send one SUBSCRIBE; its answer is the fact SubscribeAcked with this request."""

    broker: str
    request: int
    subscriptions: tuple[Subscription, ...]


@attrs.frozen
class Unsubscribe:
    broker: str
    topic_filters: tuple[str, ...]


@attrs.frozen
class Publish:
    """Send a message at QoS 0; bytes are a payload's JSON as stored."""

    link_name: str
    broker: str
    topic: str
    header: Header
    body: Payload | bytes


@attrs.frozen
class Deliver:
    """Hand a received message to the application."""

    link_name: str
    message: Message[Payload]


@attrs.frozen
class Keep:
    """Store a received event; the answer is the fact EventKept or EventNotKept."""

    link_name: str
    message: Message[Payload]
    from_peer: bool


@attrs.frozen
class Forget:
    """The peer has this event of ours: clear it from the store."""

    number: int
    message_id: str


@attrs.frozen
class ReadBacklog:
    """Read stored events behind number `after`; the answer is BacklogRead or ReadFailed."""

    round: int
    after: int
    count: int
    bytes_max: int


@attrs.frozen
class ReadRetries:
    """Read these stored events again; the answer is RetriesRead or ReadFailed."""

    round: int
    numbers: tuple[int, ...]


@attrs.frozen
class Quarantine:
    """Keep this stored event out of what is sent."""

    event: Quarantined


@attrs.frozen
class Release:
    """The peer takes events of this type: end their quarantine."""

    type_name: str


@attrs.frozen
class ReadQuarantine:
    """Ask what is in quarantine; the answer is QuarantineRead."""


@attrs.frozen
class ReadOldest:
    """Read the oldest stored events behind number `after`, also the quarantined, to make room; the
    answer is OldestRead.
    """

    after: int
    count: int
    bytes_max: int


@attrs.frozen
class Drop:
    """Give this event up for newer ones; a report of it is stored."""

    number: int
    message_id: str


@attrs.frozen
class Raise:
    """Generate an event of the node's own."""

    event: Event


@attrs.frozen
class Announce:
    """Tell the communicators and the log that a link took an input that changed its state."""

    transition: Transition


@attrs.frozen
class FinishStop:
    """Everything the peer could be told was told: close what is open."""


Decision: TypeAlias = (
    Connect
    | Disconnect
    | Subscribe
    | Unsubscribe
    | Publish
    | Deliver
    | Keep
    | Forget
    | ReadBacklog
    | ReadRetries
    | Quarantine
    | Release
    | ReadQuarantine
    | ReadOldest
    | Drop
    | Raise
    | Announce
    | FinishStop
)
