"""MQTT topics of links: `gw/<src>/to/<dst>/<message type>`, with every `.` written `-`.

Filters follow MQTT 3.1.1 §4.7.
"""

from typing import Final

import attrs
from typing_extensions import override

from gwproactor.domain.outcome import Failure, Outcome, Success

ENVELOPE: Final = "gw"
TO: Final = "to"


@attrs.frozen
class Topic:
    """A decoded topic; parts that it does not have are empty."""

    envelope: str
    src: str = ""
    dst: str = ""
    message_type: str = ""
    remainder: tuple[str, ...] = ()


@attrs.frozen
class EmptyTopic:
    """A message without a topic, which no link can own."""

    @override
    def __str__(self) -> str:
        return "the topic is empty"


def encode_topic(src: str, dst: str, message_type: str) -> str:
    return f"{ENVELOPE}/{src}/{TO}/{dst}/{message_type}".replace(".", "-")


def decode_topic(topic: str) -> Outcome[Topic, EmptyTopic]:
    """The parts of *topic*; a `-` always reads as `.`, so names with `-` do not survive."""
    if not topic:
        return Failure(EmptyTopic())
    levels = topic.replace("-", ".").split("/")
    envelope, src = (*levels[:2], "")[:2]
    if levels[2:3] != [TO]:
        return Success(Topic(envelope, src, remainder=tuple(levels[2:])))
    dst, message_type = (*levels[3:5], "", "")[:2]
    return Success(Topic(envelope, src, dst, message_type, tuple(levels[5:])))


def link_filter(peer_long_name: str, own_name: str) -> str:
    """The filter of a link: everything that the peer sends to *own_name*."""
    return f"{ENVELOPE}/{peer_long_name}/{TO}/{own_name}/#".replace(".", "-")


def filter_matches(topic_filter: str, topic: str) -> bool:
    """Whether a broker delivers *topic* to a subscription of *topic_filter*."""
    if topic.startswith("$") and topic_filter.startswith(("+", "#")):
        return False
    wanted, given = topic_filter.split("/"), topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(given) or level not in ("+", given[index]):
            return False
    return len(wanted) == len(given)


def filters_overlap(one: str, other: str) -> bool:
    """Whether some topic matches both; a broker may deliver such a message twice."""
    if any(a.startswith("$") and b.startswith(("+", "#")) for a, b in ((one, other), (other, one))):
        return False
    first, second = one.split("/"), other.split("/")
    for a, b in zip(first, second, strict=False):
        if "#" in (a, b):
            return True
        if a != b and "+" not in (a, b):
            return False
    longer = first if len(first) > len(second) else second
    shared = min(len(first), len(second))
    return len(first) == len(second) or longer[shared:] == ["#"]


def bad_filter(topic_filter: str) -> str | None:
    """Why *topic_filter* is not a valid filter, or None (MQTT 3.1.1 §4.7.1)."""
    if not topic_filter:
        return "a filter must not be empty"
    levels = topic_filter.split("/")
    for index, level in enumerate(levels):
        if "#" in level and (level != "#" or index != len(levels) - 1):
            return "'#' must be the whole last level"
        if "+" in level and level != "+":
            return "'+' must be a whole level"
    return None
