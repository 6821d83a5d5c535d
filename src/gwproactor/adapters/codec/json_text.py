"""JSON text to values and back: orjson, and the standard library where orjson is not exact.

orjson reads and writes integers of at most 64 bits (it reads larger ones as floats).
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Final, NoReturn

import orjson

from gwproactor.domain.message import Json

# What orjson writes; it reads 1024.
LEVELS_MAX: Final = 254
TOO_DEEP: Final = f"nested deeper than {LEVELS_MAX} levels"

_DIGITS_AS_ZERO: Final = bytes.maketrans(b"123456789", b"000000000")
# 64 bits hold every integer of fewer digits.
_MANY_DIGITS: Final = b"0" * 19
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def parse_json(data: bytes) -> Json:
    """The value of JSON text in UTF-8; of members with one name the last counts.

    Integers are exact. Raises ValueError if *data* is anything else (NaN, infinities and lone
    surrogates are no JSON), is nested deeper than LEVELS_MAX, or holds an integer of thousands of
    digits, which would take seconds to read.
    """
    try:
        value: Json = orjson.loads(data)
        # What comes out as it came in has lost nothing; so are most messages.
        if orjson.dumps(value) == data:
            return value
    except orjson.JSONEncodeError:
        raise ValueError(TOO_DEEP) from None
    except orjson.JSONDecodeError:
        if not _has_many_digits(data):
            raise
        return _parse_exactly(data)
    return _parse_exactly(data) if _has_many_digits(data) else value


def write_json(value: object) -> bytes:
    """Compact JSON in UTF-8; NaN and infinities are null, lone surrogates U+FFFD.

    Enums, dates and UUIDs are written as orjson does. Raises TypeError for what is no JSON.
    """
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return _write_exactly(value)


def _has_many_digits(data: bytes) -> bool:
    return _MANY_DIGITS in data.translate(_DIGITS_AS_ZERO)


def _parse_exactly(data: bytes) -> Json:
    try:
        value: Json = json.loads(
            data.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite
        )
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    if _is_deep(value):
        raise ValueError(TOO_DEEP)
    if b"\\u" in data:
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # fails on a lone surrogate
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


def _is_deep(value: Json) -> bool:
    level = [value]
    for _ in range(LEVELS_MAX):
        level = [child for parent in level for child in _children(parent)]
    # What is left lies inside LEVELS_MAX arrays and objects.
    return any(isinstance(child, list | dict) for child in level)


def _children(parent: Json) -> Iterable[Json]:
    match parent:
        case list():
            return parent
        case Mapping():
            return parent.values()
        case _:
            return ()


def _write_exactly(value: object) -> bytes:
    text = json.dumps(
        _writable(value),
        ensure_ascii=False,
        separators=(",", ":"),
        default=lambda other: orjson.loads(orjson.dumps(other)),
    )
    return _SURROGATE.sub("\ufffd", text).encode("utf-8")


def _writable(value: object) -> object:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case list() | tuple():
            return [_writable(item) for item in value]
        case Mapping():
            return {key: _writable(item) for key, item in value.items()}
        case _:
            return value
