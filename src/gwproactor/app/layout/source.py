"""The layout of a node, and everything that is wrong with it before it is used.

A node without hardware needs none: if there is no file in the default place, its layout is empty.
A file in any other place must be there.
"""

from collections.abc import Callable

from gwproactor.adapters.layout import JsonLayoutFile
from gwproactor.app.config.fault import Fault
from gwproactor.app.layout.error import LayoutError, fault_in
from gwproactor.app.layout.web import web_servers_in
from gwproactor.app.settings import Paths, ProactorSettings
from gwproactor.app.settings.paths import DEFAULT_LAYOUT_FILE
from gwproactor.domain.hardware_layout import HardwareLayout
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.hardware_layout import BadLayout, LayoutSource, NoLayout

SETTING = ("paths", "hardware_layout")


def make_layout_source(settings: ProactorSettings) -> LayoutSource:
    return JsonLayoutFile(settings.paths.hardware_layout)


def make_hardware_layout(settings: ProactorSettings, source: LayoutSource) -> HardwareLayout:
    """Raises LayoutError."""
    match _loaded(settings, source, ".".join):
        case Success(layout):
            return layout
        case Failure(faults):
            raise LayoutError(faults)


def layout_faults(settings: ProactorSettings, place: Callable[..., str]) -> tuple[Fault, ...]:
    """What is wrong with the layout of a node with these settings, in its file or with what the
    node takes from it. *place* tells of a path of names where that setting was written.
    """
    match _loaded(settings, make_layout_source(settings), lambda path: place(*path)):
        case Failure(faults):
            return faults
        case Success(layout):
            # Building a node does not need it, and is quicker without.
            from gwproactor.app.layout.rest import rest_faults  # noqa: PLC0415

            servers = web_servers_in(layout)
            of_servers = servers.failure() if isinstance(servers, Failure) else ()
            return (*of_servers, *rest_faults(layout))


def _loaded(
    settings: ProactorSettings, source: LayoutSource, place: Callable[[tuple[str, ...]], str]
) -> Outcome[HardwareLayout, tuple[Fault, ...]]:
    loaded = source.load()
    if isinstance(loaded, Success):
        return loaded
    match loaded.failure():
        case BadLayout(origin, faults):
            return Failure(tuple(fault_in(origin, fault) for fault in faults))
        case NoLayout(origin) if not _in_default_place(settings.paths):
            return Failure((Fault(place(SETTING), f"there is no hardware layout {origin}"),))
        case NoLayout(origin):
            return Success(HardwareLayout(origin=f"{origin} (there is no such file)"))


def _in_default_place(paths: Paths) -> bool:
    # `model_fields_set` does not tell it: of paths given by keyword, all fields are set.
    return paths.hardware_layout == paths.config_dir / DEFAULT_LAYOUT_FILE
