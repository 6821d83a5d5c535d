"""What pydantic refuses, in words of our own, with the place where it was written.

No value is shown, for it may be a secret; only checks of single fields name what they refuse.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import attrs
from pydantic import BaseModel, ValidationError

from gwproactor.app.config.extras import Extra
from gwproactor.app.config.fault import Fault
from gwproactor.app.config.layers import Keys
from gwproactor.app.config.places import Places
from gwproactor.app.config.shape import annotations_at, field_at, is_open, is_table, names_at
from gwproactor.app.config.unknown import meant_by, unknown_text

MISSING: Final = "missing"
UNKNOWN: Final = "extra_forbidden"
# Follows from another fault in the same table, which is told.
CONSEQUENCE: Final = "default_factory_not_called"
OF_A_KEY: Final = "[key]"
# Of the checks that `ProactorSettings` makes, and of those that a deployment may add.
MISFIT: Final = "misfit"
COMPARING: Final = (MISFIT, "value_error", "assertion_error")

WORDS: Final[Mapping[str, str]] = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "dict_type": "must be a table of settings",
    "enum": "must be {expected}",
    "finite_number": "must be a finite number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "int_type": "must be a whole number",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list",
    "literal_error": "must be {expected}",
    "model_attributes_type": "must be a table of settings",
    "model_type": "must be a table of settings",
    "path_type": "must be a path, as a text",
    "set_type": "must be a list",
    "string_too_short": "must have at least {min_length} characters",
    "string_type": "must be a text",
    "tuple_type": "must be a list",
}


@attrs.frozen
class Refusal:
    """A fault, which setting it is about, and which was meant if that is unknown.

    `compares`: it is about settings that are fine one by one.
    """

    path: Keys
    type: str
    fault: Fault
    meant: Keys
    compares: bool


def refusals(error: ValidationError, kind: type[BaseModel], places: Places) -> list[Refusal]:
    """What *error* says of settings of *kind*, in its order, once each."""
    found: dict[Fault, Refusal] = {}
    for each in error.errors(include_url=False, include_input=False):
        if each["type"] == CONSEQUENCE:
            continue
        path = _path(kind, each["loc"])
        place = places.near(path) if each["type"] == MISSING else places.of(path)
        text = _text(each["type"], each["msg"], each.get("ctx", {}), kind, path, places)
        number = next((part for part in each["loc"] if isinstance(part, int)), None)
        if number is not None:
            text = f"number {number + 1} {text}" if each["type"] in WORDS else text
        meant = meant_by(kind, path) if each["type"] == UNKNOWN else None
        type_ = OF_A_KEY if OF_A_KEY in each["loc"] else each["type"]
        fault = Fault(place, text, is_missing=each["type"] == MISSING)
        compares = type_ in COMPARING and (is_table(kind, path) or type_ == MISFIT)
        found.setdefault(fault, Refusal(path, type_, fault, meant or path, compares))
    return list(found.values())


def faults_of_extras(
    found: Iterable[Extra], kind: type[BaseModel], places: Places
) -> Iterator[Fault]:
    """What is wrong with names that pydantic passes over."""
    for extra in found:
        path = extra.path
        is_item = extra.number > 0
        text = extra.text if is_item else unknown_text(kind, path, places.inner_naming_of(path))
        yield Fault(places.of(path), text)


def words_of(type_: str, message: str, context: Mapping[str, Any]) -> str:
    """What is wrong with a value that is refused for an error of pydantic's."""
    if type_ == MISSING:
        return "is missing"
    if type_ in ("value_error", "assertion_error"):
        return str(context["error"])
    if type_ == "string_too_short" and context["min_length"] == 1:
        return "must not be empty"
    words = WORDS.get(type_)
    if words is None:
        return message[:1].lower() + message[1:]
    return words.format_map({name: _plain(value) for name, value in context.items()})


def _text(
    type_: str,
    message: str,
    context: Mapping[str, Any],
    kind: type[BaseModel],
    path: Keys,
    places: Places,
) -> str:
    if type_ == UNKNOWN:
        return unknown_text(kind, path, places.inner_naming_of(path))
    if type_ == MISSING:
        field = field_at(kind, path)
        meaning = field.description if field is not None else None
        text = words_of(type_, message, context)
        return f"{text}: {meaning}" if meaning else text
    return words_of(type_, message, context)


def _plain(value: object) -> object:
    """0 as the limit of a number that may have a fraction is 0.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _path(kind: type[BaseModel], location: tuple[int | str, ...]) -> Keys:
    """The setting at *location*, in which pydantic also counts items and the members of unions."""
    path: Keys = ()
    for part in location:
        if not isinstance(part, str) or part == OF_A_KEY or not is_table(kind, path):
            break
        is_known = part in names_at(kind, path) or is_open(kind, path)
        is_member = not is_known and part in {
            getattr(each, "__name__", "") for each in annotations_at(kind, path)
        }
        if not is_member:
            path = (*path, part)
    return path
