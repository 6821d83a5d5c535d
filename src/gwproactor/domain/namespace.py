"""Which payload classes a link can read: an immutable set of TypeNames, checked when built."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import Self

import attrs

from gwproactor.domain import events, payloads
from gwproactor.domain.events import EVENT_PREFIX
from gwproactor.domain.wire_type import Payload, path_of, wire_fields


class NamespaceConflictError(ValueError):
    """Two classes claim one TypeName, or a class has none; raised where the namespace is built."""


@attrs.frozen
class MessageNamespace:
    """TypeName to payload class. Built by `of` or `from_modules`, joined with `|`."""

    types: Mapping[str, type[Payload]] = MappingProxyType({})

    @classmethod
    def of(cls, *kinds: type[Payload]) -> Self:
        """The namespace of these classes.

        Raises NamespaceConflictError if two different classes have one TypeName, BadWireTypeError
        if a class's `wire` does not fit its fields.
        """
        types: dict[str, type[Payload]] = {}
        for kind in kinds:
            wire = getattr(kind, "wire", None)
            if wire is None or not wire.type_name:
                raise NamespaceConflictError(f"{path_of(kind)} has no TypeName in its 'wire'")
            wire_fields(kind)
            _add(types, wire.type_name, kind)
        return cls(MappingProxyType(types))

    @classmethod
    def from_modules(cls, *modules: ModuleType) -> Self:
        """The namespace of every payload class that *modules* define or import by name."""
        return cls.of(*(kind for module in modules for kind in _payload_classes(module)))

    def __or__(self, other: "MessageNamespace") -> "MessageNamespace":
        types = dict(self.types)
        for name, kind in other.types.items():
            _add(types, name, kind)
        return MessageNamespace(MappingProxyType(types))

    def get(self, type_name: str) -> type[Payload] | None:
        return self.types.get(type_name)

    def __contains__(self, type_name: object) -> bool:
        return type_name in self.types


def is_event_name(type_name: str) -> bool:
    """Whether a payload of an unknown type is kept as an event."""
    return type_name.startswith(EVENT_PREFIX)


def _add(types: dict[str, type[Payload]], name: str, kind: type[Payload]) -> None:
    present = types.setdefault(name, kind)
    if present is not kind:
        raise NamespaceConflictError(
            f"TypeName {name!r} belongs to both {path_of(present)} and {path_of(kind)}: "
            "rename one or leave it out"
        )


def _payload_classes(module: ModuleType) -> Iterator[type[Payload]]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Payload):
            wire = value.__dict__.get("wire")
            if wire is not None and wire.type_name:
                yield value


CORE_NAMESPACE = MessageNamespace.from_modules(payloads, events)
"""The library's own types; every link reads them."""
