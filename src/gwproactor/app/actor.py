"""Actors: communicators that act for a node of the hardware layout."""

from collections.abc import Callable
from importlib import import_module
from typing import Self

from gwproactor.app.communicators import Communicator
from gwproactor.domain.sh_node import ShNode


class ActorLoadError(Exception):
    """An actor class could not be found; the message says where it was looked for."""


class Actor(Communicator):
    """A communicator with a node. Subclasses name the ports that they use in their constructor."""

    def __init__(self, name: str, *, node: ShNode | None = None) -> None:
        super().__init__(name)
        self._node = node or ShNode(name=name)

    @property
    def alias(self) -> str:
        """The node's display name, or else the actor's name."""
        return self._node.display_name or self.name

    @property
    def node(self) -> ShNode:
        """What the actor acts for; without hardware, a node of its own name."""
        return self._node

    def init(self) -> None:
        """Called once after construction of the whole node, before it starts; here: nothing."""

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
