"""Builds a node from its container, and finds what is wrong with it before anything is opened."""

import itertools
import logging
from collections.abc import Iterator, Sequence
from typing import Final, TypeGuard

import attrs
from dependency_injector import providers

from gwproactor.app.actor import Actor
from gwproactor.app.communicators import CommunicatorRegistry
from gwproactor.app.container import ProactorContainer
from gwproactor.app.foreign_code import PASSED_ON
from gwproactor.app.nearest import nearest
from gwproactor.app.proactor import Proactor
from gwproactor.app.settings import ProactorSettings
from gwproactor.app.supervision.declarations import check_declarations, set_policy
from gwproactor.app.watchdog import check_monitored_names
from gwproactor.app.wiring import needs_of, wiring_of
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.raised import raised_text
from gwproactor.ports.communicators import CommunicatorInterface

LOG: Final = logging.getLogger("gwproactor")


@attrs.frozen
class BuildFault:
    """What keeps a node from being built. `part` is what the container calls the part whose fault
    it is, else `setting` is where the settings have it. `doing` says what was done, if that is not
    plain.
    """

    error: BaseException
    part: str = ""
    doing: str = ""
    setting: tuple[str, ...] = ()


def build_node(container: ProactorContainer) -> Proactor:
    """The node of *container*, with every communicator that it provides.

    Builds the whole graph on this thread, so that a hole in it is found here, before anything is
    opened, and then calls `init` of the actors. The plan is logged at level DEBUG. Raises what a
    provider or an `init` raises, with its name as a note, RuntimeError if that is no `Exception`,
    as `sys.exit()` is none, and ValueError for a link's handler or a failure policy that is for no
    communicator, and for what a communicator declares wrongly.
    """
    for fault in itertools.chain(_faults(container), _faults_of_inits(container.registry())):
        if isinstance(fault.error, Exception):
            raise fault.error
        raise RuntimeError(" ".join(raised_text(fault.error).split())) from fault.error
    return container.proactor()


def try_building(
    container: ProactorContainer,
) -> Outcome[Proactor, tuple[BuildFault, ...]]:
    """As `build_node`, but with all that is wrong as a value."""
    faults = tuple(_faults(container)) or tuple(_faults_of_inits(container.registry()))
    return Failure(faults) if faults else Success(container.proactor())


def build_faults(container: ProactorContainer) -> tuple[BuildFault, ...]:
    """All that would keep the node from being built, but for what an `init` raises: none is called.
    Without faults the container's `wiring` is known.
    """
    return tuple(_faults(container)) or tuple(_faults_of_monitored(container.registry()))


def _faults(container: ProactorContainer) -> Iterator[BuildFault]:
    """Builds all that can be built."""
    registry, failed = container.registry(), False
    for fault in _faults_of_parts(container):
        failed = True
        yield fault
    for communicator in registry:
        try:
            check_declarations(communicator)
        except PASSED_ON:
            raise
        except BaseException as error:  # also what one of its properties raises
            failed = True
            yield BuildFault(error)
    if failed:  # a name may be that of a part which could not be built
        return
    yield from _faults_of_names(container.settings(), registry)
    try:
        container.wiring().entries = wiring_of(container.providers)
    except PASSED_ON:
        raise
    except BaseException as error:  # a hole that no part needs
        yield BuildFault(error)


def _faults_of_parts(container: ProactorContainer) -> Iterator[BuildFault]:
    """Of what needs a part that failed, nothing is said."""
    failed: set[str] = set()
    for name, provider in container.providers.items():
        if not isinstance(provider, providers.BaseSingleton):
            continue
        if not failed.isdisjoint(needs_of(provider, container.providers)):
            failed.add(name)
            continue
        try:
            built = provider()
            for communicator in _communicators_in(built):
                container.registry().add_communicator(communicator)
        except PASSED_ON:
            raise
        except BaseException as error:
            error.add_note(f"while building {name!r}")
            failed.add(name)
            yield BuildFault(error, part=name)
        else:
            LOG.debug("wiring: %s is a %s", name, type(built).__qualname__)


def _faults_of_names(
    settings: ProactorSettings, registry: CommunicatorRegistry
) -> Iterator[BuildFault]:
    """Sets the policies, too."""
    names = [communicator.name for communicator in registry]
    present = ", ".join(names) or "none"
    for name, link in settings.links.items():
        if link.handler and registry.get_communicator(link.handler) is None:
            text = (
                f"link {name!r} names the handler {link.handler!r}, which is no communicator of "
                f"this node; there are: {present}{_hint(link.handler, names)}"
            )
            yield BuildFault(ValueError(text), setting=("links", name, "handler"))
    for name, policy in settings.failure_policies.items():
        communicator = registry.get_communicator(name)
        try:
            if communicator is None:
                raise ValueError(
                    f"there is no communicator {name!r} in this node; there are: {present}"
                    f"{_hint(name, names)}"
                )
            set_policy(communicator, policy)
        except PASSED_ON:
            raise
        except BaseException as error:  # also what setting it raises
            yield BuildFault(error, setting=("failure_policies", name))


def _hint(name: str, known: Sequence[str]) -> str:
    meant = nearest(name, known)
    return f"; did you mean {meant!r}?" if meant is not None else ""


def _faults_of_inits(registry: CommunicatorRegistry) -> Iterator[BuildFault]:
    """Calls them."""
    for communicator in registry:
        if isinstance(communicator, Actor):
            try:
                communicator.init()
            except PASSED_ON:
                raise
            except BaseException as error:
                doing = f"in init of actor {communicator.name!r}"
                error.add_note(doing)
                yield BuildFault(error, doing=doing)
    yield from _faults_of_monitored(registry)


def _faults_of_monitored(registry: CommunicatorRegistry) -> Iterator[BuildFault]:
    try:
        check_monitored_names(registry)
    except PASSED_ON:
        raise
    except BaseException as error:  # also what a `monitored_names` raises
        yield BuildFault(error)


def _communicators_in(built: object) -> Iterator[CommunicatorInterface]:
    """One provider may give several, as those of the actors of a hardware layout does."""
    for one in built if isinstance(built, list | tuple) else [built]:
        if _is_communicator(one):
            yield one


def _is_communicator(built: object) -> TypeGuard[CommunicatorInterface]:
    wanted = ("name", "process_message", "link_changed", "start", "stop", "join")
    return all(hasattr(built, attribute) for attribute in wanted)
