"""What a request may hold, told in one fault each; none shows what is written."""

import json
import math
import re
from collections.abc import Mapping
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, BeforeValidator, JsonValue, SecretStr

from gwproactor.domain.outcome import Failure
from gwproactor.domain.web_names import IN_A_HEADER, checked_host_name

# A `token` of RFC 9110 §5.6.2.
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _text(given: object) -> object:
    if isinstance(given, str) and not _is_encodable(given):
        raise ValueError("has half of a character, which cannot be sent")
    return given


def _scalar(given: object) -> object:
    if isinstance(given, bool):
        raise ValueError(
            'must be a text or a number, for true and false as the server wants: "on", 1'
        )
    if not isinstance(given, str | int | float):
        raise ValueError("must be a text or a number")
    if isinstance(given, float) and not math.isfinite(given):
        raise ValueError("must be a finite number")
    return _text(given)


def _scalars(given: object) -> object:
    if not isinstance(given, list):
        return _scalar(given)
    return [_scalar(each) for each in given]


def _form(given: object) -> object:
    """In a list of pairs a name may come again."""
    pairs = list(given.items()) if isinstance(given, Mapping) else given
    if not isinstance(pairs, list | tuple):
        raise ValueError("must be an object, or a list of pairs")
    for number, pair in enumerate(pairs, start=1):
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not isinstance(pair[0], str):
            raise ValueError(f"number {number} must be a pair of a name and its value")
        try:
            _text(pair[0])
            _scalar(pair[1])
        except ValueError as error:
            raise ValueError(f"number {number} {error}") from None
    return given


def _names(given: object) -> object:
    if isinstance(given, Mapping) and not all(map(_is_encodable, map(str, given))):
        raise ValueError("has a name with half of a character, which cannot be sent")
    return given


def _header_names(given: object) -> object:
    if isinstance(given, Mapping):
        for number, name in enumerate(given, start=1):
            if _HEADER_NAME.fullmatch(str(name)) is None:
                raise ValueError(
                    f"the name of number {number} cannot be that of a header:"
                    " give it without spaces and colon, in ASCII"
                )
    return given


def _header_value(value: str | int | float) -> str | int | float:
    if IN_A_HEADER.fullmatch(str(value)) is None:
        raise ValueError("has a line end, or another character that no header can carry")
    return value


def _json(given: object) -> object:
    try:
        json.dumps(given, allow_nan=False, ensure_ascii=False).encode()
    except UnicodeError:
        raise ValueError("has half of a character, which cannot be sent") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except ValueError:
        raise ValueError("has a number that is not finite") from None
    return given


def _host(host: str) -> str:
    """In ASCII, as it is sent."""
    return encoded_host(host.removeprefix("[").removesuffix("]")) if host else host


def encoded_host(host: str) -> str:
    """*host* in ASCII, an address of IPv6 without brackets. Raises ValueError if it can be none."""
    try:
        in_ascii = host if ":" in host else host.encode("idna").decode()
    except UnicodeError:
        raise ValueError("has an empty or too long part between its dots") from None
    # An address may end with the zone that it is of.
    checked = checked_host_name(in_ascii.partition("%")[0] if ":" in host else in_ascii)
    if isinstance(checked, Failure):
        raise ValueError("is no name and no address; scheme, port and path are none of it")
    return in_ascii.strip()


def _is_encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


Text = Annotated[str, BeforeValidator(_text)]
SecretText = Annotated[SecretStr, BeforeValidator(_text)]
Host = Annotated[str, BeforeValidator(_text), AfterValidator(_host)]
Scalar: TypeAlias = Annotated[str | int | float, BeforeValidator(_scalar)]
ScalarOrList: TypeAlias = Annotated[
    str | int | float | list[str | int | float], BeforeValidator(_scalars)
]
Form: TypeAlias = Annotated[
    dict[str, str | int | float] | list[tuple[str, str | int | float]], BeforeValidator(_form)
]
ScalarsByName: TypeAlias = Annotated[dict[str, Scalar], BeforeValidator(_names)]
ParamsByName: TypeAlias = Annotated[dict[str, ScalarOrList], BeforeValidator(_names)]
Headers: TypeAlias = Annotated[
    dict[str, Annotated[Scalar, AfterValidator(_header_value)]], BeforeValidator(_header_names)
]
Json: TypeAlias = Annotated[JsonValue, BeforeValidator(_json)]
