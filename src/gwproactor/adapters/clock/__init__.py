"""Real time and real randomness."""

from gwproactor.adapters.clock.chance import SystemChance
from gwproactor.adapters.clock.loop_clock import LoopClock

__all__ = ["LoopClock", "SystemChance"]
