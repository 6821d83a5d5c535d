"""Actors that raise and hang at random; nothing of that may lose or repeat an event."""

import asyncio
from typing import Final

import attrs
from typing_extensions import override

from gwproactor import (
    HANDLED,
    Actor,
    AnyEvent,
    FailurePolicy,
    Message,
    MessageBus,
    Outcome,
    to_actor,
)
from gwproactor.domain.link_state import Transition
from tests.chaos.family import RECEIVER
from tests.chaos.reports import Repeated, say
from tests.chaos.trouble import Trouble

STUMBLER: Final = "stumbler"
NUDGE_EVERY_S: Final = 0.1


async def hang() -> None:
    """Wait for ever, without having said so."""
    await asyncio.Event().wait()


@attrs.frozen
class Nudge:
    """Something to stumble over."""


class Receiver(Actor):
    """Handles the events of a child. They come fast, so that it is only reported."""

    failure_policy = FailurePolicy.REPORT

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(RECEIVER)
        self._trouble = trouble
        self._handled: set[str] = set()

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        if isinstance(message.payload, AnyEvent):
            if message.payload.message_id in self._handled:
                say(Repeated(message.payload.message_id))
            self._handled.add(message.payload.message_id)
        self._trouble.may_raise("process_message", 30)
        return HANDLED

    @override
    def link_changed(self, transition: Transition) -> None:
        self._trouble.may_raise("link_changed", 3)


class Stumbler(Actor):
    """Has the default policy: the node gives up when it fails too often."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(STUMBLER)
        self._trouble = trouble

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        self._trouble.may_raise("process_message", 3 if self._trouble.is_bad_life else 100)
        return HANDLED

    @override
    def link_changed(self, transition: Transition) -> None:
        self._trouble.may_raise("link_changed", 10)


class Runner(Actor):
    """Nudges itself and the stumbler, and is restarted when it raises or hangs."""

    late_after_s = 0.5

    def __init__(self, bus: MessageBus, trouble: Trouble) -> None:
        super().__init__("runner")
        self._bus = bus
        self._trouble = trouble
        self._was_built = False

    @override
    def init(self) -> None:
        if self._was_built:
            self._trouble.may_raise("init", 10)
        self._was_built = True

    @override
    async def run(self) -> None:
        while True:
            await self.sleep(NUDGE_EVERY_S)
            for name in (STUMBLER, self.name):
                self._bus.send(to_actor(self.name, name, Nudge()))
            await self.inbox.get()
            self._trouble.may_raise("run", 50)
            if self._trouble.happens("hang", 100):
                await hang()
