"""Payload classes to JSON objects and back: cattrs with strict types and the wire's names.

A value is never coerced: "17" is no int, and a bool is none; only an int is taken for a float. A
field of type `object` or `Mapping[str, object]` takes any JSON.
"""

from collections.abc import (
    Callable,
    Collection,
    Iterator,
    Mapping,
    MutableMapping,
    MutableSequence,
    Sequence,
)
from enum import Enum
from itertools import islice
from operator import attrgetter
from typing import Final, TypeAlias, get_origin

import attrs
from cattrs import (
    ClassValidationError,
    Converter,
    IterableValidationError,
    StructureHandlerNotFoundError,
)
from cattrs.cols import (
    homogenous_tuple_structure_factory,
    is_sequence,
    list_structure_factory,
    mapping_structure_factory,
)
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.preconf.orjson import make_converter

from gwproactor.domain.events import AnyEvent, Event
from gwproactor.domain.message import JsonObject
from gwproactor.domain.wire_type import Payload, WireField, path_of, wire_fields

Reader: TypeAlias = Callable[[JsonObject, type], Payload]
Writer: TypeAlias = Callable[[object], object]
Structure: TypeAlias = Callable[[object, object], object]
MembersStructure: TypeAlias = Callable[[Mapping[str, object], object], object]

# A peer's garbage must not fill the report about it.
FAULTS_MAX: Final = 10
FAULT_LENGTH_MAX: Final = 200

ARRAYS: Final = (list, tuple, Sequence, MutableSequence)
MAPPINGS: Final = (dict, Mapping, MutableMapping)
EVENT_FIELDS: Final = frozenset(field.name for field in attrs.fields(Event))


def payload_reader(kind: type[Payload]) -> Reader:
    """Makes the payload of a JSON object and *kind*; raises any exception if it does not fit.

    Raises TypeError here if the class has a field that cannot be read.
    """
    try:
        return _FAST.get_structure_hook(kind)
    except StructureHandlerNotFoundError as error:
        raise TypeError(f"{path_of(kind)}: no field can be of type {error.type_!r}") from None
    except NameError as error:
        raise TypeError(f"{path_of(kind)}: the type of a field is unknown: {error}") from None


def payload_writer(kind: type[Payload]) -> Writer:
    """Makes the JSON object of a payload of this class, its members in wire order."""
    return _FAST.get_unstructure_hook(kind)


def payload_faults(json: JsonObject, kind: type[Payload], path: str) -> tuple[str, ...]:
    """What in *json* does not fit *kind*, each with its path on the wire; at most FAULTS_MAX."""
    try:
        _DETAILED.structure(json, kind)
    except Exception as error:
        first = islice(_faults(error, path), FAULTS_MAX)
        return tuple(fault[:FAULT_LENGTH_MAX] for fault in first)
    return ()


def _faults(error: BaseException, path: str) -> Iterator[str]:
    match error:
        case ClassValidationError():
            names = {field.name: field.wire_name for field in wire_fields(error.cl)}
            members, others = error.group_exceptions()
            for fault, member in members:
                yield from _faults(fault, f"{path}.{names[member.name]}")
        case IterableValidationError():
            items, others = error.group_exceptions()
            for fault, item in items:
                yield from _faults(fault, f"{path}[{item.index!r}]")
        case KeyError():
            yield f"missing @ {path}"
            return
        case _:
            yield f"{error} @ {path}"
            return
    for fault in others:
        yield from _faults(fault, path)


def _structure_int(value: object, _: object) -> int:
    if type(value) is int:
        return value
    raise TypeError("expected an integer")


def _structure_float(value: object, _: object) -> float:
    if type(value) is float or type(value) is int:
        return value
    raise TypeError("expected a number")


def _structure_str(value: object, _: object) -> str:
    if type(value) is str:
        return value
    raise TypeError("expected a string")


def _structure_bool(value: object, _: object) -> bool:
    if type(value) is bool:
        return value
    raise TypeError("expected true or false")


def _structure_any(value: object, _: object) -> object:
    return value


def _unstructure_any(value: object) -> object:
    return value


