"""The settings in a file, for the tests of the node that it describes."""

import os
from collections.abc import Sequence
from pathlib import Path

from typing_extensions import TypeVar

from gwproactor.app.config.load import load_settings
from gwproactor.app.settings import ProactorSettings
from gwproactor.domain.outcome import Failure, Success

S = TypeVar("S", bound=ProactorSettings, default=ProactorSettings)


def settings_in(
    file: Path,
    kind: type[S] = ProactorSettings,  # type: ignore[assignment] # mypy: defaults of TypeVars
    *,
    overrides: Sequence[str] = (),
) -> S:
    """What *file* says, and *overrides* as of `--set`, such as "links.parent.broker=backup".

    Neither the environment nor a `.env` beside the file: a test should find the same everywhere.
    Raises ValueError with everything that is wrong.
    """
    no_env_file = Path(os.devnull)
    match load_settings(kind, file, environ={}, env_file=no_env_file, overrides=overrides):
        case Success(loaded):
            return loaded.settings
        case Failure(refused):
            raise ValueError(str(refused))
