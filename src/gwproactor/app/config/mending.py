"""Finds what else is wrong: checks that need more than one setting run only when each by itself is
fine, so that what was refused is left out, or filled in, and the rest is checked again.
"""

import copy
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from pydantic import BaseModel

from gwproactor.app.config.layers import Keys
from gwproactor.app.config.shape import annotations_at, is_table
from gwproactor.app.config.words import MISSING, OF_A_KEY, UNKNOWN, Refusal

# Whose settings, beside its own table's, a check that compares settings has looked at.
LOOKS_AT: Final = {
    "links": ("brokers",),
    "event_sink": ("links", "event_store"),
    "event_store": ("links", "event_sink"),
}


def mended(
    tree: dict[str, Any], kind: type[BaseModel], refused: Iterable[Refusal]
) -> dict[str, Any]:
    """*tree*, without what is refused, and with something where something is missing."""
    better = copy.deepcopy(tree)
    for number, each in enumerate(refused):
        table = _table(better, each.path[:-1])
        if table is None or not each.path:
            continue
        name = each.path[-1]
        if each.type == MISSING:
            table[name] = _placeholder(kind, each.path, number)
        elif each.type not in (UNKNOWN, OF_A_KEY) and is_table(kind, each.path):
            table[name] = {}  # others may name it
        else:
            table.pop(name, None)
    return better


def is_explained(refusal: Refusal, together: Iterable[Refusal], doubtful: Collection[Keys]) -> bool:
    """Whether *refusal* may only be there because of others: those that came *together* with it,
    or those that made the settings *doubtful*.
    """
    if refusal.type == MISSING:
        misspelt = {each.meant for each in together if each.type == UNKNOWN}
        return refusal.path in misspelt or refusal.path in doubtful
    if not refusal.compares:
        return False
    if not refusal.path:
        return bool(doubtful)
    return any(each and _is_related(refusal, each) for each in doubtful)


def _is_related(refusal: Refusal, doubtful: Keys) -> bool:
    path = refusal.path
    is_inside = path[: len(doubtful)] == doubtful
    # How many links are upstream, and whom they reach, can be said whatever else is wrong with one.
    is_below = doubtful[: len(path)] == path and path != ("links",)
    is_part = is_below and doubtful[-1] in refusal.fault.text
    looked_at = LOOKS_AT.get(path[0], ())
    # A broker that is refused for one of its settings is a broker all the same.
    is_looked_at = doubtful[0] in looked_at and (doubtful[0] != "brokers" or len(doubtful) == 1)
    return is_inside or is_part or is_looked_at


def _table(tree: dict[str, Any], path: Sequence[str]) -> dict[str, Any] | None:
    table = tree
    for name in path:
        inner = table.get(name)
        if not isinstance(inner, dict):
            return None
        table = inner
    return table


def _placeholder(kind: type[BaseModel], path: Keys, number: int) -> object:
    """Something like nothing else: two links to one peer are refused."""
    if is_table(kind, path):
        return {}
    return 1 if {int, float} & set(annotations_at(kind, path)) else f"missing{number}"
