"""Finds what a document names: an attribute of a module, a call, a command, a heading."""

import ast
import inspect
import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

import attrs
from pydantic import BaseModel
from typer.core import TyperGroup
from typer.main import get_command

import gwproactor
from gwproactor.app.commands import app

DOTTED = re.compile(r"[A-Za-z_]\w*(\.\w+)*")
COMMAND = re.compile(r"gwproactor( [a-z][\w-]*)+")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def thing(code: str) -> object:
    """What *code* names. Raises LookupError that says what is missing, or that it names nothing."""
    if COMMAND.fullmatch(code):
        return _command(code)
    if DOTTED.fullmatch(code):
        return _attribute(code)
    try:
        expression = ast.parse(code, mode="eval").body
    except SyntaxError:
        raise LookupError(f"{code} names nothing") from None
    match expression:
        case ast.Call(func=function, keywords=keywords):
            called = _attribute(ast.unparse(function))
            _check_keywords(code, called, [one.arg for one in keywords if one.arg])
            return called
        case _:
            raise LookupError(f"{code} names nothing")


@cache
def headings_of(document: Path) -> frozenset[str]:
    """As links name them."""
    titles = HEADING.findall(document.read_text(encoding="utf-8"))
    return frozenset(re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles)


def _attribute(path: str) -> object:
    first, *rest = path.split(".")
    found: object
    if first in gwproactor.__all__:
        found = getattr(gwproactor, first)
    else:
        found, rest = _module(path)
    for name in rest:
        found = _member(found, name, path)
    return found


def _module(path: str) -> tuple[object, list[str]]:
    """The longest module that *path* begins with, and the rest."""
    names = path.split(".")
    for count in range(len(names), 0, -1):
        try:
            return import_module(".".join(names[:count])), names[count:]
        except ImportError:
            continue
    raise LookupError(f"nothing is called {path}")


def _member(owner: object, name: str, path: str) -> object:
    try:
        return getattr(owner, name)
    except AttributeError:
        if isinstance(owner, type) and name in _fields(owner):
            return _fields(owner)[name]
        raise LookupError(f"{path}: there is no {name}") from None


def _fields(owner: type) -> Mapping[str, object]:
    if issubclass(owner, BaseModel):
        return owner.model_fields
    fields = {field.name: field for field in attrs.fields(owner)} if attrs.has(owner) else {}
    return {**inspect.get_annotations(owner), **fields}


def _check_keywords(code: str, called: object, keywords: list[str]) -> None:
    if not callable(called):
        raise LookupError(f"{code}: that cannot be called")
    parameters = inspect.signature(called).parameters
    for name in keywords:
        if name not in parameters:
            raise LookupError(f"{code}: it takes no {name}")


def _command(code: str) -> object:
    command = get_command(app)
    for name in code.split()[1:]:
        known = command.commands if isinstance(command, TyperGroup) else {}
        if name not in known:
            raise LookupError(f"{code}: there is no such command")
        command = known[name]
    return command
