"""What settings there are, by the annotations of the fields: names, and which of them are files."""

import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Union, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gwproactor.app.settings.part import BELOW


def names_at(kind: type[BaseModel], path: tuple[str, ...]) -> tuple[str, ...]:
    """The settings that are known in the table at *path*; none if any name is fine, or it is no
    table.
    """
    return tuple(
        name
        for annotation in annotations_at(kind, path)
        for name in (annotation.model_fields if _is_model(annotation) else ())
    )


def field_at(kind: type[BaseModel], path: tuple[str, ...]) -> FieldInfo | None:
    """The field that the setting at *path* is, if it is one."""
    for annotation in annotations_at(kind, path[:-1]):
        if _is_model(annotation) and path[-1] in annotation.model_fields:
            return cast("FieldInfo", annotation.model_fields[path[-1]])
    return None


def is_open(kind: type[BaseModel], path: tuple[str, ...]) -> bool:
    """Whether there is a table at *path* in which every name is fine."""
    return any(_is_mapping(annotation) for annotation in annotations_at(kind, path))


def is_table(kind: type[BaseModel], path: tuple[str, ...]) -> bool:
    """Whether there are settings below *path*."""
    return any(_is_mapping(each) or _is_model(each) for each in annotations_at(kind, path))


def annotations_at(kind: type[BaseModel], path: tuple[str, ...]) -> tuple[Any, ...]:
    """The types that the setting at *path* may have; none if there is no such setting."""
    found: tuple[Any, ...] = (kind,)
    for name in path:
        found = tuple(
            plain
            for annotation in found
            for inner in _inside(annotation, name)
            for plain in _alternatives(inner)
        )
    return found


def resolved(tree: Mapping[str, Any], kind: type[BaseModel], folder: Path) -> dict[str, Any]:
    """*tree*, with relative paths of files taken as relative to *folder*."""
    return {name: _resolved(value, _inside(kind, name), folder) for name, value in tree.items()}


def inside(annotation: Any, name: str) -> tuple[Any, ...]:
    """The types that what is called *name* may have in a table of type *annotation*."""
    return tuple(plain for each in _inside(annotation, name) for plain in _alternatives(each))


def items_of(annotation: Any) -> tuple[Any, ...]:
    """The types that an item of a list of type *annotation* may have."""
    if _is_mapping(annotation):
        return ()
    items = (each for each in get_args(annotation) if each is not Ellipsis)
    return tuple(plain for each in items for plain in _alternatives(each))


def _resolved(value: Any, annotations: tuple[Any, ...], folder: Path) -> Any:
    if isinstance(value, str):
        is_path = any(_is_file(annotation) for annotation in annotations)
        return str(folder / value) if is_path and value and not value.startswith("~") else value
    plain = [each for annotation in annotations for each in _alternatives(annotation)]
    if isinstance(value, dict):
        return {
            name: _resolved(each, tuple(a for p in plain for a in _inside(p, name)), folder)
            for name, each in value.items()
        }
    if isinstance(value, list):
        items = tuple(item for each in plain for item in get_args(each))
        return [_resolved(each, items, folder) for each in value]
    return value


def _inside(annotation: Any, name: str) -> tuple[Any, ...]:
    """The type of what is called *name* in a table of type *annotation*."""
    if _is_model(annotation):
        field = annotation.model_fields.get(name)
        return (field.rebuild_annotation(),) if field is not None else ()
    return get_args(annotation)[1:] if _is_mapping(annotation) else ()


def _alternatives(annotation: Any) -> Iterator[Any]:
    """The types behind `Annotated` and unions."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _alternatives(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for each in get_args(annotation):
            yield from _alternatives(each)
    else:
        yield annotation


def _is_file(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin is Annotated:
        plain, *metadata = get_args(annotation)
        return BELOW not in metadata and _is_file(plain)
    if origin in (Union, types.UnionType):
        return any(map(_is_file, get_args(annotation)))
    return isinstance(annotation, type) and issubclass(annotation, Path)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_mapping(annotation: Any) -> bool:
    origin = get_origin(annotation) or annotation
    return isinstance(origin, type) and issubclass(origin, Mapping)
