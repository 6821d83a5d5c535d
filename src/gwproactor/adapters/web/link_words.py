"""What the state of a link means, in words for whoever stands before the node."""

from typing import Final

from gwproactor.adapters.web.level import Level
from gwproactor.adapters.web.words import duration
from gwproactor.domain.link_state import StateName
from gwproactor.domain.status import LinkStatus

MEANING: Final = {
    StateName.ACTIVE: (Level.OK, "heard", "The peer hears this node, and is heard."),
    StateName.AWAITING_PEER: (
        Level.WARN,
        "peer silent",
        "The broker is connected, but the peer does not answer.",
    ),
    StateName.AWAITING_SETUP: (
        Level.WARN,
        "not subscribed",
        "The peer was heard, but the broker has not granted every subscription.",
    ),
    StateName.AWAITING_SETUP_AND_PEER: (
        Level.WARN,
        "not subscribed",
        "The broker is connected, but has not granted every subscription; the peer was not heard.",
    ),
    StateName.CONNECTING: (Level.BAD, "no broker", "There is no connection to the broker"),
    StateName.NOT_STARTED: (Level.OFF, "not started", "The link was not started yet."),
    StateName.STOPPED: (Level.OFF, "stopped", "The link was stopped."),
    StateName.NONE: (Level.OFF, "none", ""),
}


def level_of(link: LinkStatus) -> Level:
    """How good it is."""
    return MEANING[StateName(link.state)][0]


def short_words(link: LinkStatus) -> str:
    """For a badge."""
    return MEANING[StateName(link.state)][1]


def long_words(link: LinkStatus) -> str:
    """A sentence, and what happens next."""
    words = MEANING[StateName(link.state)][2]
    if link.state != StateName.CONNECTING.value:
        return words
    next_try = "" if link.next_try_s is None else f" Next try in {duration(link.next_try_s)}."
    why = f": {link.no_broker}" if link.no_broker else ""
    return f"{words} at {link.broker_address}{why}.{next_try}"
