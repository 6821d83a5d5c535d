"""What the contracts of `MessageBus` are run with."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from gwproactor.app.communicators import HANDLED, Communicator
from gwproactor.domain.message import Message
from gwproactor.domain.outcome import Outcome
from gwproactor.ports.message_bus import MessageBus


class LiveMessageBus(Protocol):
    """A running bus."""

    @property
    def bus(self) -> MessageBus: ...

    def problems(self) -> Sequence[str]:
        """What was reported, in words."""
        ...

    async def stop(self) -> None:
        """End the node that it is the bus of."""
        ...


class Receiver(Communicator):
    """Writes down the payloads that it is given, then does what `then` says."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.payloads: list[object] = []
        self.then: Callable[[Message[object]], Outcome[bool, BaseException]] = lambda _: HANDLED

    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        self.payloads.append(message.payload)
        return self.then(message)


def raise_on(payload: object) -> Callable[[Message[object]], Outcome[bool, BaseException]]:
    def process(message: Message[object]) -> Outcome[bool, BaseException]:
        if message.payload == payload:
            raise ValueError(f"not {payload}")
        return HANDLED

    return process


async def turns(messages: int = 10) -> None:
    """Let the loop turn often enough to hand over so many messages."""
    for _ in range(messages + 10):
        await asyncio.sleep(0)


async def ended(thread: threading.Thread) -> None:
    """Let the loop turn until *thread* has ended: virtual time does not wait for threads."""
    while thread.is_alive():  # noqa: ASYNC110 - nothing else ends in virtual time
        await asyncio.sleep(0)
