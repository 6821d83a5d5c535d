"""The communication state of a link: three facts, and the seven names published for them.

A *broker connection* is not_started, connecting, connected or stopped and may carry many links. A
*link* adds two facts of its own: are its subscriptions granted, has its peer been heard. The names
are derived, so a link can never be in a state that its facts deny. The inputs carry their guards
in their names (`SUBACK_SOME`, `SUBACK_ALL`), so no branch hides outside the tables.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

import attrs

from gwproactor.domain.outcome import Failure, Outcome, Success


class StateName(Enum):
    """The published states of a link."""

    NONE = "none"
    NOT_STARTED = "not_started"
    CONNECTING = "connecting"
    AWAITING_SETUP_AND_PEER = "awaiting_setup_and_peer"
    AWAITING_SETUP = "awaiting_setup"
    AWAITING_PEER = "awaiting_peer"
    ACTIVE = "active"
    STOPPED = "stopped"


class TransitionName(Enum):
    """The published names of what moves a link."""

    NONE = "none"
    START_CALLED = "start_called"
    MQTT_CONNECTED = "mqtt_connected"
    MQTT_CONNECT_FAILED = "mqtt_connect_failed"
    MQTT_DISCONNECTED = "mqtt_disconnected"
    MQTT_SUBACK = "mqtt_suback"
    MESSAGE_FROM_PEER = "message_from_peer"
    RESPONSE_TIMEOUT = "response_timeout"
    STOP_CALLED = "stop_called"


class On(Enum):
    """The inputs of the machine; `MQTT_SUBACK` is two, by whether a filter is still ungranted."""

    START = TransitionName.START_CALLED
    CONNECTED = TransitionName.MQTT_CONNECTED
    CONNECT_FAILED = TransitionName.MQTT_CONNECT_FAILED
    DISCONNECTED = TransitionName.MQTT_DISCONNECTED
    SUBACK_SOME = (TransitionName.MQTT_SUBACK, "some left")
    SUBACK_ALL = (TransitionName.MQTT_SUBACK, "none left")
    PEER_HEARD = TransitionName.MESSAGE_FROM_PEER
    RESPONSE_TIMEOUT = TransitionName.RESPONSE_TIMEOUT
    STOP = TransitionName.STOP_CALLED

    @property
    def transition_name(self) -> TransitionName:
        value = self.value
        return value if isinstance(value, TransitionName) else value[0]


class Connection(Enum):
    """Where a broker connection stands."""

    NOT_STARTED = "not_started"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    STOPPED = "stopped"


@attrs.frozen
class LinkFacts:
    """What is known of a link. `subscribed` and `heard` hold for the current connect only."""

    connection: Connection = Connection.NOT_STARTED
    subscribed: bool = False
    heard: bool = False

    @property
    def state(self) -> StateName:
        match (self.connection, self.subscribed, self.heard):
            case (Connection.NOT_STARTED, _, _):
                return StateName.NOT_STARTED
            case (Connection.CONNECTING, _, _):
                return StateName.CONNECTING
            case (Connection.STOPPED, _, _):
                return StateName.STOPPED
            case (_, True, True):
                return StateName.ACTIVE
            case (_, True, False):
                return StateName.AWAITING_PEER
            case (_, False, True):
                return StateName.AWAITING_SETUP
            case _:
                return StateName.AWAITING_SETUP_AND_PEER


SEND_STATES: Final = frozenset({StateName.AWAITING_PEER, StateName.ACTIVE})

# fmt: off
CONNECTION: Final[Mapping[tuple[Connection, On], Connection]] = {
    (Connection.NOT_STARTED, On.START):          Connection.CONNECTING,
    (Connection.CONNECTING,  On.CONNECTED):      Connection.CONNECTED,
    (Connection.CONNECTING,  On.CONNECT_FAILED): Connection.CONNECTING,
    (Connection.CONNECTED,   On.DISCONNECTED):   Connection.CONNECTING,
} | {(connection, On.STOP): Connection.STOPPED for connection in Connection}

# (subscribed, heard) of a connected link; a pair that is missing is refused.
PEER: Final[Mapping[tuple[tuple[bool, bool], On], tuple[bool, bool]]] = {
    ((False, False), On.SUBACK_SOME):      (False, False),
    ((False, True),  On.SUBACK_SOME):      (False, True),
    ((False, False), On.SUBACK_ALL):       (True,  False),
    ((False, True),  On.SUBACK_ALL):       (True,  True),
    ((False, False), On.PEER_HEARD):       (False, True),
    ((False, True),  On.PEER_HEARD):       (False, True),
    ((True,  False), On.PEER_HEARD):       (True,  True),
    ((True,  True),  On.PEER_HEARD):       (True,  True),
    ((True,  False), On.RESPONSE_TIMEOUT): (True,  False),
    ((True,  True),  On.RESPONSE_TIMEOUT): (True,  False),
}
# fmt: on


@attrs.frozen
class Transition:
    """One accepted input of a link; true if it changed the state."""

    link_name: str
    transition_name: TransitionName
    old_state: StateName
    new_state: StateName

    def __bool__(self) -> bool:
        return self.old_state is not self.new_state

    def __str__(self) -> str:
        return (
            f"{self.link_name}: {self.old_state.value} -> {self.new_state.value} "
            f"by {self.transition_name.value}"
        )

    def activated(self) -> bool:
        return bool(self) and self.new_state is StateName.ACTIVE

    def deactivated(self) -> bool:
        return bool(self) and self.old_state is StateName.ACTIVE

    def recv_activated(self) -> bool:
        """The same as activated: a link receives only when active."""
        return self.activated()

    def recv_deactivated(self) -> bool:
        return self.deactivated()

    def send_activated(self) -> bool:
        return self.new_state in SEND_STATES and self.old_state not in SEND_STATES

    def send_deactivated(self) -> bool:
        return self.old_state in SEND_STATES and self.new_state not in SEND_STATES


@attrs.frozen
class InvalidLinkInput:
    """An input that a link in this state cannot take; the state is unchanged."""

    link_name: str
    transition_name: TransitionName
    state: StateName

    def __str__(self) -> str:
        given = self.transition_name.value
        return f"link {self.link_name} in state {self.state.value} refused {given}"


def next_facts(facts: LinkFacts, given: On) -> LinkFacts | None:
    """The facts after *given*, or None if a link with these facts cannot take it."""
    connection = CONNECTION.get((facts.connection, given))
    if connection is not None:
        return LinkFacts(connection)
    if facts.connection is Connection.CONNECTED:
        peer = PEER.get(((facts.subscribed, facts.heard), given))
        if peer is not None:
            return LinkFacts(Connection.CONNECTED, *peer)
    return None


def advance(
    link_name: str, facts: LinkFacts, given: On
) -> Outcome[tuple[LinkFacts, Transition], InvalidLinkInput]:
    """The facts after *given* and the transition it makes."""
    after = next_facts(facts, given)
    if after is None:
        return Failure(InvalidLinkInput(link_name, given.transition_name, facts.state))
    transition = Transition(link_name, given.transition_name, facts.state, after.state)
    return Success((after, transition))
