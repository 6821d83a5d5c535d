"""What the core tells of itself: comm events and problem events, counted and limited."""

from collections.abc import Sequence as Items
from typing import Final

import attrs

from gwproactor.domain.decisions import Decision, Raise
from gwproactor.domain.events import CommEvent, ProblemEvent, ProblemType
from gwproactor.domain.facts import (
    BrokerConnectFailed,
    EventNotKept,
    ProblemFound,
    StrayArrived,
    UnreadableArrived,
    UnreadableStored,
)
from gwproactor.domain.limits import CommEventLimit, ProblemLimit
from gwproactor.domain.link import Link
from gwproactor.domain.moment import Moment
from gwproactor.domain.outage import outage_words
from gwproactor.domain.stats import ProactorStats, count

# Of one read: the command line lists all of them.
UNREADABLE_SHOWN: Final = 10


@attrs.define
class Reports:
    """The reports of one node. Each method gives the event to raise, or nothing if there were too
    many like it.
    """

    stats: ProactorStats
    _problems: ProblemLimit = attrs.Factory(ProblemLimit)

    def comm_event(self, link: Link, event: CommEvent, at: Moment) -> list[Decision]:
        """Something happened to *link*."""
        count(link.stats.comm_events, event.type_name)
        suppressed = link.comm_events.admit(at.now_s)
        if suppressed is None:
            return []
        return [Raise(attrs.evolve(event, suppressed=suppressed))]

    def problem(self, found: ProblemFound, at: Moment) -> list[Decision]:
        """Trouble of any kind."""
        left_out = self._problems.admit((found.kind, found.subject, found.cause), at.now_s)
        return self._report(found, left_out)

    def outage(
        self, limit: CommEventLimit, failed: BrokerConnectFailed, at: Moment
    ) -> list[Decision]:
        """A broker cannot be reached. Each outage is news, however soon after the last one; the
        broker's own *limit* keeps one that flaps from flooding.
        """
        why = outage_words(failed.cause)
        summary = f"broker {failed.broker!r} cannot be reached: {why}"
        found = ProblemFound("link", failed.broker, failed.cause, summary, failed.detail)
        return self._report(found, limit.admit(at.now_s))

    def link_problem(
        self, subject: str, cause: str, details: str, at: Moment, *, summary: str = ""
    ) -> list[Decision]:
        """Trouble with a link or a broker named *subject*."""
        summary = summary or f"{subject}: {cause}"
        return self.problem(ProblemFound("link", subject, cause, summary, details), at)

    def unreadable(self, link: Link, fact: UnreadableArrived, at: Moment) -> list[Decision]:
        """An unknown type is a matter of versions and told once; else the peer, or somebody in
        its name, sends rubbish.
        """
        name, type_name = link.name, fact.type_name
        if type_name is None:
            link.stats.unreadable += 1
            summary = f"Decoding error topic [{fact.topic}]"
            return self.link_problem(name, "undecodable", fact.detail, at, summary=summary)
        link.stats.unknown_types += 1
        if not link.is_new_unknown(type_name):
            return []
        summary = f"link {name!r} cannot read messages of type {type_name!r}"
        return self.link_problem(name, f"type {type_name}", fact.detail, at, summary=summary)

    def event_not_kept(self, link: Link, fact: EventNotKept, at: Moment) -> list[Decision]:
        """A busy sink slows the peer down, as it should: no trouble to tell of."""
        link.stats.events_not_kept += 1
        link.stats.sink_busy += fact.busy
        if fact.busy:
            return []
        return self.link_problem(link.name, "event not stored", fact.detail, at)

    def not_acknowledged(
        self, link_name: str, type_name: str, details: str, at: Moment
    ) -> list[Decision]:
        """A peer that is alive does not acknowledge an event: most often one of a type that it does
        not know, so that one report stands for many.
        """
        summary = f"link {link_name!r}: the peer does not acknowledge {type_name!r}"
        found = ProblemFound("link", link_name, f"no ack {type_name}", summary, details)
        return self.problem(found, at)

    def unreadable_stored(self, found: Items[UnreadableStored], at: Moment) -> list[Decision]:
        """What is stored and can never be sent."""
        lines = [f"number {each.number}: {each.detail}" for each in found[:UNREADABLE_SHOWN]]
        if len(found) > len(lines):
            lines.append(f"{len(found) - len(lines)} more")
        summary = f"event store: {len(found)} unreadable events are in quarantine"
        kind = "event store"
        return self.problem(ProblemFound(kind, kind, "unreadable", summary, "\n".join(lines)), at)

    def stray(self, fact: StrayArrived, at: Moment) -> list[Decision]:
        """A message of nobody."""
        self.stats.stray_messages += 1
        detail = f"message on topic [{fact.topic}], which belongs to no link"
        return self.link_problem(fact.broker, "wrongly addressed", detail, at)

    def _report(self, found: ProblemFound, left_out: int | None) -> list[Decision]:
        self.stats.problems += 1
        if left_out is None:
            self.stats.problems_suppressed += 1
            return []
        repeats = f" ({left_out} more like it since the last report)" if left_out else ""
        event = ProblemEvent(
            problem_type=ProblemType.ERROR if found.is_error else ProblemType.WARNING,
            summary=found.summary + repeats,
            details=found.details,
        )
        return [Raise(event)]
