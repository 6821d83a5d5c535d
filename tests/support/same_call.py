"""Whether what the reference documents can be called and read here as it is documented."""

import inspect
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from gwproactor import ProactorLogger, Problems, SyncAsyncInteractionThread, SyncAsyncQueueWriter
from gwproactor.app.settings import logging as logging_settings
from tests.support.reference_api import Entry, Kind, Parameter
from tests.support.same_types import type_faults, value_faults

STARS = {"*": inspect.Parameter.VAR_POSITIONAL, "**": inspect.Parameter.VAR_KEYWORD}
# Of classes whose instances have fields that the class does not tell.
INSTANCES: Mapping[type, object] = {
    ProactorLogger: ProactorLogger("a", "a.b", "a.c", "a.d"),
    Problems: Problems(),
    SyncAsyncInteractionThread: SyncAsyncInteractionThread(),
    SyncAsyncQueueWriter: SyncAsyncQueueWriter(),
}


def entry_faults(entry: Entry, owner: type | None, here: object, told: str) -> Iterator[str]:
    """What keeps *here* (of class *owner*) from being what *entry* documents; *told* is what its
    row says of it.
    """
    match entry.kind:
        case Kind.CLASS | Kind.FUNCTION:
            yield from _callable_faults(entry, here, told)
        case Kind.METHOD:
            assert owner is not None
            yield from _abstract_faults(entry, owner)
            yield from _method_faults(entry, owner, here, told)
        case Kind.PROPERTY | Kind.FIELD:
            assert owner is not None
            yield from _abstract_faults(entry, owner)
            yield from value_faults(entry, _type_of(owner, entry.name))
            if inspect.isroutine(here):
                yield "is called"
            if entry.value is not None and here != evaluated(entry.value):
                yield f"is {here!r}"


def _abstract_faults(entry: Entry, owner: type) -> Iterator[str]:
    """A subclass that forgets it is refused where the reference says so, and nowhere else."""
    is_abstract = entry.name in getattr(owner, "__abstractmethods__", ())
    if is_abstract != entry.is_abstract:
        yield "is abstract" if is_abstract else "is not abstract"


def _type_of(owner: type, name: str) -> object:
    """The type of the field or property *name*, or else of what an instance has."""
    found = inspect.getattr_static(owner, name, None)
    if isinstance(found, property):
        assert found.fget is not None
        return inspect.signature(found.fget).return_annotation
    for one in owner.__mro__:
        if name in inspect.get_annotations(one):
            return inspect.get_annotations(one, eval_str=True)[name]
    return type(field_of(owner, name))


def _method_faults(entry: Entry, owner: type, here: object, told: str) -> Iterator[str]:
    if not inspect.isroutine(here):
        yield "is no method"
        return
    if entry.is_async != inspect.iscoroutinefunction(here):
        yield "is async" if not entry.is_async else "is not async"
    static = inspect.getattr_static(owner, entry.name)
    if entry.is_of_class != isinstance(static, classmethod):
        yield "is a method of the class" if not entry.is_of_class else "is no method of the class"
    else:
        yield from _callable_faults(entry, here, told, skip=0 if entry.is_of_class else 1)


def _callable_faults(entry: Entry, here: object, told: str, *, skip: int = 0) -> Iterator[str]:
    if not callable(here):
        yield "cannot be called"
        return
    # How an Enum is called depends on the version of Python; its members are compared.
    if entry.parameters is None or (isinstance(here, type) and issubclass(here, Enum)):
        return
    present = list(parameters_of(here).values())[skip:]
    by_name = {one.name: one for one in present}
    documented = [one for one in entry.parameters if not one.name.startswith("*")]
    in_order = [one.name for one in documented if not one.is_by_keyword]
    positional = [one.name for one in present if one.kind is one.POSITIONAL_OR_KEYWORD]
    if positional[: len(in_order)] != in_order:
        yield f"takes {', '.join(positional) or 'nothing'} by position"
        return
    for one in documented:
        yield from parameter_faults(one, by_name.pop(one.name, None), entry.described)
    for name in [one.name for one in entry.parameters if one.name.startswith("*")]:
        bare = name.lstrip("*")
        found = by_name.pop(bare, None)
        if found is None or found.kind is not STARS[name.removesuffix(bare)]:
            yield f"takes no {name}"
    for left in by_name.values():
        if left.default is left.empty and left.kind not in STARS.values():
            yield f"needs {left.name}"
    yield from type_faults(entry, here, told)


def parameter_faults(
    documented: Parameter, present: inspect.Parameter | None, types: Mapping[str, str]
) -> Iterator[str]:
    """What is different of one parameter; *types* are the documented ones."""
    if present is None:
        yield f"has no parameter {documented.name}"
    elif documented.default is not None and present.default is present.empty:
        yield f"needs {documented.name}"
    elif documented.default is not None and _is_told(documented, types):
        expected = evaluated(documented.default)
        if expected is not ... and present.default != expected:
            yield f"{documented.name} is {present.default!r} by default"


def parameters_of(here: object) -> dict[str, inspect.Parameter]:
    """By name; those of settings with their real defaults."""
    assert callable(here)
    found = dict(inspect.signature(here).parameters)
    if isinstance(here, type) and issubclass(here, BaseModel):
        for name, field in here.model_fields.items():
            default: Any = field.get_default(call_default_factory=True, validated_data={})
            if default is not PydanticUndefined:
                found[name] = found[name].replace(default=default)
    return found


def field_of(owner: type, name: str) -> object:
    """What instances of *owner* have as *name*: itself or a stand-in. Raises AttributeError."""
    if owner in INSTANCES and not hasattr(owner, name):
        return getattr(INSTANCES[owner], name)
    if issubclass(owner, BaseModel) and name in owner.model_fields:
        return owner.model_fields[name]
    if name in inspect.get_annotations(owner) and not hasattr(owner, name):
        return None
    return getattr(owner, name)


def evaluated(text: str) -> object:
    """The value that the reference tells; of settings, an equal one of ours."""
    return eval(text, vars(logging_settings))


def _is_told(documented: Parameter, types: Mapping[str, str]) -> bool:
    """None stands for a default that is made for each call, if the type has no None."""
    return documented.default != "None" or "None" in types.get(documented.name, "None")
