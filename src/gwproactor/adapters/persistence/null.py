"""A store and a sink that keep nothing: for nodes whose events nobody needs, and for trials."""

import asyncio
import secrets
from collections.abc import Callable
from collections.abc import Sequence as Items
from typing import Final

import attrs

from gwproactor.domain.message import Sequence
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.event_sink import (
    STORED,
    ReceivedEvent,
    SinkAnswer,
    SinkBusy,
    SinkFailed,
    StoreProblem,
)
from gwproactor.ports.event_store import (
    Quarantined,
    StoreContent,
    StoredEvent,
    StoreFailed,
    StoreNews,
    TakeAnswer,
)

_FAILED: Final = StoreFailed("this node's event store is the null store, which keeps nothing")


@attrs.define
class NullEventStore:
    """Numbers events and forgets them: the original's `StubPersister`.

    Lost is every event that is not acknowledged at its first try: those of the time without a
    link, those that the network drops, and those on their way when the node stops. `durable`
    always fails. As a relay's store it takes nothing, so that its children keep their events.
    """

    _epoch: str = attrs.field(init=False, factory=lambda: secrets.token_hex(16))
    _number: int = attrs.field(init=False, default=0)
    _is_open: bool = attrs.field(init=False, default=False)

    def listen(self, tell: Callable[[StoreNews], None]) -> None:
        """There is never any news."""

    async def open(self) -> Outcome[StoreContent, StoreFailed]:
        self._is_open = True
        return Success(self.content())

    def put(
        self, message_id: str, type_name: str, payload: bytes
    ) -> Outcome[Sequence, StoreFailed]:
        if not self._is_open:
            return Failure(StoreFailed("it is not open"))
        self._number += 1
        return Success(Sequence(self._epoch, self._number))

    def take(self, event: ReceivedEvent, done: Callable[[TakeAnswer], None]) -> None:
        asyncio.get_running_loop().call_soon(done, Failure(_FAILED))

    def clear(self, number: int) -> None:
        """There is nothing to clear."""

    def quarantine(self, event: Quarantined) -> None:
        """There is nothing to keep out."""

    def end_quarantine(self, type_name: str) -> None:
        """There is nothing in quarantine."""

    async def quarantined(self) -> Outcome[Items[Quarantined], StoreFailed]:
        return Success(())

    async def read_after(
        self, number: int, *, count: int, bytes_max: int, with_quarantined: bool = False
    ) -> Outcome[Items[StoredEvent], StoreFailed]:
        return Success(())

    async def read(self, numbers: Items[int]) -> Outcome[Items[StoredEvent], StoreFailed]:
        return Success(())

    async def durable(self, number: int) -> Outcome[None, StoreFailed]:
        return Failure(_FAILED)

    def content(self) -> StoreContent:
        return StoreContent(self._epoch, pending=0, pending_bytes=0)

    async def close(self) -> Outcome[None, StoreFailed]:
        self._is_open = False
        return Success(None)


@attrs.define
class NullEventSink:
    """Takes received events and forgets them, so that they are acknowledged.

    Lost is what the handler of a link does not keep itself; and a duplicate is not recognised: the
    handler is given it again. It is never busy.
    """

    def listen(self, tell: Callable[[StoreProblem], None]) -> None:
        """There is never anything to tell."""

    async def open(self) -> Outcome[None, SinkFailed]:
        return Success(None)

    def put(
        self, event: ReceivedEvent, done: Callable[[SinkAnswer], None]
    ) -> Outcome[None, SinkBusy]:
        asyncio.get_running_loop().call_soon(done, Success(STORED))
        return Success(None)

    async def close(self) -> None:
        await asyncio.sleep(0)  # the answers come before that ends
