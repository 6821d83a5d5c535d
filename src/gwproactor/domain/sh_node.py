"""A node of the spaceheat hardware layout: the thing in the field that an actor stands for."""

import attrs


@attrs.frozen(kw_only=True)
class ShNode:
    """`name` is unique in a layout; `actor_class` is the class that acts for it, if any."""

    name: str
    actor_class: str = ""
    display_name: str = ""
