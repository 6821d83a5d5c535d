"""What the demo's sensor shows, and the event that tells it."""

import math
from typing import ClassVar, Final

import attrs

from gwproactor.domain.events import Event, event_type
from gwproactor.domain.moment import Chance
from gwproactor.domain.namespace import MessageNamespace

MEAN_CELSIUS: Final = 20.5
SWING_CELSIUS: Final = 1.5
SWING_PERIOD_S: Final = 90.0
NOISE_CELSIUS: Final = 0.1


@attrs.frozen(kw_only=True)
class Reading(Event):
    """What the sensor showed, in degrees Celsius."""

    wire: ClassVar = event_type("gridworks.event.demo.reading")

    celsius: float


DEMO_TYPES: Final = MessageNamespace.of(Reading)


@attrs.frozen
class SimulatedSensor:
    """A room that slowly warms and cools, and a thermometer that is not quite steady."""

    chance: Chance

    def celsius(self, now_s: float) -> float:
        """The reading at *now_s*, rounded to hundredths."""
        swing = SWING_CELSIUS * math.sin(2 * math.pi * now_s / SWING_PERIOD_S)
        noise = NOISE_CELSIUS * (2 * self.chance.fraction() - 1)
        return round(MEAN_CELSIUS + swing + noise, 2)
