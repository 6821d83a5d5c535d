"""A node of the hardware layout: the thing in the field, or the part of the program, that has a
name in it. An actor acts for one.

The rules of names are those of the original library: hierarchy names tell who starts whom, handles
tell who commands whom, and both are levels between dots.
"""

from typing import Final

import attrs

from gwproactor.domain.message import JsonObject

NO_ACTOR: Final = "NoActor"


def above(dotted: str) -> str:
    """`a.b` of `a.b.c`; empty if there is nothing above."""
    return dotted.rpartition(".")[0]


@attrs.frozen(kw_only=True)
class ShNode:
    """`name` is unique in a layout; `actor_class` names the class that acts for it, if any.

    `fields` is what was written of it, under the names of the file, known here or not.
    """

    name: str
    actor_class: str = ""
    display_name: str = ""
    sh_node_id: str = ""
    component_id: str = ""
    actor_hierarchy_name: str = attrs.field(
        default=attrs.Factory(lambda self: self.name, takes_self=True)
    )
    handle: str = attrs.field(default=attrs.Factory(lambda self: self.name, takes_self=True))
    # It may hold passwords: not for logs and errors.
    fields: JsonObject = attrs.field(factory=dict, repr=False, hash=False)

    @property
    def has_actor(self) -> bool:
        """Whether somebody acts for it."""
        return self.actor_class not in ("", NO_ACTOR)

    @property
    def parent_hierarchy_name(self) -> str:
        """The hierarchy name of who starts its actor; empty: nobody."""
        return above(self.actor_hierarchy_name)

    @property
    def boss_handle(self) -> str:
        """The handle of who commands it; empty: it is its own boss."""
        return above(self.handle)
