"""What every `Chance` must do, as tests to be run on each adapter.

Subclass `ChanceContract` under a name that pytest collects, and override `chance`.
"""

import uuid
from typing import Final

from gwproactor.domain.moment import Chance

MANY: Final = 2_000


class ChanceContract:
    """The tests."""

    def chance(self) -> Chance:
        """A new one."""
        raise NotImplementedError

    def test_an_id_is_a_uuid4_in_its_usual_form(self) -> None:
        chance = self.chance()
        for _ in range(100):
            given = chance.new_id()
            parsed = uuid.UUID(given)
            assert str(parsed) == given
            assert (parsed.version, parsed.variant) == (4, uuid.RFC_4122)

    def test_no_id_is_given_twice(self) -> None:
        chance = self.chance()
        assert len({chance.new_id() for _ in range(MANY)}) == MANY

    def test_fractions_fill_the_range_from_0_to_below_1(self) -> None:
        chance = self.chance()
        fractions = [chance.fraction() for _ in range(MANY)]
        assert min(fractions) >= 0.0
        assert max(fractions) < 1.0
        # An even spread leaves a tenth of the range empty once in 10^91 runs.
        assert {int(fraction * 10) for fraction in fractions} == set(range(10))
