"""Whether what the reference gives or expects fits what is written here, by the types of both."""

import inspect
import re
import types
import typing
from collections.abc import Iterator
from typing import Any, Final

from tests.support.reference_api import Entry

# What the reference calls by the name before, told among the types of docs/migration.md.
RENAMED: Final = {"Ok": "Success", "Err": "Failure"}
# Who takes the first takes any of the others: an `AsyncQueue` is whatever has a `put_nowait`.
TAKES: Final = {
    "Sequence": {"list"},
    "Iterable": {"list"},
    "AsyncQueue": {"Queue"},
    "float": {"int"},
}
ANYTHING: Final = "Any"


def type_faults(entry: Entry, here: object, told: str) -> Iterator[str]:
    """What is different of the types of a call; *told* is what its row says of it."""
    assert callable(here)
    signature = inspect.signature(here, eval_str=True)
    for name, text in entry.described.items():
        if name not in signature.parameters:
            continue  # Of `**kwargs`, or missing, which is another fault.
        present = names_of(signature.parameters[name].annotation)
        if not all(_is_taken(one, present) for one in documented(text)):
            yield f"{name} is {' | '.join(sorted(present))}, not {text}"
    if entry.returns is None:
        return
    answered = names_of(signature.return_annotation)
    if documented(entry.returns) == {"None"}:
        if answered != {"None"} and "answers" not in told:
            yield f"answers {' | '.join(sorted(answered))}, which is not told"
    elif not all(_is_taken(one, documented(entry.returns)) for one in answered):
        yield f"answers {' | '.join(sorted(answered))}, not {entry.returns}"


def value_faults(entry: Entry, annotation: object) -> Iterator[str]:
    """What is different of the type of a field or a property."""
    for text in entry.types:
        present = names_of(annotation)
        if not all(_is_taken(one, documented(text)) for one in present):
            yield f"is {' | '.join(sorted(present))}, not {text}"


def documented(text: str) -> set[str]:
    """The types of a text such as `list[str] | None`, by the names that they have here."""
    for name, here in RENAMED.items():
        text = re.sub(rf"\b{name}\b", here, text)
    return set(text.split(" | "))


def names_of(annotation: Any) -> set[str]:
    """The types of *annotation*, each as the reference would write it."""
    if typing.get_origin(annotation) is typing.Annotated:
        return names_of(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return {name for one in typing.get_args(annotation) for name in names_of(one)}
    return {_name(annotation)}


def _name(annotation: Any) -> str:
    if annotation in (None, types.NoneType):
        return "None"
    if annotation in (Any, object) or isinstance(annotation, typing.TypeVar):
        return ANYTHING
    origin = typing.get_origin(annotation)
    if origin is None:
        return str(annotation.__name__)
    names = ["|".join(sorted(names_of(one))) for one in typing.get_args(annotation)]
    return f"{origin.__name__}[{', '.join(names)}]"


def _is_taken(given: str, takers: set[str]) -> bool:
    return ANYTHING in takers or any(_takes(taker, given) for taker in takers)


def _takes(taker: str, given: str) -> bool:
    """Without what is between brackets if one of the two does not say it."""
    (kind, _, of), (given_kind, _, given_of) = taker.partition("["), given.partition("[")
    if kind != given_kind and given_kind not in TAKES.get(kind, ()):
        return False
    return not of or not given_of or of == given_of or of in (f"{ANYTHING}]", f"str, {ANYTHING}]")
