"""The contract of `Chance`, on every adapter."""

from typing_extensions import override

from gwproactor.adapters.clock import SystemChance
from gwproactor.adapters.memory import SeededChance
from gwproactor.domain.moment import Chance
from gwproactor.testing.chance_contract import ChanceContract


class TestSeededChance(ChanceContract):
    @override
    def chance(self) -> Chance:
        return SeededChance(7)

    def test_the_same_seed_gives_the_same_history(self) -> None:
        one, other = SeededChance(3), SeededChance(3)
        assert [one.new_id(), one.fraction()] == [other.new_id(), other.fraction()]
        assert SeededChance(4).new_id() != SeededChance(3).new_id()


class TestSystemChance(ChanceContract):
    @override
    def chance(self) -> Chance:
        return SystemChance()
