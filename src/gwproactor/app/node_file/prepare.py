"""From the file of a node to what runs it, or to all that is wrong with it. Opens nothing."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import attrs
from pydantic import ValidationError

from gwproactor.app.config.fault import Fault, Refused
from gwproactor.app.container import ProactorContainer, assemble
from gwproactor.app.node_file.container_class import container_class
from gwproactor.app.settings import ProactorSettings
from gwproactor.domain.outcome import Failure, Outcome, Success

S = TypeVar("S", bound=ProactorSettings)


@attrs.frozen(kw_only=True)
class NodeFile:
    """What the command line says of a node; `container` goes before that of the settings."""

    path: Path
    container: str = ""
    overrides: tuple[str, ...] = ()
    env_file: Path | None = None
    environ: Mapping[str, str] = attrs.field(factory=lambda: dict(os.environ))

    @property
    def folder(self) -> Path:
        return self.path.parent


@attrs.frozen
class PreparedNode:
    """A node that may run. `faults`: what keeps it from nothing but may pass or be mended."""

    settings: ProactorSettings
    container_class: type[ProactorContainer]
    faults: tuple[Fault, ...] = ()

    def container(self) -> ProactorContainer:
        """Ready; nothing is built yet."""
        return assemble(self.settings, self.container_class)


def prepared(node: NodeFile) -> Outcome[PreparedNode, Refused]:
    try:
        data = tomllib.loads(node.path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return Failure(Refused((Fault(str(node.path), str(error)),)))
    match container_class(node.container or data.get("container", ""), node.folder):
        case Failure(text):
            return Failure(Refused((Fault(f"{node.path}: container", text),)))
        case Success(kind):
            try:
                settings = kind.settings_class(**data)
            except ValidationError as error:
                faults = (
                    Fault(f"{node.path}: {'.'.join(map(str, each['loc']))}", each["msg"])
                    for each in error.errors()
                )
                return Failure(Refused(tuple(faults)))
            return Success(PreparedNode(settings, kind))
