"""What somebody may have meant who wrote a name that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

# Lower: names are offered that have little to do with it; higher: fewer slips are understood.
LIKENESS_MIN: Final = 0.6


def nearest(name: str, known: Iterable[str]) -> str | None:
    """That of *known* which is most like *name*, in whatever case, if any is like it."""
    by_small = {each.lower(): each for each in known}
    near = get_close_matches(name.lower(), by_small, n=1, cutoff=LIKENESS_MIN)
    return by_small[near[0]] if near else None
