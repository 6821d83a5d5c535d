"""The graph of a container: which part was built from which."""

from collections.abc import Mapping, Sequence

import attrs
from dependency_injector import providers

from gwproactor.domain.status import WiringEntry


@attrs.define
class Wiring:
    """The graph of one node; empty until the node was built."""

    entries: Sequence[WiringEntry] = ()


def wiring_of(parts: "Mapping[str, providers.Provider[object]]") -> Sequence[WiringEntry]:
    """What the providers of a container gave, in their order; none is called that would make
    anything new.
    """
    names = {id(provider): name for name, provider in parts.items()}
    return [
        WiringEntry(name=name, class_name=_class_name(provider), needs=_needs(provider, names))
        for name, provider in parts.items()
    ]


def _needs(provider: "providers.Provider[object]", names: Mapping[int, str]) -> tuple[str, ...]:
    while (replaced_by := provider.last_overriding) is not None:
        provider = replaced_by
    if not isinstance(provider, providers.BaseSingleton | providers.Factory):
        return ()
    given = (*provider.args, *provider.kwargs.values())
    found = (names.get(id(one)) for one in given)
    return tuple(dict.fromkeys(name for name in found if name is not None))


def _class_name(provider: "providers.Provider[object]") -> str:
    match provider:
        case providers.BaseSingleton() | providers.Dependency() | providers.Object():
            return _class_of(provider())
        case _:
            given = getattr(provider, "provides", provider)
            return getattr(given, "__qualname__", type(given).__qualname__)


def _class_of(built: object) -> str:
    """Of a mapping or a list what is in it: that is what was chosen."""
    name = type(built).__qualname__
    match built:
        case Mapping():
            inside = list(built.values())
        case list() | tuple():
            inside = list(built)
        case _:
            return name
    classes = dict.fromkeys(type(one).__qualname__ for one in inside)
    return f"{name} of {', '.join(classes)}" if classes else f"empty {name}"
