"""The settings in a file, for the tests of the node that it describes."""

import tomllib
from pathlib import Path

from typing_extensions import TypeVar

from gwproactor.app.settings import ProactorSettings

S = TypeVar("S", bound=ProactorSettings, default=ProactorSettings)


def settings_in(
    file: Path,
    kind: type[S] = ProactorSettings,  # type: ignore[assignment] # mypy: defaults of TypeVars
    *overrides: str,
) -> S:
    """What *file* says; *overrides* are as of `--set`, such as "links.parent.broker=x"."""
    tree = tomllib.loads(file.read_text(encoding="utf-8"))
    for override in overrides:
        path, _, value = override.partition("=")
        *tables, name = path.split(".")
        table = tree
        for each in tables:
            table = table.setdefault(each, {})
        table[name] = value
    return kind.model_validate(tree)
