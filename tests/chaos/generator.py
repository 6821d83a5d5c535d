"""The child's actor: it generates events, and tells the supervisor of each."""

import asyncio
import time
from typing import Final

from typing_extensions import override

from gwproactor import Actor, EventLog, Failure, Success
from gwproactor.domain.moment import Chance
from gwproactor.ports.event_log import Accepted, Fate, Stopped
from tests.chaos.family import Happening
from tests.chaos.reports import Durable, Generated, Numbered, Refused, say
from tests.chaos.trouble import Trouble
from tests.chaos.troublemakers import hang

RAISES_EVERY_S: Final = 2.0
HANGS_EVERY_S: Final = 8.0


class Generator(Actor):
    """Generates so many events a second, and reports each before and after."""

    late_after_s = 0.5

    def __init__(self, event_log: EventLog, chance: Chance, rate: float, trouble: Trouble) -> None:
        super().__init__("generator")
        self._event_log = event_log
        self._rate = rate
        self._chance = chance
        self._trouble = trouble
        self._accepted: asyncio.Queue[Accepted | None] = asyncio.Queue()
        self._index = 0
        self._finishing = False
        self.finished = False

    def finish(self) -> None:
        """Generate no more."""
        self._finishing = True

    @override
    async def run(self) -> None:
        """Whatever happens to it: the next one goes on where it was."""
        started_s, first = time.monotonic(), self._index
        while not self._finishing:
            self._index += 1
            self._generate(Happening(message_id=self._chance.new_id(), index=self._index))
            self._trouble.may_raise("run", self._one_in(RAISES_EVERY_S))
            if self._trouble.happens("hang", self._one_in(HANGS_EVERY_S)):
                await hang()
            early_s = started_s + (self._index - first) / self._rate - time.monotonic()
            await self.sleep(max(0.0, early_s))
        self._accepted.put_nowait(None)

    def _generate(self, event: Happening) -> None:
        say(Generated(event.message_id))
        match self._event_log.generate_event(event):
            case Failure(Stopped()):
                pass  # nobody was promised anything
            case Failure(refused):
                say(Refused(event.message_id, str(refused)))
            case Success(accepted):
                # Accepted though the actor fails: it must arrive, if a later one is durable.
                self._trouble.may_raise("generate", self._one_in(RAISES_EVERY_S))
                assert accepted.sequence is not None, "a child has an upstream link"
                epoch, number = accepted.sequence.epoch, accepted.sequence.number
                say(Numbered(event.message_id, epoch, number))
                self._accepted.put_nowait(accepted)

    def _one_in(self, every_s: float) -> int:
        return max(1, round(every_s * self._rate))

    async def report_durable(self) -> None:
        """Return when `finish` was called and every event that was numbered is durable."""
        while (accepted := await self._accepted.get()) is not None:
            event = accepted.event
            match await self._event_log.durable(event):
                case Success(Fate.DURABLE | Fate.DELIVERED):
                    say(Durable(event.message_id))
                case other:
                    say(Refused(event.message_id, str(other)))
        self.finished = True
