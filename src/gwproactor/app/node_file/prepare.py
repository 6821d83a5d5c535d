"""From the file of a node to what runs it, or to all that is wrong with it, each with its place.

Opens nothing, writes nothing, connects to nothing; imports the module of the container.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import attrs

from gwproactor.adapters.clock import LoopClock
from gwproactor.app.assembly import assemble
from gwproactor.app.building import BuildFault
from gwproactor.app.config.deployed import Deployment, load_deployment
from gwproactor.app.config.fault import Fault, Refused, refuse_start
from gwproactor.app.config.load import Loaded
from gwproactor.app.container import ProactorContainer
from gwproactor.app.layout.error import LayoutError
from gwproactor.app.layout.source import SETTING as LAYOUT
from gwproactor.app.layout.source import layout_faults
from gwproactor.app.node_file.described import described, text_of
from gwproactor.app.settings import ProactorSettings
from gwproactor.domain.outcome import Failure, Outcome, Success


@attrs.frozen(kw_only=True)
class NodeFile:
    """What the command line says of a node; `container` goes before that of the settings."""

    path: Path
    container: str = ""
    overrides: tuple[str, ...] = ()
    env_file: Path | None = None
    environ: Mapping[str, str] = attrs.field(factory=lambda: dict(os.environ), repr=False)

    @property
    def folder(self) -> Path:
        """Where modules are looked for, too."""
        return self.path.parent


@attrs.frozen
class PreparedNode:
    """A node whose settings are known. `faults` is what is wrong beside them: with files that they
    name.
    """

    node: NodeFile
    loaded: Loaded[ProactorSettings]
    container_class: type[ProactorContainer]
    faults: tuple[Fault, ...]

    @property
    def settings(self) -> ProactorSettings:
        return self.loaded.settings

    @property
    def is_refused(self) -> bool:
        """Whether it may not run."""
        return refuse_start(self.faults)

    def container(self) -> ProactorContainer:
        """A new one, of which nothing is built yet."""
        return assemble(self.settings, self.container_class)

    def explained(self, found: Sequence[BuildFault]) -> tuple[Fault, ...]:
        """What kept the node from being built, with places; without what `faults` has already."""
        explained = dict.fromkeys(fault for each in found for fault in self._explained(each))
        return tuple(fault for fault in explained if fault not in self.faults)

    def _explained(self, found: BuildFault) -> Iterator[Fault]:
        kind = self.container_class
        name = f"{kind.__module__}:{kind.__qualname__}"
        match found:
            case BuildFault(error=LayoutError() as error):
                yield from map(self._placed, error.faults)
            case BuildFault(error=ValueError() as error, setting=setting) if setting:
                yield Fault(self.loaded.place(*setting), text_of(error))
            case BuildFault(error=error, setting=setting) if setting:
                yield Fault(self.loaded.place(*setting), described(error, self.node.folder))
            case BuildFault(error=error):
                part = f"{name}.{found.part}" if found.part else name
                what = f"{found.doing}: " if found.doing else ""
                text = f"cannot be built: {what}{described(error, self.node.folder)}"
                yield Fault(part, text)

    def _placed(self, fault: Fault) -> Fault:
        """Who builds does not know where settings are written."""
        is_of_setting = fault.place == ".".join(LAYOUT)
        return attrs.evolve(fault, place=self.loaded.place(*LAYOUT)) if is_of_setting else fault


def prepared(node: NodeFile) -> Outcome[PreparedNode, Refused]:
    """Everything but the building. Fails if there are no settings that could be used."""
    deployed = load_deployment(
        node.path,
        environ=node.environ,
        container=node.container,
        env_file=node.env_file,
        overrides=node.overrides,
    )
    match deployed:
        case Failure(refused):
            return Failure(refused)
        case Success(Deployment(kind, loaded)):
            faults = (
                *_faults_of_secret_files(loaded),
                *layout_faults(loaded.settings, loaded.place),
            )
            return Success(PreparedNode(node, loaded, kind, faults))


def _faults_of_secret_files(loaded: Loaded[ProactorSettings]) -> tuple[Fault, ...]:
    """Who has none does not load what reads certificates, which takes some megabytes."""
    brokers = loaded.settings.used_brokers.values()
    if not any(each.tls.use_tls or each.username_file or each.password_file for each in brokers):
        return ()
    from gwproactor.app.config.tls_check import tls_faults  # noqa: PLC0415

    now = datetime.fromtimestamp(LoopClock().wall_ms() / 1_000, UTC)
    return tls_faults(loaded.settings, loaded.place, now)
