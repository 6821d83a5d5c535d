"""Settings from all their sources, each value with the place where it is written."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Generic, TypeVar

import attrs
from pydantic import BaseModel, ValidationError

from gwproactor.app.config import sources
from gwproactor.app.config.fault import Fault, Refused
from gwproactor.app.config.layers import Keys, layered
from gwproactor.app.config.mending import is_explained, mended
from gwproactor.app.config.places import Places
from gwproactor.app.config.words import refusals
from gwproactor.app.settings import ProactorSettings
from gwproactor.app.settings.variables import Tree
from gwproactor.domain.outcome import Failure, Outcome, Success

S = TypeVar("S", bound=ProactorSettings)

# How often the rest is checked again; what is found then hardly hides more.
ROUNDS: Final = 3


@attrs.frozen
class Peeked:
    """A value that is wanted before the class of the settings is known."""

    value: str
    place: str


@attrs.frozen
class Loaded(Generic[S]):
    """Settings that may be used, and where each of them is written."""

    settings: S
    places: Places

    def place(self, *path: str) -> str:
        """Where the setting at *path*, as `"links", "parent", "broker"`, is written: for a fault.

        If it is written nowhere, `default: links.parent.broker`. A broker that is a field of its
        own is found below `brokers` too.
        """
        return self.places.of(self._path(path))

    def source(self, *path: str) -> str:
        """The same in short, beside the name of the setting: `node.toml`, `default`."""
        return self.places.source(self._path(path))

    def _path(self, path: Keys) -> Keys:
        is_field = path[:1] == ("brokers",) and path[1:2] and path[1] not in self.settings.brokers
        return path[1:] if is_field else path


def load_settings(
    kind: type[S],
    file: Path | None,
    *,
    environ: Mapping[str, str],
    env_file: Path | None = None,
    overrides: Sequence[str] = (),
) -> Outcome[Loaded[S], Refused]:
    """The settings of *kind*: what *overrides* (`NAME=VALUE`), *environ*, the `.env` file, the
    class's `secrets_dir` and *file* say, the first that speaks wins.

    The `.env` file is *env_file*, else the one beside *file*, if there is one. Fails with all that
    is wrong at once.
    """
    said = _said(kind, file, environ, env_file, overrides)
    whole = layered(each.leaves for each in said)
    home = (
        sources.file_naming(file)
        if file is not None
        else sources.variable_naming("environment", kind)
    )
    places = Places(whole.origins, home)
    faults = tuple(fault for each in said for fault in each.faults)
    if any(each.is_unreadable for each in said):
        return Failure(Refused(faults))
    doubtful = [path for each in said for path in each.doubtful]
    match _checked(kind, whole.tree, places, doubtful):
        case Success(settings) if not faults:
            return Success(Loaded(settings, places))
        case Success():
            return Failure(Refused(faults))
        case Failure(more):
            return Failure(Refused(faults + more))


def _checked(
    kind: type[S], tree: Tree, places: Places, doubtful: Sequence[Keys]
) -> Outcome[S, tuple[Fault, ...]]:
    """The settings in *tree*, or all that is wrong with them, but for what may only follow from
    faults of the *doubtful* settings.
    """
    try:
        return Success(_made(kind, tree))
    except ValidationError as error:
        refused = refusals(error, kind, places)
    faults = [each.fault for each in refused if not is_explained(each, refused, doubtful)]
    for _ in range(ROUNDS):
        doubtful = [*doubtful, *(each.meant for each in refused)]
        tree = mended(tree, kind, refused)
        try:
            _made(kind, tree)
        except ValidationError as error:
            refused = refusals(error, kind, places)
            compared = [each for each in refused if each.compares]
            faults += [each.fault for each in compared if not is_explained(each, (), doubtful)]
        except Exception:
            break  # A deployment's own check does not reckon with what was filled in.
        else:
            break
    return Failure(tuple(dict.fromkeys(faults)))


def peek_container(
    file: Path | None,
    *,
    environ: Mapping[str, str],
    env_file: Path | None = None,
    overrides: Sequence[str] = (),
) -> Peeked | None:
    """What `container` is, for the container says which class the settings have; none: not given.

    Sources as of `load_settings`, variables with the prefix `PROACTOR_`. Faults of other settings,
    and a file that cannot be read, are left for `load_settings` to tell.
    """
    said = _said(ProactorSettings, file, environ, env_file, overrides)
    whole = layered(each.leaves for each in said)
    container = whole.tree.get("container")
    if not isinstance(container, str) or not container:
        return None
    return Peeked(container, whole.origins["container",].place)


def _said(
    kind: type[S],
    file: Path | None,
    environ: Mapping[str, str],
    env_file: Path | None,
    overrides: Sequence[str],
) -> list[sources.Said]:
    """What all sources say, the last that speaks wins."""
    said = []
    if file is not None:
        said.append(sources.of_file(kind, file))
    folder = kind.model_config.get("secrets_dir")
    if isinstance(folder, str | os.PathLike):
        said.append(sources.of_secrets(kind, Path(folder)))
    variables = env_file or (sources.dotenv_beside(file) if file is not None else None)
    if variables is not None:
        said.append(sources.of_dotenv(kind, variables, environ))
    said.append(sources.of_environment(kind, environ))
    said.append(sources.of_overrides(kind, overrides))
    return said


def _made(kind: type[S], tree: Tree) -> S:
    """Settings from *tree* alone: what makes them otherwise asks the sources of this process."""
    settings = kind.__new__(kind)
    BaseModel.__init__(settings, **tree)
    return settings
