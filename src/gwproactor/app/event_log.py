"""Where actors report what happened."""

import attrs

from gwproactor.app.engine import Engine
from gwproactor.app.event_intake import EventIntake
from gwproactor.app.own_events import OwnEvents
from gwproactor.domain import facts
from gwproactor.domain.events import Event, ProblemEvent
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.event_log import Accepted, EventRefused, Fate, StoreFull
from gwproactor.ports.event_store import StoreFailed
from gwproactor.ports.message_bus import Stopped


@attrs.frozen
class NodeEventLog:
    """The EventLog of one node."""

    engine: Engine
    intake: EventIntake
    own_events: OwnEvents

    def generate_event(self, event: Event) -> Outcome[Accepted, EventRefused]:
        if not self.engine.is_running:
            return Failure(Stopped())
        if isinstance(event, ProblemEvent) and event.src in ("", self.intake.long_name):
            # Also one that cannot be stored: the more it has to be seen.
            self.engine.core.stats.problems += 1
            self.own_events.remember(event)
        match self.intake.take(event):
            case Success((accepted, fact)):
                self.engine.dispatch(fact)
                return Success(accepted)
            case Failure(StoreFull() | StoreFailed() as refused):
                full = isinstance(refused, StoreFull)
                told = facts.EventRefused(event.type_name, str(refused), event.message_id, full)
                self.engine.dispatch(told)
                return Failure(refused)
            case Failure(refused):
                return Failure(refused)

    async def durable(self, event: Event) -> Outcome[Fate, StoreFailed]:
        return await self.intake.home.durable(event)
