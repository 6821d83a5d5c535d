"""The derived states of a link against the published table (link-states.md §1), pair by pair."""

import pytest

from gwproactor.domain.link_state import (
    Connection,
    InvalidLinkInput,
    LinkFacts,
    On,
    StateName,
    Transition,
    TransitionName,
    advance,
)
from gwproactor.domain.outcome import Failure, Success

FACTS = {
    StateName.NOT_STARTED: LinkFacts(Connection.NOT_STARTED),
    StateName.CONNECTING: LinkFacts(Connection.CONNECTING),
    StateName.AWAITING_SETUP_AND_PEER: LinkFacts(Connection.CONNECTED),
    StateName.AWAITING_SETUP: LinkFacts(Connection.CONNECTED, heard=True),
    StateName.AWAITING_PEER: LinkFacts(Connection.CONNECTED, subscribed=True),
    StateName.ACTIVE: LinkFacts(Connection.CONNECTED, subscribed=True, heard=True),
    StateName.STOPPED: LinkFacts(Connection.STOPPED),
}
INPUTS = {
    "start": (On.START, TransitionName.START_CALLED),
    "connected": (On.CONNECTED, TransitionName.MQTT_CONNECTED),
    "connect failed": (On.CONNECT_FAILED, TransitionName.MQTT_CONNECT_FAILED),
    "disconnected": (On.DISCONNECTED, TransitionName.MQTT_DISCONNECTED),
    "suback, some left": (On.SUBACK_SOME, TransitionName.MQTT_SUBACK),
    "suback, none left": (On.SUBACK_ALL, TransitionName.MQTT_SUBACK),
    "message from peer": (On.PEER_HEARD, TransitionName.MESSAGE_FROM_PEER),
    "ack timeout": (On.RESPONSE_TIMEOUT, TransitionName.RESPONSE_TIMEOUT),
    "stop": (On.STOP, TransitionName.STOP_CALLED),
}

# Columns in the order of INPUTS; `=` stays, `err` is refused.
TABLE = """
not_started             | connecting | err | err | err | err | err | err | err | stopped
connecting              | err | awaiting_setup_and_peer | = | err | err | err | err | err | stopped
awaiting_setup_and_peer | err | err | err | connecting | = | awaiting_peer | awaiting_setup | err | stopped
awaiting_setup          | err | err | err | connecting | = | active | = | err | stopped
awaiting_peer           | err | err | err | connecting | err | err | active | = | stopped
active                  | err | err | err | connecting | err | err | = | awaiting_peer | stopped
stopped                 | err | err | err | err | err | err | err | err | stopped
"""  # noqa: E501

CELLS = [
    (StateName(state), given, cell)
    for line in TABLE.strip().splitlines()
    for state, *cells in [[part.strip() for part in line.split("|")]]
    for given, cell in zip(INPUTS, cells, strict=True)
]


def test_the_table_names_every_pair() -> None:
    assert len({(state, given) for state, given, _ in CELLS}) == 7 * 9


@pytest.mark.parametrize(("state", "given", "cell"), CELLS)
def test_each_pair_follows_the_published_table(state: StateName, given: str, cell: str) -> None:
    on, transition_name = INPUTS[given]

    result = advance("a link", FACTS[state], on)

    if cell == "err":
        assert result == Failure(InvalidLinkInput("a link", transition_name, state))
    else:
        after = state if cell == "=" else StateName(cell)
        transition = Transition("a link", transition_name, state, after)
        assert result == Success((FACTS[after], transition))


def test_a_refusal_names_link_input_and_state() -> None:
    refused = InvalidLinkInput("up", TransitionName.MQTT_SUBACK, StateName.ACTIVE)

    assert str(refused) == "link up in state active refused mqtt_suback"


def test_a_transition_prints_as_one_line() -> None:
    moved = Transition(
        "up", TransitionName.STOP_CALLED, StateName.AWAITING_SETUP, StateName.STOPPED
    )

    assert str(moved) == "up: awaiting_setup -> stopped by stop_called"


@pytest.mark.parametrize("state", FACTS)
def test_the_state_is_derived_from_the_facts(state: StateName) -> None:
    assert FACTS[state].state is state


# Rows: old state; columns: new state, in the same order. `A` activated, `D` deactivated, `S` send
# activated, `s` send deactivated, `.` a change with none of these, `=` no change.
CHANGES = """
not_started             = .  .  .  S  AS .
connecting              . =  .  .  S  AS .
awaiting_setup_and_peer . .  =  .  S  AS .
awaiting_setup          . .  .  =  S  AS .
awaiting_peer           s s  s  s  =  A  s
active                  Ds Ds Ds Ds D =  Ds
stopped                 . .  .  .  S  AS =
"""
CHANGE_CELLS = [
    (StateName(old), new, cell)
    for line in CHANGES.strip().splitlines()
    for old, *cells in [line.split()]
    for new, cell in zip(FACTS, cells, strict=True)
]


@pytest.mark.parametrize(("old", "new", "cell"), CHANGE_CELLS)
def test_a_transition_knows_what_it_changes(old: StateName, new: StateName, cell: str) -> None:
    moved = Transition("up", TransitionName.NONE, old, new)

    assert bool(moved) is (cell != "=")
    assert moved.activated() is ("A" in cell)
    assert moved.deactivated() is ("D" in cell)
    assert moved.recv_activated() is ("A" in cell)
    assert moved.recv_deactivated() is ("D" in cell)
    assert moved.send_activated() is ("S" in cell)
    assert moved.send_deactivated() is ("s" in cell)
