"""What a node counts, bounded in memory."""

from collections import Counter
from typing import Final

import attrs

TYPES_MAX: Final = 200
OTHER: Final = "other"


def count(counter: "Counter[str]", key: str) -> None:
    """Count *key*, or `other` once there are too many different ones."""
    if key not in counter and len(counter) >= TYPES_MAX:
        key = OTHER
    counter[key] += 1


@attrs.define
class LinkStats:
    """Counts of one link since the node started."""

    received: int = 0
    received_by_type: Counter[str] = attrs.Factory(Counter)
    sent: int = 0
    retained: int = 0
    unreadable: int = 0
    unknown_types: int = 0
    acks_sent: int = 0
    acks_received: int = 0
    acks_unmatched: int = 0
    without_id: int = 0
    timeouts: int = 0
    unanswered: int = 0
    pings: int = 0
    connects: int = 0
    duplicates: int = 0
    events_not_kept: int = 0
    sink_busy: int = 0  # of those not kept
    comm_events: Counter[str] = attrs.Factory(Counter)


@attrs.define
class ProactorStats:
    """Counts of a node since it started; `links` by link name."""

    links: dict[str, LinkStats] = attrs.Factory(dict)
    events_generated: int = 0
    events_refused: int = 0
    events_dropped: int = 0  # by a full store, also of those relayed
    problems: int = 0
    problems_suppressed: int = 0
    stray_messages: int = 0
