"""What a node counts, bounded in memory."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

import attrs

from gwproactor.domain.short_text import short_key

TYPES_MAX: Final = 200
OTHER: Final = "other"


def count(counter: "Counter[str]", key: str) -> None:
    """Count *key*, cut if it is long, or `other` once there are too many different ones."""
    if key not in counter:
        key = short_key(key)
        if key not in counter and len(counter) >= TYPES_MAX:
            key = OTHER
    counter[key] += 1


@attrs.define
class UploadStats:
    """A reupload starts with the first event of a backlog, and completes when all were acked."""

    reuploads_started: int = 0
    reuploads_completed: int = 0
    sent: int = 0
    acked: int = 0
    unanswered: int = 0
    quarantined: int = 0
    is_reuploading: bool = False

    def count_reupload(self, *, begins: bool, goes_on: bool) -> None:
        """*begins*: events of the backlog are sent; *goes_on*: some are not sent, or not acked."""
        if begins and not self.is_reuploading:
            self.is_reuploading = True
            self.reuploads_started += 1
        if self.is_reuploading and not goes_on:
            self.is_reuploading = False
            self.reuploads_completed += 1

    def end_reupload(self) -> None:
        """The connection is gone: it was not completed."""
        self.is_reuploading = False


@attrs.define
class LinkStats:
    """Counts of one link since the node started; `upload` only of the upstream link.

    What arrived and could be decoded is in `received`, by type and by topic: acks and pings, too.
    `comm_events` are by type name, also those left out.
    """

    received: int = 0
    received_by_type: Counter[str] = attrs.Factory(Counter)
    received_by_topic: Counter[str] = attrs.Factory(Counter)
    events_received: int = 0
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
    upload: UploadStats = attrs.Factory(UploadStats)

    def arrived(self, message_type: str, topic: str) -> None:
        """A message was decoded; a *topic* that is not known is blank."""
        self.received += 1
        count(self.received_by_type, message_type)
        if topic:
            count(self.received_by_topic, topic)

    def __str__(self) -> str:
        lines = [f"received: {self.received}  sent: {self.sent}  timeouts: {self.timeouts}"]
        lines += _table("received by type", self.received_by_type)
        lines += _table("received by topic", self.received_by_topic)
        lines += _table("comm events", self.comm_events)
        reuploads = f"{self.upload.reuploads_started}, completed: {self.upload.reuploads_completed}"
        return "\n".join([*lines, f"  reuploads started: {reuploads}"])


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

    @property
    def received(self) -> int:
        """Decoded messages of all links."""
        return sum(link.received for link in self.links.values())

    @property
    def events_received(self) -> int:
        """Those of all links, also the ones received again."""
        return sum(link.events_received for link in self.links.values())

    @property
    def received_by_type(self) -> Counter[str]:
        return _sum(link.received_by_type for link in self.links.values())

    @property
    def received_by_topic(self) -> Counter[str]:
        return _sum(link.received_by_topic for link in self.links.values())

    def __str__(self) -> str:
        lines = [f"received: {self.received}, of which events: {self.events_received}"]
        lines += _table("received by type", self.received_by_type)
        lines += [f"link {name}: {self.links[name]}" for name in sorted(self.links)]
        return "\n".join(lines)


def _sum(counters: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return total


def _table(title: str, counter: Counter[str]) -> list[str]:
    rows = [f"    {counter[key]:6d}  {key}" for key in sorted(counter)]
    return [f"  {title}:", *rows] if rows else []
