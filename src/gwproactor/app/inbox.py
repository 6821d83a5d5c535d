"""Where messages wait for an actor's `run`: bounded, and never the reason that a sender waits."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Final, Self

from gwproactor.app.pulse import Pulse
from gwproactor.domain.message import Message
from gwproactor.domain.outcome import Success

LOG: Final = logging.getLogger("gwproactor")

# A larger one uses more memory before anybody is told that the actor does not keep up.
INBOX_MAX: Final = 1_000

# What process_message answers for a message that it has put in the inbox: it is not processed yet.
IN_INBOX: Final = Success(True)
DROPPED: Final = Success(True)


class Inbox:
    """The messages for the actor *name* as they arrived: `async for message in self.inbox`.

    `dropped` counts those that found it full or closed. One problem tells of them, then none until
    it has been empty. Loop thread only.
    """

    def __init__(self, name: str, pulse: Pulse, messages_max: int = INBOX_MAX) -> None:
        self.dropped = 0
        self._name = name
        self._messages_max = messages_max
        self._pulse = pulse
        self._messages: deque[tuple[Message[object], Callable[[], None] | None]] = deque()
        self._arrived = asyncio.Event()
        self._done: Callable[[], None] | None = None
        self._closed = False
        self._dropped_before = 0
        self._tell: Callable[[str], None] = lambda _: None

    def __len__(self) -> int:
        """How many wait."""
        return len(self._messages)

    def put(self, message: Message[object]) -> Success[bool]:
        """Let *message* wait: IN_INBOX, or DROPPED if there is no room."""
        if self._closed or len(self._messages) >= self._messages_max:
            self._drop()
            return DROPPED
        self._messages.append((message, None))
        self._arrived.set()
        return IN_INBOX

    async def get(self) -> Message[object]:
        """The next message, as soon as there is one; the one before counts as processed."""
        self.processed()
        while not self._messages:
            self._arrived.clear()
            with self._pulse.waiting_anywhere("a message"):
                await self._arrived.wait()
        message, self._done = self._messages.popleft()
        if not self._messages and self.dropped > self._dropped_before:
            lost = self.dropped - self._dropped_before
            LOG.warning("the inbox of %r is empty; %d messages were dropped", self._name, lost)
            self._dropped_before = self.dropped
        return message

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message[object]:
        return await self.get()

    def listen(self, tell: Callable[[str], None]) -> None:
        """Call *tell* with a sentence when messages begin to be dropped."""
        self._tell = tell

    def when_processed(self, done: Callable[[], None]) -> None:
        """Call *done* when the message that was put last is processed, or never will be."""
        if not self._messages:
            done()
            return
        message, _ = self._messages[-1]
        self._messages[-1] = message, done

    def processed(self) -> None:
        """The actor has finished with the message that it got last, or failed."""
        done, self._done = self._done, None
        if done is not None:
            done()

    def close(self) -> None:
        """Nobody reads it any more: drop what waits, and all that comes."""
        self._closed = True
        self.processed()
        waiting, self._messages = self._messages, deque()
        self.dropped += len(waiting)
        self._dropped_before += len(waiting)
        for _, done in waiting:
            if done is not None:
                done()

    def _drop(self) -> None:
        self.dropped += 1
        if self.dropped == self._dropped_before + 1:
            why = "nobody reads it any more" if self._closed else f"{len(self)} wait in it"
            self._tell(f"messages are dropped, as its inbox takes no more: {why}")
