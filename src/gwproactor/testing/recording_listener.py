"""A `TransportListener` that writes down what it hears and can be waited on."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias, TypeVar

import attrs

from gwproactor.ports.link_transport import ConnectFailed, Disconnected

# Only a failing test waits so long.
DEADLINE_S: Final = 10.0


@attrs.frozen
class Connected:
    """`TransportListener.connected` was called."""


@attrs.frozen
class SubscribeAcked:
    """`TransportListener.subscribe_acked` was called."""

    request: int
    codes: tuple[int, ...]


@attrs.frozen
class Received:
    """`TransportListener.received` was called."""

    topic: str
    payload: bytes
    retained: bool = False


Heard: TypeAlias = Connected | ConnectFailed | Disconnected | SubscribeAcked | Received
H = TypeVar("H", Connected, ConnectFailed, Disconnected, SubscribeAcked, Received)


@attrs.define
class RecordingListener:
    """`heard` is everything in order. `then`, if set, is called with each thing after it was added,
    from within the listener's own call.
    """

    heard: list[Heard] = attrs.Factory(list)
    then: Callable[[Heard], None] | None = None
    _changed: asyncio.Event = attrs.field(init=False, factory=asyncio.Event)

    async def next(self, kind: type[H], *, number: int = 1) -> H:
        """The *number*th (from 1) thing heard of this kind, once it is there.

        Raises AssertionError, naming what was heard instead, after 10 s.
        """
        return (await self.first(kind, number))[-1]

    async def first(self, kind: type[H], count: int) -> list[H]:
        """The first *count* things heard of this kind, once they are there; fails as `next`."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                while len(found := self.all(kind)) < count:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            few = f"{len(self.all(kind))} of {count} {kind.__name__}"
            raise AssertionError(f"heard {few}; the last of all: {self.heard[-5:]}") from None
        return found[:count]

    def all(self, kind: type[H]) -> list[H]:
        return [one for one in self.heard if isinstance(one, kind)]

    def connected(self) -> None:
        self._hear(Connected())

    def connect_failed(self, failure: ConnectFailed) -> None:
        self._hear(failure)

    def disconnected(self, reason: Disconnected) -> None:
        self._hear(reason)

    def subscribe_acked(self, request: int, codes: Sequence[int]) -> None:
        self._hear(SubscribeAcked(request, tuple(codes)))

    def received(self, topic: str, payload: bytes, *, retained: bool) -> None:
        self._hear(Received(topic, payload, retained))

    def _hear(self, one: Heard) -> None:
        self.heard.append(one)
        self._changed.set()
        if self.then is not None:
            self.then(one)
