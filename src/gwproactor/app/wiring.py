"""The graph of a container: which part was built from which."""

from collections.abc import Iterator, Mapping, Sequence

import attrs
from dependency_injector import providers

from gwproactor.domain.status import WiringEntry


@attrs.define
class Wiring:
    """The graph of one node; empty until the node was built."""

    entries: Sequence[WiringEntry] = ()


def wiring_of(parts: "Mapping[str, providers.Provider[object]]") -> Sequence[WiringEntry]:
    """What the providers of a container give, in their order; none is called that would make
    anything new. Raises what a Dependency raises that was given nothing, with its name as a note.

    A part that another part stands in for needs that one.
    """
    names = {id(provider): name for name, provider in parts.items()}
    return [_entry(name, provider, names) for name, provider in parts.items()]


def needs_of(
    provider: "providers.Provider[object]", parts: "Mapping[str, providers.Provider[object]]"
) -> frozenset[str]:
    """The names of the *parts* that *provider* would ask."""
    names = {id(part): name for name, part in parts.items()}
    chain = [provider, *_stand_ins(provider)]
    stand_ins = {names[id(one)] for one in chain[1:] if id(one) in names}
    return frozenset(stand_ins or _needs(chain[-1], names))


def _entry(
    name: str, provider: "providers.Provider[object]", names: Mapping[int, str]
) -> WiringEntry:
    chain = [provider, *_stand_ins(provider)]
    source = chain[-1]
    if isinstance(source, providers.Dependency):
        try:
            source()
        except Exception as error:
            error.add_note(f"while building {name!r}")
            raise
    stands_in = next((names[id(one)] for one in chain[1:] if id(one) in names), None)
    return WiringEntry(
        name=name,
        class_name=_class_name(chain, names),
        needs=tuple(dict.fromkeys(_needs(source, names))) if stands_in is None else (stands_in,),
    )


def _stand_ins(provider: "providers.Provider[object]") -> "Iterator[providers.Provider[object]]":
    """What is asked in its place, one after the other; the last one gives the part."""
    while True:
        stand_in = provider.last_overriding
        if stand_in is None and isinstance(provider, providers.Dependency):
            stand_in = provider.default
        if stand_in is None:
            return
        provider = stand_in
        yield provider


def _needs(provider: "providers.Provider[object]", names: Mapping[int, str]) -> Iterator[str]:
    """Also what it takes from an attribute of a part, or in a list."""
    for one in provider.related:
        if id(one) in names:
            yield names[id(one)]
        else:
            yield from _needs(one, names)


def _class_name(chain: "Sequence[providers.Provider[object]]", names: Mapping[int, str]) -> str:
    """Only what is a Singleton of the container has been built, and is so by its name."""
    source = chain[-1]
    was_built = isinstance(source, providers.BaseSingleton) and any(
        isinstance(one, providers.BaseSingleton) and id(one) in names for one in chain
    )
    if was_built or isinstance(source, providers.Object):
        return _class_of(source())
    given = getattr(source, "provides", source)
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
