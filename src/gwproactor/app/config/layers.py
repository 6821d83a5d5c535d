"""What each source says of the settings, value by value, and where it is written.

Sources, the first that speaks wins: command line (`--set`), environment, `.env`, folder of secrets,
`node.toml`, defaults.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import attrs

# The names that lead to a setting, from the outermost table inwards.
Keys: TypeAlias = tuple[str, ...]


@attrs.frozen(eq=False)
class Naming:
    """How settings are named in a source."""

    source: str
    spell: Callable[[Keys], str]
    between: str = ": "

    def place(self, path: Keys, line: int | None = None) -> str:
        return self.origin(self.spell(path), line).place

    def origin(self, name: str, line: int | None = None) -> "Origin":
        source = self.source if line is None else f"{self.source} line {line}"
        return Origin(self, source, name)

    @property
    def is_dotted(self) -> bool:
        """Whether settings are named there as in a file, and not as variables are."""
        return self.spell is dotted


@attrs.frozen
class Origin:
    """Where a value is written. `inside`: in the JSON that is the value of *name*."""

    naming: Naming
    source: str
    name: str
    inside: Keys = ()

    @property
    def place(self) -> str:
        inside = f": {dotted(self.inside)}" if self.inside else ""
        return f"{self.source}{self.naming.between}{self.name}{inside}"


@attrs.frozen
class Leaf:
    """A value that is no table, or an empty one."""

    path: Keys
    value: object = attrs.field(repr=False)  # may be a secret
    origin: Origin


@attrs.frozen
class Layered:
    """What all sources say together, and where each value of it is written."""

    tree: dict[str, Any] = attrs.field(repr=False)
    origins: Mapping[Keys, Origin]


def depth_of(value: object) -> int:
    """How many tables and lists are inside each other in *value*, which may be very many."""
    depth, level = 0, [value]
    while level := [each for each in level if isinstance(each, Mapping | list)]:
        depth += 1
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, Mapping) else each)
        ]
    return depth


def dotted(path: Keys) -> str:
    """*path* as TOML has it."""
    return ".".join(
        name if (name and name.replace("-", "_").isidentifier()) or name.isdigit() else f'"{name}"'
        for name in path
    )


def flat(tree: Mapping[str, Any], above: Keys = ()) -> Iterator[tuple[Keys, object]]:
    """The values of *tree*, each with its path."""
    for name, value in tree.items():
        path = (*above, str(name))
        if isinstance(value, Mapping) and value:
            yield from flat(value, path)
        else:
            yield path, value


def layered(layers: Iterable[Iterable[Leaf]]) -> Layered:
    """*layers* together; of two that speak of one thing, the later wins."""
    tree: dict[str, Any] = {}
    origins: dict[Keys, Origin] = {}
    for leaf in (leaf for layer in layers for leaf in layer):
        table = tree
        for depth, name in enumerate(leaf.path[:-1], start=1):
            if not isinstance(table.get(name), dict):
                table[name] = {}
                origins.pop(leaf.path[:depth], None)
            table = table[name]
        *_, name = leaf.path
        if leaf.value == {} and isinstance(table.get(name), dict):
            continue  # An empty table takes nothing away.
        table[name] = leaf.value
        for path in [path for path in origins if path[: len(leaf.path)] == leaf.path]:
            del origins[path]
        origins[leaf.path] = leaf.origin
    return Layered(tree, origins)
