"""Where each setting is written, for those who find something wrong with it."""

from collections.abc import Callable, Mapping
from typing import Final

import attrs

from gwproactor.app.config.layers import Keys, Naming, Origin, dotted
from gwproactor.app.settings.paths import HOMES, Paths, xdg_home

DEFAULT: Final = Naming("default", dotted)
ENVIRONMENT: Final = Naming("environment", "__".join)


@attrs.frozen
class Places:
    """`home` is where a setting that is written nowhere would be."""

    origins: Mapping[Keys, Origin]
    home: Naming

    def of(self, path: Keys) -> str:
        """Where *path* is written, or parts of it are; `default: NAME` if nowhere."""
        if not path:
            return self.home.source
        whole = self._whole(path)
        if whole is not None:
            return whole.place
        places: dict[Naming, str] = {}
        for at, origin in self._below(path):
            naming = origin.naming
            inside = path[len(at) - len(origin.inside) :]
            is_plain = naming.is_dotted and not inside
            place = naming.place(path) if is_plain else attrs.evolve(origin, inside=inside).place
            places.setdefault(naming, place)
        return " and ".join(places.values()) or DEFAULT.place(path)

    def with_homes(self, paths: Paths) -> "Places":
        """Also where those folders of *paths* are written that the environment names for all."""
        homes: dict[Keys, Origin] = {
            ("paths", field): ENVIRONMENT.origin(variable)
            for field, (variable, _) in HOMES.items()
            if getattr(paths, field) == xdg_home(field)
        }
        return attrs.evolve(self, origins={**homes, **self.origins})

    def near(self, path: Keys) -> str:
        """Where *path*, which is missing, should be: beside what is written of its table."""
        return self.naming_of(path).place(path)

    def naming_of(self, path: Keys) -> Naming:
        """How *path* is, or would be, named where it, or most of its table, is written."""
        whole = self._whole(path)
        if whole is not None:
            return whole.naming
        for depth in range(len(path), 0, -1):
            for _, origin in self._below(path[:depth]):
                return origin.naming
        return self.home

    def inner_naming_of(self, path: Keys) -> Naming:
        """The same for a fault that names the place of *path*: in JSON, names of its table."""
        whole = self._whole(path)
        found = [(path, whole)] if whole is not None else self._below(path)
        for at, origin in found:
            root = len(at) - len(origin.inside)
            if root < len(path) and origin.inside:
                return attrs.evolve(origin.naming, spell=_inside(path[:-1], root))
        return self.naming_of(path)

    def source(self, path: Keys) -> str:
        """The same, without the name if that is *path*."""
        whole = self._whole(path)
        if whole is None:
            return DEFAULT.source
        is_said = whole.naming.is_dotted and whole.name == dotted(path)
        return whole.source if is_said else whole.place

    def _whole(self, path: Keys) -> Origin | None:
        """Where *path* is written, or a value that it is an item of."""
        found = (self.origins.get(path[:depth]) for depth in range(len(path), 0, -1))
        return next((origin for origin in found if origin is not None), None)

    def _below(self, path: Keys) -> list[tuple[Keys, Origin]]:
        return [(at, origin) for at, origin in self.origins.items() if at[: len(path)] == path]


def _inside(table: Keys, root: int) -> Callable[[Keys], str]:
    """Spells names of *table*; others as they are below *root*."""

    def spell(path: Keys) -> str:
        known = len(table) if path[: len(table)] == table else root
        return dotted(path[known:] or path)

    return spell
