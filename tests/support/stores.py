"""What tests of stores on disks have in common."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import attrs

from gwproactor.adapters.persistence.threaded_event_store import ThreadedEventStore
from gwproactor.ports.event_sink import ReceivedEvent
from gwproactor.ports.event_store import (
    StoredEvent,
    StoreFailed,
    StoreNews,
    StoreProblem,
    StoreRecovered,
    TakeAnswer,
)

StoreT = TypeVar("StoreT", bound=ThreadedEventStore)


@attrs.define
class News:
    """Give `tell` to a store."""

    told: list[StoreNews] = attrs.Factory(list)
    _changed: asyncio.Event = attrs.Factory(asyncio.Event)

    def tell(self, news: StoreNews) -> None:
        self.told.append(news)
        self._changed.set()

    async def until(self, kind: type[StoreNews]) -> None:
        """The last news is of this *kind*."""
        while not self.told or not isinstance(self.told[-1], kind):
            self._changed.clear()
            await self._changed.wait()

    @property
    def faults(self) -> list[str]:
        return [one.detail for one in self.told if isinstance(one, StoreFailed)]

    @property
    def recoveries(self) -> int:
        return sum(isinstance(one, StoreRecovered) for one in self.told)

    @property
    def problems(self) -> list[str]:
        problems = [one for one in self.told if isinstance(one, StoreProblem)]
        return [f"{one.summary}: {one.problems.error_traceback_str()}" for one in problems]


@asynccontextmanager
async def running(store: StoreT, news: News | None = None) -> AsyncIterator[StoreT]:
    if news is not None:
        store.listen(news.tell)
    (await store.open()).unwrap()
    try:
        yield store
    finally:
        await store.close()


def put(store: ThreadedEventStore, size: int = 500) -> int:
    return store.put("id", "type", b"x" * size).unwrap().number


async def taken(store: ThreadedEventStore, event: ReceivedEvent) -> TakeAnswer:
    answer: asyncio.Future[TakeAnswer] = asyncio.get_running_loop().create_future()
    store.take(event, answer.set_result)
    return await answer


async def kept(store: ThreadedEventStore) -> list[StoredEvent]:
    read = await store.read_after(0, count=10**7, bytes_max=10**10, with_quarantined=True)
    return list(read.unwrap())


async def kept_numbers(store: ThreadedEventStore) -> list[int]:
    return [event.sequence.number for event in await kept(store)]
