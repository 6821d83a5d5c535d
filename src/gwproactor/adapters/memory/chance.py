"""`Chance` that repeats itself."""

import random
from uuid import UUID

import attrs


@attrs.define
class SeededChance:
    """The same ids and fractions for the same *seed*, in the order of asking."""

    seed: int
    _random: random.Random = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 no secret

    def new_id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def fraction(self) -> float:
        return self._random.random()
