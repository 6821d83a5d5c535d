"""A deployment's own container: it adds an actor, and replaces parts of the base by keyword.

Run `gwproactor broker`, then: python examples/house.py
"""

import logging
from pathlib import Path
from typing import ClassVar

import attrs
from dependency_injector import providers

from gwproactor import (
    Actor,
    Event,
    EventLog,
    Failure,
    LinkSettings,
    MessageNamespace,
    MQTTClient,
    Paths,
    Proactor,
    ProactorContainer,
    ProactorSettings,
    TLSInfo,
    assemble,
    build_node,
    event_type,
    run_process,
)


@attrs.frozen(kw_only=True)
class RoomTemperature(Event):
    """What a thermometer showed, in degrees Celsius."""

    wire: ClassVar = event_type("gridworks.event.room.temperature")

    celsius: float


HOUSE_TYPES = MessageNamespace.of(RoomTemperature)


class Thermometer(Actor):
    """Reads a thermometer every *period_s* seconds and reports what it shows.

    An exception, or a reading that hangs for a minute, is reported, and `run` is called again.
    """

    def __init__(self, name: str, *, event_log: EventLog, period_s: float) -> None:
        super().__init__(name)
        self._event_log = event_log
        self._period_s = period_s

    async def run(self) -> None:
        while True:
            refused = self._event_log.generate_event(RoomTemperature(celsius=20.5))
            if isinstance(refused, Failure):
                logging.warning("reading not recorded: %s", refused.failure())
            await self.sleep(self._period_s)


def make_thermometer(event_log: EventLog) -> Thermometer:
    return Thermometer("thermometer", event_log=event_log, period_s=10.0)


class HouseContainer(ProactorContainer):
    """The node of a house with one thermometer."""

    message_types: ClassVar = HOUSE_TYPES
    thermometer: providers.Provider[Thermometer] = providers.Singleton(
        make_thermometer, event_log=ProactorContainer.event_log
    )


def house_settings(data_dir: Path) -> ProactorSettings:
    return ProactorSettings(
        long_name="d1.house.scada",
        short_name="s",
        paths=Paths(data_dir=data_dir),
        brokers={"local": MQTTClient(tls=TLSInfo(use_tls=False))},  # that of `gwproactor broker`
        links={
            "parent": LinkSettings(peer_long_name="d1.house", peer_short_name="a", upstream=True)
        },
    )


def build() -> Proactor:
    settings = house_settings(Path("house-data"))
    return build_node(assemble(settings, HouseContainer))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    run_process(build)
