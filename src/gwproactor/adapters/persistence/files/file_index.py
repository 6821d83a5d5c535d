"""Which file holds which event: some 150 bytes of memory for each, however large the event."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

import attrs

# So many places of events that are gone are kept before the rest moves up.
GONE_MIN = 1_000


@attrs.frozen
class Indexed:
    """`path` is relative to the store's folder, `size` in bytes."""

    number: int
    path: str
    size: int


@attrs.define
class FileIndex:
    """The files by number, in three columns sorted by it; numbers are only added at the end."""

    _numbers: "array[int]" = attrs.field(init=False, factory=lambda: array("q"))
    _sizes: "array[int]" = attrs.field(init=False, factory=lambda: array("q"))
    _paths: list[str | None] = attrs.field(init=False, factory=list)
    _gone: int = attrs.field(init=False, default=0)
    size: int = attrs.field(init=False, default=0)

    def __len__(self) -> int:
        return len(self._paths) - self._gone

    @property
    def last(self) -> int:
        """The highest number ever added, or 0."""
        return self._numbers[-1] if self._numbers else 0

    def add(self, number: int, path: str, size: int) -> None:
        assert number > self.last, "numbers rise"
        self._numbers.append(number)
        self._sizes.append(size)
        self._paths.append(path)
        self.size += size

    def get(self, number: int) -> Indexed | None:
        place = self._place(number)
        path = None if place is None else self._paths[place]
        if place is None or path is None:
            return None
        return Indexed(number, path, self._sizes[place])

    def remove(self, number: int) -> Indexed | None:
        """What was there, or None."""
        found = self.get(number)
        place = self._place(number)
        if found is not None and place is not None:
            self._paths[place] = None
            self._gone += 1
            self.size -= found.size
            if self._gone > max(GONE_MIN, len(self)):
                self._move_up()
        return found

    def after(self, number: int) -> Iterator[Indexed]:
        """Those above *number*, lowest first; nothing may be removed meanwhile."""
        for place in range(bisect_right(self._numbers, number), len(self._numbers)):
            path = self._paths[place]
            if path is not None:
                yield Indexed(self._numbers[place], path, self._sizes[place])

    def ending(self, end: str) -> list[Indexed]:
        """Those whose paths end so; looks at all of them."""
        return [
            Indexed(self._numbers[place], path, self._sizes[place])
            for place, path in enumerate(self._paths)
            if path is not None and path.endswith(end)
        ]

    def _place(self, number: int) -> int | None:
        if not self._numbers or not self._numbers[0] <= number <= self._numbers[-1]:
            return None
        place = bisect_left(self._numbers, number)
        return place if self._numbers[place] == number else None

    def _move_up(self) -> None:
        # The last place stays, so that `last` does.
        end = len(self._paths) - 1
        kept = [at for at, path in enumerate(self._paths) if path is not None or at == end]
        self._numbers = array("q", [self._numbers[at] for at in kept])
        self._sizes = array("q", [self._sizes[at] for at in kept])
        self._paths = [self._paths[at] for at in kept]
        self._gone = sum(path is None for path in self._paths)
