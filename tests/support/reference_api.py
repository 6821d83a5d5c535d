"""Reads the names of the original library from the text of its reference, of version 1.0."""

import ast
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import attrs

REFERENCE = Path(__file__).parents[1] / "data" / "api-1.0.txt"

TOP = re.compile(r"(?P<kind>class |exception |)gwproactor\.(?P<name>\w+)(?P<parameters>\(.*\))?")
NESTED = re.compile(r"class (?P<name>\w+)")
PROPERTY = re.compile(r"(?P<abstract>abstract )?property (?P<name>\w+)(?:: (?P<type>.+))?")
METHOD = re.compile(
    r"(?P<abstract>abstract )?(?P<async>async )?(?P<class>classmethod )?"
    r"(?P<name>\w+)(?P<parameters>\(.*\))"
)
FIELD = re.compile(r"(?P<name>\w+): (?P<type>[^=]+?)(?: = (?P<value>.+))?")
CONSTANT = re.compile(r"(?P<name>\w+) = (?P<value>.+)")
# How a default is printed that is no value; read as one of Python's dots.
UNTOLD = "'<object object>'"
DESCRIBED = re.compile(r"(?:• )?(?P<name>\w+) \((?P<type>.+)\)")


class Kind(Enum):
    CLASS = "class"
    FUNCTION = "function"
    METHOD = "method"
    PROPERTY = "property"
    FIELD = "field"


@attrs.frozen
class Parameter:
    """`default` is Python's text of it; None: there is none. A star belongs to the name."""

    name: str
    default: str | None = None
    is_by_keyword: bool = False


@attrs.define
class Entry:
    """One name of the reference. `parameters` are those of a call; None: it is not called, or the
    reference does not say how. `types` are the texts of all types that are told of it, `described`
    those of its parameters, `returns` that of its answer.
    """

    kind: Kind
    name: str
    owner: str = ""
    parameters: tuple[Parameter, ...] | None = None
    value: str | None = None
    is_async: bool = False
    is_of_class: bool = False
    is_abstract: bool = False
    returns: str | None = None
    types: list[str] = attrs.Factory(list)
    described: dict[str, str] = attrs.Factory(dict)

    @property
    def full_name(self) -> str:
        return f"{self.owner}.{self.name}" if self.owner else self.name

    @property
    def call(self) -> str:
        """As a row of the table names it: without defaults."""
        if self.parameters is None:
            return self.name
        return f"{self.name}({', '.join(one.name for one in self.parameters)})"


def entries(text: str) -> Iterator[Entry]:
    """Every class, function and member, in the order of the text."""
    found: Entry | None = None
    owner = ""
    expects_type = False
    for line in filter(None, map(str.strip, text.splitlines())):
        if expects_type and found is not None:
            found.types.append(line)
            found.returns = line
            expects_type = False
        elif line == "Return type:":
            expects_type = True
        elif entry := _entry(line, owner):
            if found is not None:
                yield found
            found = entry
            if not entry.owner:
                owner = entry.name if entry.kind is Kind.CLASS else ""
        elif (described := DESCRIBED.fullmatch(line)) and found is not None:
            found.described[described["name"]] = described["type"]
            found.types.append(described["type"])
    if found is not None:
        yield found


def _entry(line: str, owner: str) -> Entry | None:
    if match := TOP.fullmatch(line):
        kind = Kind.CLASS if match["kind"] else Kind.FUNCTION
        given = match["parameters"]
        return Entry(kind, match["name"], parameters=None if given is None else _parameters(given))
    if not owner:
        return None
    if match := NESTED.fullmatch(line):
        return Entry(Kind.CLASS, match["name"], owner)
    if match := PROPERTY.fullmatch(line):
        return Entry(
            Kind.PROPERTY,
            match["name"],
            owner,
            is_abstract=bool(match["abstract"]),
            types=_types(match),
        )
    if match := METHOD.fullmatch(line):
        return Entry(
            Kind.METHOD,
            match["name"],
            owner,
            _parameters(match["parameters"]),
            is_async=bool(match["async"]),
            is_of_class=bool(match["class"]),
            is_abstract=bool(match["abstract"]),
        )
    if match := FIELD.fullmatch(line):
        return Entry(Kind.FIELD, match["name"], owner, value=match["value"], types=_types(match))
    if match := CONSTANT.fullmatch(line):
        return Entry(Kind.FIELD, match["name"], owner, value=match["value"])
    return None


def _types(match: re.Match[str]) -> list[str]:
    return [match["type"]] if match["type"] else []


def _parameters(text: str) -> tuple[Parameter, ...]:
    """Those of a signature such as `(name, timeout=None, *, daemon=True, **kwargs)`."""
    [function] = ast.parse(f"def f{text.replace(UNTOLD, '...')}: ...").body
    assert isinstance(function, ast.FunctionDef)
    given = function.args
    blanks: list[ast.expr | None] = [None] * (len(given.args) - len(given.defaults))
    positional = zip(given.args, [*blanks, *given.defaults], strict=True)
    by_keyword = zip(given.kwonlyargs, given.kw_defaults, strict=True)
    found = [Parameter(one.arg, _text(default)) for one, default in positional]
    if given.vararg is not None:
        found.append(Parameter(f"*{given.vararg.arg}"))
    found += [Parameter(one.arg, _text(default), is_by_keyword=True) for one, default in by_keyword]
    if given.kwarg is not None:
        found.append(Parameter(f"**{given.kwarg.arg}"))
    return tuple(found)


def _text(default: ast.expr | None) -> str | None:
    return None if default is None else ast.unparse(default)
