"""What goes wrong inside the nodes of a chaos run: the same seed makes the same trouble, though
never at the same time.
"""

from random import Random
from typing import Final, Literal, TypeAlias

from tests.chaos.reports import Troubled, say

Where: TypeAlias = Literal["process_message", "link_changed", "run", "init", "generate", "hang"]

# In one life of so many there is so much trouble that the node gives up before long.
BAD_LIVES_ONE_IN: Final = 4


class TroubleError(Exception):
    """Raised on purpose."""


class Trouble:
    """That of one life of one node; without *seed* there is none."""

    def __init__(self, seed: str | None) -> None:
        self._random = Random(seed)
        self._ceased = seed is None
        self.is_bad_life = self._random.randrange(BAD_LIVES_ONE_IN) == 0

    def cease(self) -> None:
        """Let there be none any more."""
        self._ceased = True

    def happens(self, where: Where, one_in: int) -> bool:
        """Whether it does this time, which it does one time in *one_in*."""
        strikes = not self._ceased and self._random.randrange(one_in) == 0
        if strikes:
            say(Troubled(where))
        return strikes

    def may_raise(self, where: Where, one_in: int) -> None:
        """Raises TroubleError one time in *one_in*."""
        if self.happens(where, one_in):
            raise TroubleError(where)
