"""Actors that a node has because its hardware layout says so: each node of the layout names the
class of its actor, and the deployment says how an actor of that class is made.
"""

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Final, TypeAlias, TypeGuard, TypeVar

from gwproactor.app.config.fault import Fault
from gwproactor.app.layout.error import LayoutError
from gwproactor.app.nearest import nearest
from gwproactor.domain.hardware_layout import HardwareLayout
from gwproactor.domain.sh_node import ShNode
from gwproactor.ports.communicators import ActorInterface

ActorT = TypeVar("ActorT", bound=ActorInterface)
ActorMaker: TypeAlias = Callable[[ShNode], ActorT]

NAMES_SHOWN_MAX: Final = 5


def load_actors(
    layout: HardwareLayout,
    makers: Mapping[str, ActorMaker[ActorT]],
    *,
    parent: str,
    left_out: Collection[str] = (),
) -> list[ActorT]:
    """The actors of the nodes below the node *parent*, in the order of the layout.

    *makers* is by ActorClass, and makes of a node its actor; it may know classes that this layout
    has not. *left_out* names nodes, or classes, whose actors are not wanted here. What a provider
    of a container returns becomes part of the node.

    Raises LayoutError if there is no such parent, if nobody makes the actor of a node, and if there
    is nothing of a name that is left out; ValueError if a maker makes an actor of another node;
    and what a maker raises, with the node's name as a note.
    """
    above = layout.node(parent)
    if above is None:
        there = _listed(_parents(layout)) or "none"
        text = f"has no node {parent!r} to be the parent of actors; there are as such: {there}"
        raise LayoutError((Fault(layout.origin, text),))
    below = [node for node in layout.nodes_below(above) if node.has_actor]
    wanted = [node for node in below if not {node.name, node.actor_class} & set(left_out)]
    faults = (*_unmade(layout, wanted, makers), *_not_there(layout, below, parent, left_out))
    if faults:
        raise LayoutError(faults)
    return [_made(node, makers[node.actor_class]) for node in wanted]


def actor_makers(
    module: ModuleType, base: type[ActorT], make: Callable[[type[ActorT], ShNode], ActorT]
) -> Mapping[str, ActorMaker[ActorT]]:
    """A maker for each class in *module* that is derived from *base*, by the name that it has
    there; *make* calls its constructor, which is thus the same for all of them.
    """
    return {
        name: _maker(kind, make) for name, kind in vars(module).items() if _is_derived(kind, base)
    }


def _is_derived(kind: object, base: type[ActorT]) -> TypeGuard[type[ActorT]]:
    is_below = isinstance(kind, type) and issubclass(kind, base) and kind is not base
    return is_below and not inspect.isabstract(kind)


def _maker(
    kind: type[ActorT], make: Callable[[type[ActorT], ShNode], ActorT]
) -> ActorMaker[ActorT]:
    return lambda node: make(kind, node)


def _made(node: ShNode, maker: ActorMaker[ActorT]) -> ActorT:
    try:
        actor = maker(node)
    except Exception as error:
        error.add_note(f"while making the {node.actor_class} of the layout's node {node.name!r}")
        raise
    if (actor.name, actor.node) != (node.name, node):
        raise ValueError(
            f"the {node.actor_class} of the layout's node {node.name!r} was made with the name "
            f"{actor.name!r} and the node {actor.node.name!r}: a maker must hand on the node that "
            f"it is given, as in {node.actor_class}(node.name, node=node)"
        )
    return actor


def _unmade(
    layout: HardwareLayout, wanted: Sequence[ShNode], makers: Mapping[str, object]
) -> Iterator[Fault]:
    for kind in dict.fromkeys(node.actor_class for node in wanted):
        if kind not in makers:
            names = [node.name for node in wanted if node.actor_class == kind]
            yield Fault(
                layout.origin,
                f"nobody makes an actor of the ActorClass {kind!r}, which {_listed(names)} "
                f"{'have' if len(names) > 1 else 'has'}: give load_actors a maker of it, or leave "
                f"it out{_hint(kind, makers)}",
            )


def _not_there(
    layout: HardwareLayout, below: Sequence[ShNode], parent: str, left_out: Collection[str]
) -> Iterator[Fault]:
    there = {name for node in below for name in (node.name, node.actor_class)}
    for name in left_out:
        if name not in there:
            yield Fault(
                layout.origin,
                f"{name!r} is to be left out, but there is neither an actor of that name below "
                f"{parent!r}, nor one of that ActorClass{_hint(name, there)}",
            )


def _parents(layout: HardwareLayout) -> Sequence[str]:
    parents = [layout.parent_node(node) for node in layout.nodes.values() if node.has_actor]
    return list(dict.fromkeys(parent.name for parent in parents if parent is not None))


def _hint(name: str, known: Collection[str]) -> str:
    near = nearest(name, known)
    return f"; did you mean {near!r}?" if near is not None else ""


def _listed(names: Sequence[str]) -> str:
    """The first of them, and how many there are beside these."""
    shown = ", ".join(names[:NAMES_SHOWN_MAX])
    more = len(names) - NAMES_SHOWN_MAX
    return f"{shown} and {more} more" if more > 0 else shown
