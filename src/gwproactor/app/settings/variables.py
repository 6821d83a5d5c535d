"""What keywords and variables say of settings.

Of variables, in the environment as in a `.env` file, names under the declared prefix only:
pydantic-settings by itself ignores a misspelt name in the environment, and refuses the names of
every other program in a `.env` file.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsError,
)
from typing_extensions import override

from gwproactor.app.settings.part import as_tables, merged

Tree = dict[str, Any]


class NotJSONError(SettingsError):
    """The value of a variable must be JSON and is not; the message does not show it."""


def said_by(reader: EnvSettingsSource, variables: Mapping[str, str | None]) -> Tree:
    """What *variables* say together; empty if they name no setting. Raises NotJSONError."""
    reader.env_vars = {
        name if reader.case_sensitive else name.lower(): value
        for name, value in variables.items()
        if not (reader.env_ignore_empty and value == "")
    }
    try:
        return EnvSettingsSource.__call__(reader)
    except (SettingsError, RecursionError) as error:
        text = f"{', '.join(variables)}: {_why(error)}"
    # Outside the except clause: the error that it followed holds the value, which may be a secret.
    raise NotJSONError(text)


def _why(error: BaseException) -> str:
    cause = error.__cause__
    if isinstance(cause, json.JSONDecodeError):
        return f"is not JSON: {cause.msg}, line {cause.lineno}, column {cause.colno}"
    if isinstance(error, RecursionError):
        return "has too many tables and lists inside each other"
    return "cannot be read"


def declared(
    reader: EnvSettingsSource, variables: Mapping[str, str | None]
) -> Iterator[tuple[str, str | None]]:
    """Those that are ours: under the prefix, or under a name that a field is declared to have."""
    prefix = reader.env_prefix.lower()
    others = {}
    for name, value in variables.items():
        if prefix and name.lower().startswith(prefix):
            yield name, value
        else:
            others[name] = value
    if _is_ours(reader, others):
        yield from (
            (name, value) for name, value in others.items() if _is_ours(reader, {name: value})
        )


def _is_ours(reader: EnvSettingsSource, variables: Mapping[str, str | None]) -> bool:
    try:
        return bool(said_by(reader, variables))
    except NotJSONError:  # which is told when it is read
        return True


class GivenKeywords(InitSettingsSource):
    """Keywords as what was given for them, so that parts of them may come from elsewhere."""

    @override
    def __call__(self) -> Tree:
        tables: Tree = as_tables(self.init_kwargs)
        return tables


class DeclaredVariables(PydanticBaseSettingsSource):
    """The variables that *reader* has read, without foreign names, and with the unknown ones, so
    that they are refused.
    """

    def __init__(self, settings_cls: type[BaseSettings], reader: EnvSettingsSource) -> None:
        super().__init__(settings_cls)
        self._reader = reader
        self._variables = reader.env_vars

    @override
    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        raise NotImplementedError  # asked by the base class's own __call__ only

    @override
    def __call__(self) -> Tree:
        tree: Tree = {}
        # What a part is given by a name of its own goes before what the whole says of it.
        ours = sorted(declared(self._reader, self._variables), key=lambda each: len(each[0]))
        for name, value in ours:
            unknown = {name[len(self._reader.env_prefix) :].lower(): value}
            tree = merged(tree, said_by(self._reader, {name: value}) or unknown)
        return tree
