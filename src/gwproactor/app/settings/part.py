"""What all parts of the settings share: strictness, and the values that several of them hold."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    model_validator,
)

from gwproactor.domain.names import checked_name
from gwproactor.domain.outcome import Failure
from gwproactor.domain.web_names import checked_host_name, checked_token

# Less is less than what a loop can tell; more than a year is no time-out.
SECONDS_MIN: Final = 0.001
SECONDS_MAX: Final = 31_536_000
# Twice the highest that has a name.
LEVEL_MAX: Final = 100


def _name(name: str) -> str:
    checked = checked_name(name, "name")
    if isinstance(checked, Failure):
        raise ValueError(str(checked.failure()))
    if not all(name.split(".")):
        raise ValueError(f"name {name!r} has nothing before, after or between two of its dots")
    return name


def _name_or_empty(name: str) -> str:
    return _name(name) if name else name


def _host_name(name: str) -> str:
    checked = checked_host_name(name)
    if isinstance(checked, Failure):
        raise ValueError(checked.failure())
    return checked.unwrap()


def _token(token: SecretStr) -> SecretStr:
    checked = checked_token(token.get_secret_value())
    if isinstance(checked, Failure):
        raise ValueError(checked.failure())
    return SecretStr(checked.unwrap())


def listed(given: object) -> object:
    """In the environment `a.local, b.local` is as good as `["a.local", "b.local"]`."""
    if not isinstance(given, str):
        return given
    if given.lstrip().startswith("["):
        try:
            return json.loads(given)
        except ValueError as error:
            raise ValueError(f"neither a JSON list nor names between commas: {error}") from None
    return tuple(name for name in given.split(",") if name.strip())


def _level(given: object) -> object:
    """A level of `logging` by its name, or by its number, in the environment a text."""
    if isinstance(given, bool):
        raise ValueError("must be a level, as INFO, or its number")
    if not isinstance(given, str):
        return given
    number = logging.getLevelNamesMapping().get(given.strip().upper())
    if number is not None:
        return number
    try:
        return int(given)
    except ValueError:
        names = ", ".join(logging.getLevelNamesMapping())
        raise ValueError(f"is neither a number nor one of {names}") from None


def _level_name(level: int) -> str:
    name = logging.getLevelName(level)
    return name if name in logging.getLevelNamesMapping() else str(level)


def _enough_seconds(seconds: float) -> float:
    if seconds < SECONDS_MIN:
        raise ValueError(f"must be at least {SECONDS_MIN}")
    return seconds


def _given_path(given: object) -> object:
    """Nothing would be the current folder, which nobody means by it."""
    if given == "":
        raise ValueError("must not be empty; leave it out for the default")
    return given


def _at_home(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:
        whose = path.parts[0]
        raise ValueError(
            f"there is no folder {whose}: write an absolute path"
            + (", or set HOME" if whose == "~" else "")
        ) from None


def _in_a_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("has a line break or another character that cannot be printed")
    return text


Name = Annotated[str, AfterValidator(_name)]
OptionalName = Annotated[str, AfterValidator(_name_or_empty)]
HostName = Annotated[str, AfterValidator(_host_name)]
Token = Annotated[SecretStr, AfterValidator(_token)]
PrintableText = Annotated[str, AfterValidator(_in_a_line)]
# A time that a node may wait for something.
Seconds = Annotated[float, Field(gt=0, le=SECONDS_MAX), AfterValidator(_enough_seconds)]
LogLevel = Annotated[
    int,
    Field(ge=0, le=LEVEL_MAX),
    BeforeValidator(_level, json_schema_input_type=int | str),
    PlainSerializer(_level_name, str, when_used="json"),
]
# A file that is named; a `~` is the home of who runs the node.
FilePath = Annotated[Path, BeforeValidator(_given_path), AfterValidator(_at_home)]
# Part of the path of a file, and therefore not relative to the folder of the file that says it.
BELOW: Final = "below"
PartOfPath = Annotated[Path, BELOW]


def with_defaults(kind: type[BaseModel], given: Mapping[str, Any]) -> dict[str, Any]:
    """*given*, of which a part that is given in part keeps the rest of the default that its field
    has: not that of the part's class, which may be another.
    """
    joined = dict(given)
    for name, field in kind.model_fields.items():
        part = joined.get(name)
        if isinstance(field.default, BaseModel) and isinstance(part, Mapping):
            joined[name] = merged(as_tables(field.default), part)
    return joined


def as_tables(value: Any) -> Any:
    """*value* with tables for its parts, without what is made anew if it is not given: it may
    follow from other settings, as folders do from their base.
    """
    match value:
        case BaseModel():
            fields = type(value).model_fields
            return {
                name: as_tables(each)
                for name, each in value
                if name in value.model_fields_set or fields[name].default_factory is None
            }
        case Mapping():
            return {name: as_tables(each) for name, each in value.items()}
        case _:
            return value


def merged(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Both, table by table; what *upper* says goes before what *lower* says."""
    both = dict(lower)
    for name, value in upper.items():
        under = both.get(name)
        if isinstance(under, Mapping) and isinstance(value, Mapping):
            both[name] = merged(under, value)
        else:
            both[name] = value
    return both


class SettingsPart(BaseModel):
    """Refuses what it does not know, does not change, and shows no value in an error: it may be a
    password.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False
    )

    @model_validator(mode="before")
    @classmethod
    def _keep_defaults(cls, given: Any) -> Any:
        return with_defaults(cls, given) if isinstance(given, Mapping) else given
