"""The settings of a deployment, whose container says of which class they are."""

from collections.abc import Mapping
from pathlib import Path

import attrs
from pydantic_settings import SettingsConfigDict

from gwproactor.app.config.fault import Fault, Refused
from gwproactor.app.config.load import Loaded, load_settings, peek_container
from gwproactor.app.config.words import is_missing
from gwproactor.app.container import ProactorContainer
from gwproactor.app.node_file.container_class import container_class
from gwproactor.app.settings import ProactorSettings
from gwproactor.domain.outcome import Failure, Outcome, Success


class _EveryNodes(ProactorSettings):
    """Others may be fine, too, for the class that is wanted."""

    model_config = SettingsConfigDict(extra="ignore")


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
    match deployed_class(
        file, environ=environ, container=container, env_file=env_file, overrides=overrides
    ):
        case Success(kind):
            sources = (kind.settings_class, file)
            match load_settings(*sources, environ=environ, env_file=env_file, overrides=overrides):
                case Success(loaded):
                    return Success(Deployment(kind, loaded))
                case Failure(refused):
                    return Failure(refused)
        case Failure(fault):
            others = load_settings(
                _EveryNodes, file, environ=environ, env_file=env_file, overrides=overrides
            )
            match others:
                case Success():
                    return Failure(Refused((fault,)))
                case Failure(refused):
                    # Variables may have another prefix: what is missing may be among them.
                    known = (each for each in refused.faults if not is_missing(each))
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
    named, place = container, "--container"
    if not container:
        peeked = peek_container(file, environ=environ, env_file=env_file, overrides=overrides)
        if peeked is not None:
            named, place = peeked.value, peeked.place
    folder = file.parent if file is not None else Path()
    match container_class(named, folder):
        case Success(kind):
            return Success(kind)
        case Failure(text):
            return Failure(Fault(place, text))
