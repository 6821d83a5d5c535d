"""What the core is told: things that have happened, in the order in which the loop saw them."""

from typing import TypeAlias

import attrs

from gwproactor.domain.message import Message
from gwproactor.domain.short_text import short_details, short_key, short_summary
from gwproactor.domain.stored_event import Quarantined, StoredEvent
from gwproactor.domain.subscription import QOS
from gwproactor.domain.wire_type import Payload


@attrs.frozen
class NodeStarted:
    """The store and the sink are open."""


@attrs.frozen
class LinkStartAsked:
    link_name: str


@attrs.frozen
class LinkStopAsked:
    link_name: str


@attrs.frozen
class BrokerConnected:
    broker: str


@attrs.frozen
class BrokerConnectFailed:
    """`cause` is short and stable, `detail` is for people."""

    broker: str
    cause: str
    detail: str


@attrs.frozen
class BrokerDisconnected:
    broker: str
    detail: str


@attrs.frozen
class SubscribeAcked:
    """One code for each filter of the request: the granted QoS, or 128 and above for refused."""

    broker: str
    request: int
    codes: tuple[int, ...]


@attrs.frozen
class MessageArrived:
    """A decoded message on a link; `from_peer` False: an extra filter brought it."""

    link_name: str
    message: Message[Payload]
    from_peer: bool


@attrs.frozen
class UnreadableArrived:
    """A message on a link that could not be decoded; `type_name` is set if it is just unknown."""

    link_name: str
    topic: str
    detail: str
    type_name: str | None = None


@attrs.frozen
class StrayArrived:
    """A message that belongs to no link of the connection it came by."""

    broker: str
    topic: str


@attrs.frozen
class MessageSent:
    """An application's message was handed to the transport."""

    link_name: str
    message_id: str
    ack_required: bool


@attrs.frozen
class EventAccepted(StoredEvent):
    """The store has taken an event to be sent; it now holds `pending_bytes` of payload."""

    pending_bytes: int = 0

    @classmethod
    def of(cls, event: StoredEvent, pending_bytes: int) -> "EventAccepted":
        return cls(
            event.sequence,
            event.message_id,
            event.type_name,
            event.payload,
            event.origin,
            pending_bytes,
        )


@attrs.frozen
class OwnEventTaken:
    """A node without upstream link has taken an event of its own, for its sink."""

    type_name: str


@attrs.frozen
class EventRefused:
    """An event that this node generated was not taken by the store. `full`: it had no room."""

    type_name: str
    detail: str
    message_id: str = ""
    full: bool = False


@attrs.frozen
class UnreadableStored:
    """What is stored under `number` is no event that could be sent; `detail` says why."""

    number: int
    detail: str


@attrs.frozen
class BacklogRead:
    """Answer to `ReadBacklog`; nothing in it: there is nothing behind the place asked for."""

    round: int
    events: tuple[StoredEvent, ...]
    unreadable: tuple[UnreadableStored, ...] = ()


@attrs.frozen
class RetriesRead:
    """Answer to `ReadRetries`, without those that are no longer stored."""

    round: int
    numbers: tuple[int, ...]
    events: tuple[StoredEvent, ...]
    unreadable: tuple[UnreadableStored, ...] = ()


@attrs.frozen
class QuarantineRead:
    """Answer to `ReadQuarantine`: the oldest of each type."""

    events: tuple[Quarantined, ...]


@attrs.frozen
class OldestRead:
    """Answer to `ReadOldest`; `events` is None if the store could not answer. It now holds
    `pending_bytes` of payload.
    """

    events: tuple[StoredEvent, ...] | None
    pending_bytes: int


@attrs.frozen
class ReadFailed:
    """The store could not answer `ReadBacklog` or `ReadRetries`."""

    round: int
    detail: str


@attrs.frozen
class EventKept:
    """The sink has stored a received event, or (`duplicate`) had it already."""

    link_name: str
    message: Message[Payload]
    from_peer: bool
    duplicate: bool


@attrs.frozen
class EventNotKept:
    """The sink could not take a received event, which must therefore not be acknowledged. `busy`:
    it had no room just now, and takes it when the peer sends it again.
    """

    link_name: str
    detail: str
    busy: bool = False


@attrs.frozen
class SubscriptionAdded:
    link_name: str
    topic_filter: str
    qos: QOS


@attrs.frozen
class SubscriptionRemoved:
    link_name: str
    topic_filter: str


@attrs.frozen
class ProblemFound:
    """Trouble outside the core. `kind`, `subject` and `cause` say which problems are the same.

    Its texts are cut: what they quote, such as an exception's text, may be of any length.
    """

    kind: str
    subject: str = attrs.field(converter=short_key)
    cause: str = attrs.field(converter=short_key)
    summary: str = attrs.field(converter=short_summary)
    details: str = attrs.field(default="", converter=short_details)
    is_error: bool = False


@attrs.frozen
class TimePassed:
    """The time in `NodeCore.wake_s` was reached (or not yet: coming early does no harm)."""


@attrs.frozen
class StopAsked:
    reason: str


@attrs.frozen
class StopNow:
    """There is no time left to tell or ask anybody. Also after StopAsked."""

    reason: str


SeldomFact: TypeAlias = (
    NodeStarted
    | LinkStartAsked
    | LinkStopAsked
    | BrokerConnected
    | BrokerConnectFailed
    | BrokerDisconnected
    | SubscribeAcked
    | BacklogRead
    | RetriesRead
    | ReadFailed
    | QuarantineRead
    | OldestRead
    | SubscriptionAdded
    | SubscriptionRemoved
    | TimePassed
    | StopAsked
    | StopNow
)
"""What may move any deadline; the others come with every message and are kept cheap."""

Fact: TypeAlias = (
    MessageArrived
    | EventAccepted
    | OwnEventTaken
    | EventRefused
    | EventKept
    | EventNotKept
    | MessageSent
    | UnreadableArrived
    | StrayArrived
    | ProblemFound
    | SeldomFact
)
