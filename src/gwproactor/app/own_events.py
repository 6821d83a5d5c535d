"""Events that the node itself raises: logged, remembered for the status page, kept to be sent."""

import logging
from collections import deque
from typing import Final

import attrs

from gwproactor.app.event_intake import EventIntake
from gwproactor.domain.events import Event, ProblemEvent, ShutdownEvent, StoreDroppedEvent
from gwproactor.domain.facts import EventAccepted, EventRefused, OwnEventTaken
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.short_text import short_summary, shortened
from gwproactor.domain.status import RecentProblem
from gwproactor.ports.clock import Clock
from gwproactor.ports.event_log import ContentTooLarge, StoreFull

LOG: Final = logging.getLogger("gwproactor")

# What a page shows; the events themselves are in the store, and then with the parent.
RECENT_MAX: Final = 50
DETAILS_MAX: Final = 2_000
# The texts of an event that the messages of this node, however small, have room for.
BRIEF_MAX: Final = 100


@attrs.define(eq=False)
class OwnEvents:
    """Takes what the core raises. Loop thread only."""

    intake: EventIntake
    clock: Clock
    _recent: "deque[RecentProblem]" = attrs.field(
        init=False, factory=lambda: deque[RecentProblem](maxlen=RECENT_MAX)
    )

    @property
    def recent_problems(self) -> tuple[RecentProblem, ...]:
        """The last 50 problems, newest first."""
        return tuple(reversed(self._recent))

    def take(self, event: Event) -> EventAccepted | OwnEventTaken | EventRefused:
        """Keep *event*; the fact says whether it was taken."""
        self._log(event)
        taken = self.intake.take(event, own=True)
        if isinstance(taken, Failure) and isinstance(taken.failure(), ContentTooLarge):
            taken = self.intake.take(_brief(event), own=True)
        match taken:
            case Success((_, fact)):
                return fact
            case Failure(refused):
                LOG.error("event %s of this node was lost: %s", event.type_name, refused)
                full = isinstance(refused, StoreFull)
                return EventRefused(event.type_name, str(refused), event.message_id, full)

    def remember(self, problem: ProblemEvent) -> None:
        """Show *problem* among the recent ones. One of an actor may have texts of any kind."""
        self._recent.append(
            RecentProblem(
                time_ms=self.clock.wall_ms(),
                summary=short_summary(str(problem.summary)),
                details=shortened(str(problem.details), DETAILS_MAX),
            )
        )

    def _log(self, event: Event) -> None:
        match event:
            case ProblemEvent(summary=summary, details=details):
                LOG.warning("%s: %s", summary, details)
                self.remember(event)
            case StoreDroppedEvent():
                LOG.warning(
                    "event store: full, the oldest events are dropped: %d, with those that no peer "
                    "was told of yet, from %d to %d of epoch %s",
                    event.count,
                    event.first_number,
                    event.last_number,
                    event.epoch,
                )
            case _:
                pass


def _brief(event: Event) -> Event:
    match event:
        case ProblemEvent(summary=summary, details=details):
            return attrs.evolve(
                event,
                summary=shortened(summary, BRIEF_MAX),
                details=shortened(details, BRIEF_MAX),
            )
        case ShutdownEvent(reason=reason):
            return attrs.evolve(event, reason=shortened(reason, BRIEF_MAX))
        case _:
            return event
