"""How a payload class is written on the wire: its type name, version and field names.

A class says it once; the codec is the only reader of the names.
"""

import inspect
from collections.abc import Mapping
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import ClassVar, Final

import attrs


class Naming(Enum):
    """How a snake_case field is spelt on the wire."""

    AS_IS = "as is"
    PASCAL_CASE = "PascalCase"


NO_EXCEPTIONS: Final[Mapping[str, str]] = MappingProxyType({})
NOTHING_KNOWN: Final[Mapping[str, object]] = MappingProxyType({})


@attrs.frozen(kw_only=True)
class WireFields:
    """The spelling of a class's own fields; inherited ones are spelt as their class says.

    `names` holds the spellings that `naming` does not give. `omitted` names the fields that are
    written only if they differ from their default. `unknown_reads_as` gives, for a field with an
    enum, the value which stands for one that the enum does not have; without it such a value is a
    fault.
    """

    naming: Naming = Naming.PASCAL_CASE
    names: Mapping[str, str] = NO_EXCEPTIONS
    omitted: frozenset[str] = frozenset()
    unknown_reads_as: Mapping[str, object] = NOTHING_KNOWN

    def name_of(self, field: str) -> str:
        """The wire's name of the field."""
        if field in self.names:
            return self.names[field]
        if self.naming is Naming.AS_IS:
            return field
        return "".join(part.capitalize() for part in field.split("_"))

    def mentioned(self) -> frozenset[str]:
        """Every field that this says something about."""
        return self.omitted.union(self.names, self.unknown_reads_as)


AS_IT_IS: Final = WireFields(naming=Naming.AS_IS)


@attrs.frozen(kw_only=True)
class WireType(WireFields):
    """What a payload class is called on the wire.

    `version` is written as the last field, or not at all if None. `ack_required` is what the header
    of a message with this payload says where the caller says nothing.
    """

    type_name: str
    version: str | None = None
    ack_required: bool = False


@attrs.frozen(kw_only=True)
class Payload:
    """Base of everything that a message may carry over a link.

    A subclass is an attrs class with a class variable `wire`.
    """

    wire: ClassVar[WireType]

    @property
    def type_name(self) -> str:
        """The TypeName on the wire."""
        return self.wire.type_name


class BadWireTypeError(ValueError):
    """The `wire` of a class contradicts its fields; raised when a namespace or codec is built."""


@attrs.frozen
class WireField:
    """One field of a class: its Python name, and how it is written."""

    name: str
    wire_name: str
    is_omitted_by_default: bool = False
    has_unknown_value: bool = False
    unknown_value: object = None


def wire_fields(kind: type) -> tuple[WireField, ...]:
    """The fields of an attrs class, in their order.

    Raises BadWireTypeError if two have one name on the wire, or `wire` mentions one that is not
    there.
    """
    spelling: dict[str, WireFields] = {}
    for owner in reversed(kind.__mro__):
        fields = owner.__dict__.get("wire", AS_IT_IS)
        own = inspect.get_annotations(owner)
        if strangers := fields.mentioned().difference(own):
            raise BadWireTypeError(
                f"{path_of(owner)}: 'wire' mentions {sorted(strangers)}, no fields"
            )
        for name in own:
            spelling.setdefault(name, fields)
    found = tuple(
        _wire_field(field.name, spelling[field.name]) for field in attrs.fields(kind) if field.init
    )
    _refuse_clashes(kind, found)
    return found


@cache
def fields_by_wire_name(kind: type) -> Mapping[str, str]:
    """The Python name of each field by its name on the wire."""
    return MappingProxyType({field.wire_name: field.name for field in wire_fields(kind)})


def path_of(kind: type) -> str:
    """Where the class is, for messages to its author."""
    return f"{kind.__module__}.{kind.__qualname__}"


def _wire_field(name: str, fields: WireFields) -> WireField:
    return WireField(
        name,
        fields.name_of(name),
        name in fields.omitted,
        name in fields.unknown_reads_as,
        fields.unknown_reads_as.get(name),
    )


def _refuse_clashes(kind: type, fields: tuple[WireField, ...]) -> None:
    names = [field.wire_name for field in fields]
    wire = getattr(kind, "wire", AS_IT_IS)
    if isinstance(wire, WireType):
        names += ["TypeName"] if wire.version is None else ["TypeName", "Version"]
    if clashes := sorted({name for name in names if names.count(name) > 1}):
        raise BadWireTypeError(f"{path_of(kind)}: two fields are written as {clashes}")
