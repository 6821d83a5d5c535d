"""Where each setting is written, for those who find something wrong with it."""

from collections.abc import Mapping
from typing import Final

import attrs

from gwproactor.app.config.layers import Keys, Naming, Origin, dotted

DEFAULT: Final = Naming("default", dotted)


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
        for below in self._below(path):
            naming = below.naming
            is_file = naming.spell(path) == dotted(path)
            places.setdefault(naming, naming.place(path) if is_file else below.place)
        return " and ".join(places.values()) or DEFAULT.place(path)

    def near(self, path: Keys) -> str:
        """Where *path*, which is missing, should be: beside what is written of its table."""
        return self.naming_of(path).place(path)

    def naming_of(self, path: Keys) -> Naming:
        """How *path* is, or would be, named where it, or most of its table, is written."""
        whole = self._whole(path)
        if whole is not None:
            return whole.naming
        for depth in range(len(path), 0, -1):
            for origin in self._below(path[:depth]):
                return origin.naming
        return self.home

    def source(self, path: Keys) -> str:
        """The same, without the name if that is *path*."""
        whole = self._whole(path)
        if whole is None:
            return DEFAULT.source
        return whole.source if whole.place.endswith(dotted(path)) else whole.place

    def _whole(self, path: Keys) -> Origin | None:
        """Where *path* is written, or a value that it is an item of."""
        found = (self.origins.get(path[:depth]) for depth in range(len(path), 0, -1))
        return next((origin for origin in found if origin is not None), None)

    def _below(self, path: Keys) -> list[Origin]:
        return [origin for at, origin in self.origins.items() if at[: len(path)] == path]