def _is_enum(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


def _enum_structure(kind: type[Enum]) -> Structure:
    # The type is part of the key, because True == 1 == 1.0.
    members = {(type(member.value), member.value): member for member in kind}

    def structure(value: object, _: object) -> Enum:
        try:
            return members[type(value), value]
        except (KeyError, TypeError):  # TypeError: arrays and objects have no hash
            raise ValueError(f"expected one of {[member.value for member in kind]}") from None

    return structure


def _array_structure(kind: type, converter: Converter) -> Structure:
    is_list = get_origin(kind) in (list, MutableSequence)
    make = list_structure_factory if is_list else homogenous_tuple_structure_factory
    items = make(kind, converter)

    def structure(value: object, _: object) -> object:
        if type(value) is list:  # a string would do else, letter by letter
            return items(value, kind)
        raise TypeError("expected an array")

    return structure


def _mapping_structure(kind: type, converter: Converter) -> Structure:
    members: MembersStructure = mapping_structure_factory(kind, converter)

    def structure(value: object, _: object) -> object:
        if type(value) is dict:
            return members(value, kind)
        raise TypeError("expected an object")

    return structure


def _class_structure(kind: type[attrs.AttrsInstance], converter: Converter) -> Structure:
    overrides = {field.name: _reading(kind, field, converter) for field in _resolved_fields(kind)}
    # mypy takes the overrides for the function's own keywords.
    members: MembersStructure = make_dict_structure_fn(kind, converter, **overrides)  # type: ignore[arg-type]
    type_name = kind.wire.type_name if issubclass(kind, Payload) else ""

    def structure(value: object, _: object) -> object:
        if type(value) is not dict:
            raise TypeError("expected an object")
        if type_name and value.get("TypeName", type_name) != type_name:
            raise ValueError(f"expected the TypeName {type_name}")
        return members(value, kind)

    return structure


def _reading(kind: type[attrs.AttrsInstance], field: WireField, converter: Converter) -> object:
    if not field.has_unknown_value:
        return override(rename=field.wire_name)
    field_type = attrs.fields_dict(kind)[field.name].type
    known = converter.get_structure_hook(field_type)

    def structure(value: object, _: object) -> object:
        try:
            return known(value, field_type)
        except ValueError:
            return field.unknown_value

    return override(rename=field.wire_name, struct_hook=structure)


def _class_unstructure(kind: type[attrs.AttrsInstance], converter: Converter) -> Writer:
    if issubclass(kind, AnyEvent):
        return attrgetter("filled_json")
    fields = _resolved_fields(kind)
    if not issubclass(kind, Payload):
        return _members(kind, fields, converter)
    first = [field for field in fields if not issubclass(kind, Event) or field.name in EVENT_FIELDS]
    before = _members(kind, first, converter)
    after = _members(kind, [field for field in fields if field not in first], converter)
    type_name, version = kind.wire.type_name, kind.wire.version

    def unstructure(payload: object) -> dict[str, object]:
        json = before(payload)
        json["TypeName"] = type_name
        json.update(after(payload))
        if version is not None:
            json["Version"] = version
        return json

    return unstructure


def _members(
    kind: type[attrs.AttrsInstance], fields: Collection[WireField], converter: Converter
) -> Callable[[object], dict[str, object]]:
    """What writes these fields alone."""
    overrides = {field.name: override(omit=True) for field in attrs.fields(kind)}
    overrides |= {
        field.name: override(rename=field.wire_name, omit_if_default=field.is_omitted_by_default)
        for field in fields
    }
    # mypy takes the overrides for the function's own keywords.
    return make_dict_unstructure_fn(kind, converter, **overrides)  # type: ignore[arg-type]


def _resolved_fields(kind: type[attrs.AttrsInstance]) -> tuple[WireField, ...]:
    """The fields of a class, in which types may be written as text."""
    attrs.resolve_types(kind)
    return wire_fields(kind)


def _is_any(kind: object) -> bool:
    return kind is object


def _is_array(kind: object) -> bool:
    return is_sequence(kind) and get_origin(kind) in ARRAYS


def _is_mapping(kind: object) -> bool:
    return get_origin(kind) in MAPPINGS


def _make(*, detailed: bool) -> Converter:
    converter = make_converter(detailed_validation=detailed)
    converter.register_structure_hook(int, _structure_int)
    converter.register_structure_hook(float, _structure_float)
    converter.register_structure_hook(str, _structure_str)
    converter.register_structure_hook(bool, _structure_bool)
    converter.register_structure_hook_factory(_is_enum, _enum_structure)
    converter.register_structure_hook_factory(_is_array, _array_structure)
    converter.register_structure_hook_factory(_is_mapping, _mapping_structure)
    converter.register_structure_hook_factory(attrs.has, _class_structure)
    converter.register_unstructure_hook_factory(attrs.has, _class_unstructure)
    converter.register_structure_hook_func(_is_any, _structure_any)
    converter.register_unstructure_hook_func(_is_any, _unstructure_any)
    return converter


_FAST: Final = _make(detailed=False)
_DETAILED: Final = _make(detailed=True)
"""Slower, but it names every fault; asked only once a payload does not fit."""
