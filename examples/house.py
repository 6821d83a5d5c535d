"""A deployment's own container: it adds an actor, and replaces parts of the base by keyword.

Run a broker on port 1883, then: python examples/house.py
"""

import asyncio
import logging
from pathlib import Path
from typing import ClassVar

import attrs
from dependency_injector import providers

from gwproactor import (
    Actor,
    Clock,
    Event,
    EventLog,
    Failure,
    LinkSettings,
    MessageNamespace,
    Paths,
    ProactorContainer,
    ProactorSettings,
    assemble,
    build_node,
    event_type,
    run_node,
)


@attrs.frozen(kw_only=True)
class RoomTemperature(Event):
    """What a thermometer showed, in degrees Celsius."""

    wire: ClassVar = event_type("gridworks.event.room.temperature")

    celsius: float


HOUSE_TYPES = MessageNamespace.of(RoomTemperature)


class Thermometer(Actor):
    """Reads a thermometer every *period_s* seconds and reports what it shows."""

    def __init__(self, name: str, *, event_log: EventLog, clock: Clock, period_s: float) -> None:
        super().__init__(name)
        self._event_log = event_log
        self._clock = clock
        self._period_s = period_s
        self._reading: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._reading = asyncio.create_task(self._read(), name=self.name)

    def stop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    async def join(self) -> None:
        if self._reading is not None:
            await asyncio.wait([self._reading])

    async def _read(self) -> None:
        while True:
            refused = self._event_log.generate_event(RoomTemperature(celsius=20.5))
            if isinstance(refused, Failure):
                logging.warning("reading not recorded: %s", refused.failure())
            await self._clock.sleep(self._period_s)


def make_thermometer(event_log: EventLog, clock: Clock) -> Thermometer:
    return Thermometer("thermometer", event_log=event_log, clock=clock, period_s=10.0)


class HouseContainer(ProactorContainer):
    """The node of a house with one thermometer."""

    thermometer: providers.Provider[Thermometer] = providers.Singleton(
        make_thermometer, event_log=ProactorContainer.event_log, clock=ProactorContainer.clock
    )


def house_settings(data_dir: Path) -> ProactorSettings:
    return ProactorSettings(
        long_name="d1.house.scada",
        short_name="s",
        paths=Paths(data_dir=data_dir),
        links={
            "parent": LinkSettings(peer_long_name="d1.house", peer_short_name="a", upstream=True)
        },
    )


async def main() -> int:
    settings = house_settings(Path("house-data"))
    container = assemble(settings, HouseContainer, namespace=HOUSE_TYPES)
    return await run_node(build_node(container))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    raise SystemExit(asyncio.run(main()))
