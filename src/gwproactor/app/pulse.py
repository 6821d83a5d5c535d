"""What can be seen of a coroutine from outside: when it last ran, and what it waits for.

Nobody writes pats by hand: the coroutine is driven through a wrapper that sees each of its steps.
"""

from collections.abc import Coroutine, Generator, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

import attrs
from typing_extensions import override

from gwproactor.domain.coroutine_stack import coroutine_stack
from gwproactor.ports.clock import Clock


class ExitCalledError(Exception):
    """The coroutine has called sys.exit(). A SystemExit would end the loop, whoever awaits it."""


@attrs.define(eq=False)
class Pulse:
    """Of one actor's `run`. `progress_s` is monotonic; None: it has not run yet. Loop thread only.

    `allowed_s` is for how long the whole loop stood still since then.
    """

    progress_s: float | None = attrs.field(init=False, default=None)
    allowed_s: float = attrs.field(init=False, default=0.0)
    _clock: Clock | None = attrs.field(init=False, default=None)
    _reasons: dict[object, str] = attrs.field(init=False, factory=dict)
    _inside: bool = attrs.field(init=False, default=False)

    def attach(self, clock: Clock) -> None:
        """Take time from *clock*."""
        self._clock = clock

    @property
    def waits_for(self) -> str:
        """The reason of the wait that may be long, or empty."""
        return next(reversed(self._reasons.values()), "")

    @property
    def clock(self) -> Clock:
        """Raises RuntimeError as long as nobody supervises the actor."""
        if self._clock is None:
            raise RuntimeError(
                "an actor has no clock until it is supervised: build it into a node, or drive it "
                "in a test with gwproactor.testing.running_actor.running"
            )
        return self._clock

    def follow(self, coroutine: Coroutine[Any, Any, None]) -> "Followed":
        """*coroutine*, to be made a task of: each step of it is noted from now on."""
        self._reasons = {}  # what is left of a coroutine that ended must not count
        self.moved()
        return Followed(coroutine, self)

    @contextmanager
    def waiting(self, reason: str) -> Iterator[None]:
        """A wait of the coroutine that may be long. That of another task says nothing of it."""
        if not self._inside:
            yield
            return
        with self.waiting_anywhere(reason):
            yield

    @contextmanager
    def waiting_anywhere(self, reason: str) -> Iterator[None]:
        """As `waiting`, whichever task waits: `asyncio.wait_for` makes one, up to Python 3.11.

        When another task has waited, that is progress: whoever waits for it has yet to hear of it.
        """
        reasons, this_wait = self._reasons, object()
        reasons[this_wait] = reason
        try:
            yield
        finally:
            del reasons[this_wait]
            if not self._inside and reasons is self._reasons and self.progress_s is not None:
                self.moved()

    def allow(self, seconds: float) -> None:
        """The whole loop stood still for *seconds*: that is not the actor's fault."""
        self.allowed_s += seconds

    def enter(self) -> None:
        """A step of the coroutine begins."""
        self._inside = True

    def leave(self) -> None:
        """The step has ended: the coroutine waits."""
        self._inside = False
        self.moved()

    def moved(self) -> None:
        """Note that there is progress."""
        self.progress_s = self.clock.monotonic_s()
        self.allowed_s = 0.0


class Followed(Coroutine[Any, Any, None]):
    """A coroutine whose steps a Pulse notes. Tools that print a task see the coroutine itself."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], pulse: Pulse) -> None:
        self._coroutine = coroutine
        self._pulse = pulse
        self.__qualname__: str = getattr(coroutine, "__qualname__", type(coroutine).__qualname__)

    @property
    def cr_frame(self) -> FrameType | None:
        """As of any coroutine: None if it has ended."""
        return getattr(self._coroutine, "cr_frame", None)

    @property
    def cr_await(self) -> object:
        """As of any coroutine: what it awaits."""
        return getattr(self._coroutine, "cr_await", None)

    @override
    def send(self, value: Any) -> Any:
        self._pulse.enter()
        try:
            return self._coroutine.send(value)
        except SystemExit as error:
            raise ExitCalledError(f"sys.exit({error.code!r})") from error
        finally:
            self._pulse.leave()

    @override
    def throw(self, typ: Any, val: Any = None, tb: TracebackType | None = None) -> Any:
        self._pulse.enter()
        try:
            return self._coroutine.throw(typ if val is None else val)
        except SystemExit as error:
            raise ExitCalledError(f"sys.exit({error.code!r})") from error
        finally:
            self._pulse.leave()

    @override
    def close(self) -> None:
        self._coroutine.close()

    @override
    def __await__(self) -> Generator[Any, Any, None]:
        return self._coroutine.__await__()

    def stack(self) -> str:
        """Where it waits, innermost call last, as in a traceback; empty if it has ended."""
        return coroutine_stack(self._coroutine)
