"""The settings of a deployment, whose container says of which class they are."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
from pydantic_settings import SettingsConfigDict
from typing_extensions import override

from gwproactor.app.config.fault import Fault, Refused
from gwproactor.app.config.given import Given
from gwproactor.app.config.load import Loaded, load_given, peek_container, stumbled
from gwproactor.app.container import ProactorContainer
from gwproactor.app.node_file.container_class import container_class
from gwproactor.app.settings import ProactorSettings
from gwproactor.domain.outcome import Failure, Outcome, Success


class _EveryNodes(ProactorSettings):
    """Others may be fine, too, for the class that is wanted, which may have brokers as fields."""

    model_config = SettingsConfigDict(extra="ignore")

    @override
    def _misfits_of_brokers(self) -> Iterator[tuple[tuple[str, ...], str]]:
        yield from ()


@attrs.frozen
class Deployment:
    """A container, and settings for it."""

    container_class: type[ProactorContainer]
    loaded: Loaded[ProactorSettings]


def load_deployment(
    file: Path | None,
    *,
    environ: Mapping[str, str],
    container: str = "",
    env_file: Path | None = None,
    overrides: tuple[str, ...] = (),
) -> Outcome[Deployment, Refused]:
    """The settings of the class that the container wants: *container* (MODULE:CLASS), or what the
    settings themselves have as `container`; its module is looked for beside *file*.

    If there is no such container, the settings that every node has are checked all the same.
    """
    given = Given(file=file, environ=environ, env_file=env_file, overrides=overrides)
    match _class_for(given, container):
        case Success(kind):
            match load_given(kind.settings_class, given):
                case Success(loaded):
                    return Success(Deployment(kind, loaded))
                case Failure(refused):
                    return Failure(refused)
        case Failure(fault):
            match load_given(_EveryNodes, given):
                case Success():
                    return Failure(Refused((fault,)))
                case Failure(refused):
                    # Variables may have another prefix: what is missing may be among them.
                    known = (each for each in refused.faults if not each.is_missing)
                    return Failure(Refused((fault, *known)))


def deployed_class(
    file: Path | None,
    *,
    environ: Mapping[str, str],
    container: str = "",
    env_file: Path | None = None,
    overrides: tuple[str, ...] = (),
) -> Outcome[type[ProactorContainer], Fault]:
    """The class of the container, as of `load_deployment`."""
    given = Given(file=file, environ=environ, env_file=env_file, overrides=overrides)
    return _class_for(given, container)


def _class_for(given: Given, container: str) -> Outcome[type[ProactorContainer], Fault]:
    named, place = container, "--container"
    if not container:
        peeked = peek_container(given)
        if peeked is not None:
            named, place = peeked.value, peeked.place
    folder = given.file.parent if given.file is not None else Path()
    match container_class(named, folder):
        case Success(kind):
            return Success(kind)
        case Failure(text):
            return Failure(Fault(place, text))


def settings_fault(kind: type[ProactorContainer], error: BaseException, file: Path | None) -> Fault:
    """The class of the settings raised *error*."""
    return stumbled(kind.settings_class, error, file)
