"""The node of a site: its actors are those that its hardware layout names, below `s`.

Where the original imported a module of actors and called `ActorInterface.load` for each node, here
a function says of each ActorClass how its actor is made, and mypy checks that it gets what it
needs.

Run `gwproactor broker`, then: gwproactor run examples/ported/node.toml
"""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final

import attrs
from aiohttp.web import Request, Response, json_response
from dependency_injector import providers
from typing_extensions import override

from examples.ported.messages import (
    SCADA,
    SCADA_TYPES,
    PowerWatts,
    SingleMachineState,
    SyncedReadings,
)
from examples.ported.power_meter import (
    MeterConfig,
    MeterDriver,
    PowerMeter,
    PowerMeterThread,
    nameplate_watts,
)
from examples.ported.relay import Relay, RelayBoard
from examples.ported.tank_module import SERVER, ApiTankModule, TankConfig
from examples.ported.thermostat import HoneywellThermostat, ThermostatConfig
from gwproactor import (
    NOT_FOR_ME,
    Actor,
    ActorInterface,
    Clock,
    EventLog,
    Failures,
    HardwareLayout,
    HTTPHandler,
    HttpPolling,
    Message,
    MessageBus,
    MessageNamespace,
    Outcome,
    ProactorContainer,
    ShNode,
    Success,
    WebServers,
    load_actors,
)

# Actors that are not ported, of the sites that have them.
LEFT_OUT: Final = (
    "DerivedGenerator",
    "HpBoss",
    "Hubitat",
    "I2cRelayMultiplexer",
    "I2cZeroTenMultiplexer",
    "LeafAlly",
    "LocalControl",
    "PicoCycler",
    "ZeroTenOutputer",
)


class Scada(Actor):
    """Knows the last value of each channel, and the last state of each machine; tells them to who
    asks for /scada.
    """

    def __init__(self, *, web_servers: WebServers[HTTPHandler]) -> None:
        super().__init__(SCADA)
        self.readings: dict[str, int] = {}
        self.states: dict[str, str] = {}
        self.power_w: int | None = None
        web_servers.add_web_route(SERVER, "GET", "/scada", self._tell)

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        match message.payload:
            case SyncedReadings(channel_name_list=names, value_list=values):
                self.readings.update(zip(names, values, strict=True))
            case SingleMachineState(machine_handle=handle, state=state):
                self.states[handle] = state
            case PowerWatts(watts=watts):
                self.power_w = watts
            case _:
                return NOT_FOR_ME
        return Success(True)

    async def _tell(self, _: Request) -> Response:
        known = {"power_w": self.power_w, "readings": self.readings, "states": self.states}
        return json_response(known)


class SimulatedMeter:
    """A meter that shows the same for ever."""

    def start(self) -> None:
        pass

    def read_hw_uid(self) -> str:
        return "simulated"

    def read_power_w(self, channel_name: str) -> int:
        return 100


@attrs.frozen
class SiteActors:
    """How the actor of each class is made; its fields are what the actors use."""

    layout: HardwareLayout
    message_bus: MessageBus
    event_log: EventLog
    web_servers: WebServers[HTTPHandler]
    http_polling: HttpPolling
    clock: Clock
    failures: Failures
    meter_driver: MeterDriver

    @property
    def makers(self) -> Mapping[str, Callable[[ShNode], ActorInterface]]:
        return {
            "ApiTankModule": self._tank_module,
            "HoneywellThermostat": self._thermostat,
            "PowerMeter": self._power_meter,
            "Relay": self._relay,
        }

    def _power_meter(self, node: ShNode) -> PowerMeter:
        config = MeterConfig.of(self.layout, node.name)
        nameplates = nameplate_watts(self.layout)
        return PowerMeter(
            node,
            thread=PowerMeterThread(node.name, self.meter_driver, config, nameplates),
            event_log=self.event_log,
            message_bus=self.message_bus,
            failures=self.failures,
        )

    def _relay(self, node: ShNode) -> Relay:
        return Relay(
            node,
            config=RelayBoard.relay(self.layout, node.name),
            layout=self.layout,
            message_bus=self.message_bus,
            clock=self.clock,
        )

    def _tank_module(self, node: ShNode) -> ApiTankModule:
        return ApiTankModule(
            node,
            config=TankConfig.of(self.layout, node.name),
            web_servers=self.web_servers,
            message_bus=self.message_bus,
            event_log=self.event_log,
            clock=self.clock,
        )

    def _thermostat(self, node: ShNode) -> HoneywellThermostat:
        return HoneywellThermostat(
            node,
            config=ThermostatConfig.of(self.layout, node.name),
            polling=self.http_polling,
            message_bus=self.message_bus,
            failures=self.failures,
        )


def make_actors(actors: SiteActors) -> Sequence[ActorInterface]:
    classes = {node.actor_class for node in actors.layout.nodes.values()}
    left_out = classes.intersection(LEFT_OUT)
    return load_actors(actors.layout, actors.makers, parent=SCADA, left_out=left_out)


class SiteContainer(ProactorContainer):
    """A node whose settings tell where its layout is."""

    message_types: ClassVar[MessageNamespace] = SCADA_TYPES

    scada: providers.Provider[Scada] = providers.Singleton(
        Scada, web_servers=ProactorContainer.web_servers
    )
    meter_driver: providers.Provider[MeterDriver] = providers.Singleton(SimulatedMeter)
    site_actors: providers.Provider[SiteActors] = providers.Singleton(
        SiteActors,
        layout=ProactorContainer.hardware_layout,
        message_bus=ProactorContainer.message_bus,
        event_log=ProactorContainer.event_log,
        web_servers=ProactorContainer.web_servers,
        http_polling=ProactorContainer.http_polling,
        clock=ProactorContainer.clock,
        failures=ProactorContainer.failures,
        meter_driver=meter_driver,
    )
    actors: providers.Provider[Sequence[ActorInterface]] = providers.Singleton(
        make_actors, site_actors
    )
