"""JSON of which nothing is lost without a word, as RFC 8259 leaves it to who reads it."""

import json
import math
from collections.abc import Sequence
from typing import NoReturn

from gwproactor.domain.message import Json, JsonObject


def strict_json(text: str) -> Json:
    """The document in *text*. Raises ValueError with what is wrong with it, which shows no value:
    a name that is written twice in one object, and numbers that are none, or that no machine has.
    """
    try:
        document: Json = json.loads(
            text,
            parse_constant=_refuse,
            parse_int=_integer,
            parse_float=_number,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        place = f"in line {error.lineno}, column {error.colno}"
        raise ValueError(f"is no JSON: {error.msg}, {place}") from None
    except RecursionError:
        raise ValueError("is nested too deep") from None
    return document


def _object(members: Sequence[tuple[str, Json]]) -> JsonObject:
    found = dict(members)
    if len(found) < len(members):
        names = [name for name, _ in members]
        twice = next(name for name in found if names.count(name) > 1)
        who = next((found[key] for key in ("Name", "DisplayName") if key in found), None)
        where = f"that of {who!r}" if isinstance(who, str) else f"with {', '.join(list(found)[:4])}"
        raise ValueError(f"has {twice!r} twice in one object, {where}: one of them would be lost")
    return found


def _integer(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:  # more than Python takes
        raise ValueError(f"has a number of {len(digits)} digits, which is too long") from None


def _number(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("has a number that is too large for a fraction, as 1e999 is")
    return number


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"is no JSON: {name} is no number")
