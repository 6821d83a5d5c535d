"""Settings from all their sources, each value with the place where it is written."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Generic, TypeVar

import attrs
from pydantic import BaseModel, ValidationError

from gwproactor.app.config.capitals import faults_of_capitals
from gwproactor.app.config.extras import extras
from gwproactor.app.config.fault import Fault, Refused
from gwproactor.app.config.given import Given
from gwproactor.app.config.layers import Keys, layered
from gwproactor.app.config.mending import is_explained, mended
from gwproactor.app.config.places import Places
from gwproactor.app.config.words import faults_of_extras, refusals
from gwproactor.app.foreign_code import PASSED_ON
from gwproactor.app.node_file.described import described
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
    given = Given(file=file, environ=environ, env_file=env_file, overrides=overrides)
    return load_given(kind, given)


def load_given(kind: type[S], given: Given) -> Outcome[Loaded[S], Refused]:
    """As `load_settings`."""
    said = given.said(kind)
    whole = layered(each.leaves for each in said)
    places = Places(whole.origins, given.home(kind))
    faults = [fault for each in said for fault in each.faults]
    if any(each.is_unreadable for each in said):
        return Failure(Refused(tuple(faults)))
    faults += faults_of_capitals(kind, (leaf for each in said for leaf in each.leaves))
    faults += faults_of_extras(extras(whole.tree, kind), kind, places)
    doubtful = [path for each in said for path in each.doubtful]
    try:
        checked = _checked(kind, whole.tree, places, doubtful)
    except PASSED_ON:
        raise
    except BaseException as error:  # whatever a check of the deployment does
        return Failure(Refused((*faults, stumbled(kind, error, given.file))))
    match checked:
        case Success(settings) if not faults:
            return Success(Loaded(settings, places.with_homes(settings.paths)))
        case Success():
            return Failure(Refused(tuple(faults)))
        case Failure(more):
            return Failure(Refused((*faults, *more)))


def stumbled(kind: type[ProactorSettings], error: BaseException, file: Path | None) -> Fault:
    """The class of the settings raised *error*, instead of saying what is wrong with them."""
    folder = file.parent if file is not None else Path()
    return Fault(f"{kind.__module__}:{kind.__qualname__}", described(error, folder))


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
        except PASSED_ON:
            raise
        except BaseException:
            break  # A deployment's own check does not reckon with what was filled in.
        else:
            break
    return Failure(tuple(dict.fromkeys(faults)))


def peek_container(given: Given) -> Peeked | None:
    """What `container` is, for the container says which class the settings have; none: not given.

    Variables have the prefix `PROACTOR_`. Faults of other settings, and a file that cannot be read,
    are left for `load_given` to tell.
    """
    whole = layered(each.leaves for each in given.said(ProactorSettings))
    container = whole.tree.get("container")
    if not isinstance(container, str) or not container:
        return None
    return Peeked(container, whole.origins["container",].place)


def _made(kind: type[S], tree: Tree) -> S:
    """Settings from *tree* alone: what makes them otherwise asks the sources of this process."""
    settings = kind.__new__(kind)
    BaseModel.__init__(settings, **tree)
    return settings
