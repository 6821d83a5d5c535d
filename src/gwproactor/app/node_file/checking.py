"""All that is wrong with a node, found without running it."""

import asyncio
import sys
from collections.abc import Sequence

import attrs

from gwproactor.app.building import BuildFault, build_faults
from gwproactor.app.config.fault import Fault, refuse_start
from gwproactor.app.container import ProactorContainer
from gwproactor.app.node_file.prepare import NodeFile, PreparedNode, prepared
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.status import WiringEntry


@attrs.frozen
class Checked:
    """`container` is built, but for faults; none: there are no settings to build it with."""

    faults: tuple[Fault, ...]
    ready: PreparedNode | None = None
    container: ProactorContainer | None = None

    @property
    def is_refused(self) -> bool:
        """Whether `run` would refuse it."""
        return refuse_start(self.faults)

    @property
    def wiring(self) -> Sequence[WiringEntry]:
        """Empty if it could not be built."""
        return () if self.container is None else self.container.wiring().entries


def checked(node: NodeFile) -> Checked:
    """Prepare and build the node of *node*; no `init` of an actor is called."""
    sys.dont_write_bytecode = True  # of the modules that are imported
    match prepared(node):
        case Failure(refused):
            return Checked(refused.faults)
        case Success(ready):
            container = ready.container()
            with asyncio.Runner() as runner:  # where a node is built: on an event loop
                found = runner.run(_build_faults(container))
            return Checked((*ready.faults, *ready.explained(found)), ready, container)


async def _build_faults(container: ProactorContainer) -> tuple[BuildFault, ...]:
    return build_faults(container)
