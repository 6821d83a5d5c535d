"""Actors: communicators that act for a node of the hardware layout."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from typing import ParamSpec, Self, TypeVar

from typing_extensions import override

from gwproactor.adapters.threads.in_thread import in_thread
from gwproactor.app.communicators import NOT_FOR_ME, Communicator
from gwproactor.app.inbox import Inbox
from gwproactor.app.pulse import Pulse
from gwproactor.domain.message import Message
from gwproactor.domain.outcome import Outcome
from gwproactor.domain.sh_node import ShNode
from gwproactor.domain.supervision import LATE_AFTER_S

P = ParamSpec("P")
T = TypeVar("T")


class ActorLoadError(Exception):
    """An actor class could not be found; the message says where it was looked for."""


class Actor(Communicator):
    """A communicator with a node. Subclasses name the ports that they use in their constructor.

    Either it handles messages in `process_message`, which the loop calls, or it has a `run`, which
    the node starts, watches and ends; then its messages wait in `inbox`. Both may be overridden.

    `failure_policy` says what follows an exception, and a `run` that is late: by default a restart
    after a pause, and the end of the node (for systemd to start it again) if restarts do not help.
    `late_after_s`: a `run` that awaits anything but its inbox, `self.sleep` or `self.waiting` for
    longer is late; `math.inf`: never.
    """

    late_after_s: float = LATE_AFTER_S

    def __init__(self, name: str, *, node: ShNode | None = None) -> None:
        super().__init__(name)
        self._node = node or ShNode(name=name)
        self._pulse = Pulse()
        self._inbox = Inbox(name, self._pulse)

    @property
    def alias(self) -> str:
        """The node's display name, or else the actor's name."""
        return self._node.display_name or self.name

    @property
    def node(self) -> ShNode:
        """What the actor acts for; without hardware, a node of its own name."""
        return self._node

    @property
    def inbox(self) -> Inbox:
        """The messages for `run`: at most 1,000 wait, more are dropped, counted and reported."""
        return self._inbox

    @property
    def pulse(self) -> Pulse:
        """By which the node sees whether `run` makes progress."""
        return self._pulse

    @property
    def has_run(self) -> bool:
        """Whether there is a `run` to be started."""
        return type(self).run is not Actor.run

    def init(self) -> None:
        """Called before the node starts, when the whole node is built, and again before each
        restart; here: nothing.
        """

    async def run(self) -> None:
        """Work until cancelled, or return when there is nothing left to do; here: nothing.

        Started after `start`, cancelled after `stop`. What it raises is handled by
        `failure_policy`. Each wait that may take longer than `late_after_s` is one for the inbox,
        for `self.sleep`, or declared by `self.waiting`.
        """

    async def sleep(self, seconds: float) -> None:
        """Return after *seconds*; however many, the actor is not late, whichever task sleeps."""
        with self._pulse.waiting_anywhere(f"{round(seconds, 2):g} s to pass"):
            await self._pulse.clock.sleep(seconds)

    async def in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What *function*, which blocks, returns or raises; it is called in a thread of its own.

        If `run` is cancelled meanwhile, it ends only when the thread has: so no restarted `run`
        meets the old one at the same valve. A thread that does not end within 10 s stops the node.
        The wait counts as one for a driver: who may take long says so by `self.waiting`.
        """
        called = getattr(function, "__name__", type(function).__name__)
        return await in_thread(f"actor {self.name}: {called}", function, *args, **kwargs)

    def waiting(self, reason: str) -> AbstractContextManager[None]:
        """Around an `await` that may take as long as it likes, for *reason*: the actor is not late.

        To be used in `run` itself. A wait in another task says nothing of `run`.
        """
        return self._pulse.waiting(reason)

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        """Handle *message*; here: put it into the inbox of an actor that has a `run`."""
        return self._inbox.put(message) if self.has_run else NOT_FOR_ME

    @classmethod
    def load(cls, name: str, actor_class_name: str, module_name: str, **ports: object) -> Self:
        """An actor of class *actor_class_name* in *module_name*, built as (name, **ports).

        Raises ActorLoadError if there is no such module or class, or it is no subclass of this.
        """
        where = f"{actor_class_name!r} in module {module_name!r}, for actor {name!r}"
        try:
            module = import_module(module_name)
        except ModuleNotFoundError as error:
            raise ActorLoadError(f"cannot load {where}: {error}") from error
        actor_class = getattr(module, actor_class_name, None)
        if actor_class is None:
            raise ActorLoadError(f"there is no class {where}")
        if not (isinstance(actor_class, type) and issubclass(actor_class, cls)):
            raise ActorLoadError(f"{where} is no subclass of {cls.__name__}")
        make: Callable[..., Self] = actor_class
        return make(name, **ports)
