"""What became of the events that this node put into its store, for those who wait to know."""

import asyncio
from typing import Final, TypeAlias

import attrs

from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.event_log import Fate
from gwproactor.ports.event_store import EventStore, StoreFailed

# Events are remembered in two halves, the older of which is forgotten when the newer one is full:
# some 100 bytes each. Fewer, and who asks late hears less.
HALF: Final = 10_000

# The number, below all others, of those who wait for all events.
ALL: Final = 0
NOT_STORED: Final = StoreFailed("the node ended before its event store had stored it")

Known: TypeAlias = dict[str, int | Fate]


@attrs.define
class EventFates:
    """By message id: the last 10,000 to 20,000 events that were accepted; of an id that was used
    again, the last event.
    """

    store: EventStore
    # The event's number in the store, then its fate.
    _newer: Known = attrs.field(init=False, factory=dict)
    _older: Known = attrs.field(init=False, factory=dict)
    _last: int = attrs.field(init=False, default=0)
    _waiting: dict[int, list[asyncio.Future[Outcome[Fate, StoreFailed]]]] = attrs.field(
        init=False, factory=dict
    )

    def accepted(self, message_id: str, number: int) -> None:
        """The store has taken this event, under this number."""
        if len(self._newer) >= HALF:
            self._newer, self._older = {}, self._newer
        self._newer[message_id] = number
        self._last = number

    def settle(self, number: int, message_id: str, fate: Fate) -> None:
        """The store need not keep this event, or another node's, any more."""
        for known in (self._newer, self._older):
            if known.get(message_id) == number:
                known[message_id] = fate
        for waiter in self._waiting.pop(number, ()):
            if not waiter.done():
                waiter.set_result(Success(fate))

    async def durable(self, message_id: str) -> Outcome[Fate, StoreFailed]:
        """See `EventLog.durable`. An event that is not remembered is durable when all are."""
        match self._newer.get(message_id) or self._older.get(message_id):
            case Fate() as fate:
                return Success(fate)
            case int(number):
                return await self._first_fate(number)
            case None:
                return await self._first_fate(ALL)

    async def end(self) -> int:
        """Answer all who wait: the store has been closed, or given up, and answers at once. Returns
        how many of the remembered events only its memory has.
        """
        for number, waiting in list(self._waiting.items()):
            stored = await self.store.durable(self._last if number == ALL else number)
            told = Failure(NOT_STORED) if isinstance(stored, Failure) else Success(Fate.DURABLE)
            for waiter in waiting:
                if not waiter.done():
                    waiter.set_result(told)
        return await self._unstored()

    async def _unstored(self) -> int:
        known = (*self._newer.values(), *self._older.values())
        numbers = sorted((at for at in known if isinstance(at, int)), reverse=True)
        for count, number in enumerate(numbers):
            if isinstance(await self.store.durable(number), Success):
                return count
        return len(numbers)

    async def _first_fate(self, number: int) -> Outcome[Fate, StoreFailed]:
        """What comes first: the commit, or what makes it needless. A disk may hang for long."""
        loop = asyncio.get_running_loop()
        settled: asyncio.Future[Outcome[Fate, StoreFailed]] = loop.create_future()
        waiting = self._waiting.setdefault(number, [])
        waiting.append(settled)
        last = self._last if number == ALL else number
        stored = loop.create_task(self.store.durable(last), name=f"gwproactor durable {last}")
        try:
            await asyncio.wait((settled, stored), return_when=asyncio.FIRST_COMPLETED)
            return settled.result() if settled.done() else _fate(stored.result())
        finally:
            stored.cancel()
            waiting.remove(settled)
            if not waiting and self._waiting.get(number) is waiting:
                del self._waiting[number]


def _fate(durable: Outcome[None, StoreFailed]) -> Outcome[Fate, StoreFailed]:
    return durable if isinstance(durable, Failure) else Success(Fate.DURABLE)
