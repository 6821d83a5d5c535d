"""Names that a table of a deployment's own does not have, and pydantic would pass over.

A part of the settings that says nothing of what it does not know is as strict as all others; one
that says `extra="ignore"` or `"allow"` means it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import attrs
from pydantic import AliasChoices, AliasPath, BaseModel

from gwproactor.app.config.layers import Keys
from gwproactor.app.config.shape import inside, items_of
from gwproactor.app.nearest import nearest

Annotations: TypeAlias = tuple[Any, ...]


@attrs.frozen
class Extra:
    """`number`: of the item of a list at *path* that has it, from 1; 0: the name is that of *path*
    itself.
    """

    path: Keys
    name: str
    number: int
    near: str

    @property
    def text(self) -> str:
        """For a fault whose place is that of *path*, if it is in a list."""
        hint = f"; did you mean {self.near}?" if self.near else ""
        return f"number {self.number}: {self.name}: unknown name{hint}"


def extras(tree: Mapping[str, Any], kind: type[BaseModel]) -> Iterator[Extra]:
    """Those in *tree*, which is given for settings of *kind*."""
    for name, value in tree.items():
        yield from _in(value, inside(kind, name), (name,), 0)


def _in(value: Any, annotations: Annotations, path: Keys, number: int) -> Iterator[Extra]:
    if isinstance(value, Mapping):
        known = _silent_names(annotations)
        for name, each in value.items():
            if known is not None and name not in known:
                at = path if number else (*path, name)
                yield Extra(at, name, number, nearest(name, known) or "")
            else:
                below = tuple(a for annotation in annotations for a in inside(annotation, name))
                yield from _in(each, below, path if number else (*path, name), number)
    elif isinstance(value, list | tuple):
        items = tuple(item for each in annotations for item in items_of(each))
        for position, each in enumerate(value, start=1):
            yield from _in(each, items, path, number or position)


def _silent_names(annotations: Annotations) -> set[str] | None:
    """What is known where pydantic passes over all else without being told so; None: elsewhere."""
    tables = [each for each in annotations if each is not type(None)]
    if not tables or not all(map(_is_silent, tables)):
        return None
    return {name for each in tables for name in _names(each)}


def _is_silent(annotation: Any) -> bool:
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return is_model and "extra" not in annotation.model_config


def _names(kind: type[BaseModel]) -> Iterator[str]:
    for name, field in kind.model_fields.items():
        yield name
        for alias in (field.alias, field.validation_alias):
            choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
            for choice in choices:
                if isinstance(choice, AliasPath):
                    yield str(choice.path[0])
                elif choice is not None:
                    yield choice
