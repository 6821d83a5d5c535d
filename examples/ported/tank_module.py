"""`ApiTankModule` of the GridWorks scada: a microcontroller in a tank posts what it measures.

What changed:

- The routes are added to the port `WebServers`, in the constructor as before. A handler runs on the
  node's loop here, so it calls the actor instead of sending itself a message from another thread.
- A body that cannot be read is answered with 400 and the reason, besides the problem event. The
  original answered 200.
- A server asks who posts for its `token`: the microcontroller sends it.
- The task that looks for silence is `run` (see `relay.py`), on the port `Clock`; it tells of a
  silent microcontroller once a minute, which the original meant to.
"""

import math
from collections.abc import Mapping
from typing import Final

from aiohttp.web import Request, Response, json_response
from pydantic import Field
from typing_extensions import override

from examples.ported.messages import (
    PICO_CYCLER,
    SCADA,
    FromLayout,
    PicoMissing,
    SyncedReadings,
    fields_of_device,
)
from gwproactor import (
    Actor,
    Clock,
    EventLog,
    HardwareLayout,
    HTTPHandler,
    MessageBus,
    Payload,
    Problems,
    ShNode,
    WebServers,
    to_actor,
)

SERVER: Final = "default"
LOOK_EVERY_S: Final = 10.0
TELL_AGAIN_S: Final = 60.0

SUPPLY_V: Final = 3.3
DIVIDER_KOHM: Final = 5.65
# The thermistor: so many kΩ at so many kelvin.
NOMINAL_KOHM: Final = 10.0
NOMINAL_K: Final = 298.0
ZERO_CELSIUS_K: Final = 273.0


class CapturePeriod(FromLayout):
    """Of a channel of the tank."""

    capture_period_s: int


class TankConfig(FromLayout):
    """The component of a tank."""

    config_list: tuple[CapturePeriod, ...] = Field(min_length=1)
    enabled: bool
    pico_hw_uid: str
    samples: int
    num_sample_averages: int
    async_capture_delta_micro_volts: int
    send_micro_volts: bool
    thermistor_beta: float

    @classmethod
    def of(cls, layout: HardwareLayout, node_name: str) -> "TankConfig":
        """That of the node *node_name*. Raises ValueError."""
        return cls.model_validate(
            fields_of_device(layout, node_name, "pico.tank.module.component.gt")
        )

    @property
    def capture_period_s(self) -> int:
        """That of the first channel, which is the microcontroller's."""
        return self.config_list[0].capture_period_s


class MicroVolts(FromLayout):
    """What a microcontroller posts: voltages at its thermistors."""

    hw_uid: str
    about_node_name_list: tuple[str, ...]
    micro_volts_list: tuple[int, ...]


class TankModuleParams(FromLayout):
    """What a microcontroller posts to be told how to measure."""

    hw_uid: str
    actor_node_name: str
    pico_ab: str | None = Field(None, alias="PicoAB")


class ApiTankModule(Actor):
    """Turns voltages into temperatures, and tells if none come."""

    def __init__(
        self,
        node: ShNode,
        *,
        config: TankConfig,
        web_servers: WebServers[HTTPHandler],
        message_bus: MessageBus,
        event_log: EventLog,
        clock: Clock,
    ) -> None:
        super().__init__(node.name, node=node)
        self._config = config
        self._bus = message_bus
        self._event_log = event_log
        self._clock = clock
        self._heard_s = 0.0
        if config.enabled:
            for what, handler in (
                ("microvolts", self._post_microvolts),
                ("tank-module-params", self._post_params),
            ):
                web_servers.add_web_route(SERVER, "POST", f"/{self.name}/{what}", handler)

    @override
    async def run(self) -> None:
        self._heard_s = self._clock.monotonic_s()
        while True:
            await self.sleep(LOOK_EVERY_S)
            silent_s = self._clock.monotonic_s() - self._heard_s
            if silent_s > self._config.capture_period_s:
                missing = PicoMissing(actor_name=self.name, pico_hw_uid=self._config.pico_hw_uid)
                self._send(PICO_CYCLER, missing)
                await self.sleep(TELL_AGAIN_S - LOOK_EVERY_S)

    def take(self, posted: MicroVolts) -> None:
        """Tell what *posted* means. Raises ValueError if it is of another microcontroller, or holds
        voltages that no thermistor has.
        """
        if posted.hw_uid != self._config.pico_hw_uid:
            raise ValueError(f"{posted.hw_uid!r} is not the microcontroller here")
        values = self._values(posted)
        self._heard_s = self._clock.monotonic_s()
        if not values:
            return
        readings = SyncedReadings(
            channel_name_list=tuple(values),
            value_list=tuple(values.values()),
            scada_read_time_unix_ms=self._clock.wall_ms(),
        )
        for dst in (SCADA, PICO_CYCLER):
            self._send(dst, readings)

    async def _post_microvolts(self, request: Request) -> Response:
        text = await request.text()
        try:
            self.take(MicroVolts.model_validate_json(text))
        except ValueError as error:
            return self._refused(error)
        return Response()

    async def _post_params(self, request: Request) -> Response:
        """Tell the microcontroller how to measure, and when to begin: just before a period."""
        text = await request.text()
        try:
            posted = TankModuleParams.model_validate_json(text)
        except ValueError as error:
            return self._refused(error)
        if (posted.hw_uid, posted.actor_node_name) != (self._config.pico_hw_uid, self.name):
            return self._refused(ValueError(f"{posted.hw_uid!r} is not the microcontroller here"))
        period_s = self._config.capture_period_s
        offset_s = round(period_s - self._clock.wall_ms() / 1000 % period_s, 3) - 2
        return json_response(
            {
                "HwUid": posted.hw_uid,
                "ActorNodeName": self.name,
                "PicoAB": posted.pico_ab,
                "CapturePeriodS": period_s,
                "Samples": self._config.samples,
                "NumSampleAverages": self._config.num_sample_averages,
                "AsyncCaptureDeltaMicroVolts": self._config.async_capture_delta_micro_volts,
                "CaptureOffsetS": offset_s,
                "TypeName": "tank.module.params",
                "Version": "110",
            }
        )

    def _values(self, posted: MicroVolts) -> Mapping[str, int]:
        """By channel: microvolts, and thousandths of a degree."""
        values: dict[str, int] = {}
        pairs = zip(posted.about_node_name_list, posted.micro_volts_list, strict=True)
        for about, micro_volts in pairs:
            if self._config.send_micro_volts:
                values[f"{about}-micro-v"] = micro_volts
            if micro_volts > 0:
                celsius = celsius_of(micro_volts / 1e6, self._config.thermistor_beta)
                values[f"{about}-device"] = int(celsius * 1000)
        return values

    def _refused(self, error: ValueError) -> Response:
        problem = Problems(errors=[error]).problem_event(f"{self.alias}: a post cannot be used")
        self._event_log.generate_event(problem)
        return json_response({"reason": str(error)}, status=400)

    def _send(self, dst: str, payload: Payload) -> None:
        self._bus.send(to_actor(self.name, dst, payload))


def celsius_of(volts: float, beta: float) -> float:
    """By the beta formula. Raises ValueError for a thermistor that is not connected."""
    if not 0 < volts < SUPPLY_V:
        raise ValueError(f"{volts} V: no thermistor is connected")
    kohm = DIVIDER_KOHM * volts / (SUPPLY_V - volts)
    kelvin = 1 / (1 / NOMINAL_K + math.log(kohm / NOMINAL_KOHM) / beta)
    return round(kelvin - ZERO_CELSIUS_K, 2)
