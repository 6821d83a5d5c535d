"""`HoneywellThermostat` of the GridWorks scada: polled by HTTP, through a hub of its house.

What changed:

- `HubitatPoller`, `HubitatRESTPoller` and the component that resolved their URL are one function
  that makes the settings, and a `RESTPollerActor`.
- A poll asks the hub twice. That was an override of a private method of the poller; here it is a
  client that asks twice, `AskedTwice`: whatever is behind a port can be wrapped.
- The converter runs on the io loop, in another thread: it sends the actor the values that it can
  read, and then raises what is wrong with the others. The settings of the poller say that this is
  reported, at most once in ten minutes, and what is wrong with one value keeps back no other. The
  actor, on the node's loop, makes the message to the scada.
- What the hub posts by itself belongs to the actor of the hub, which is not ported.
"""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import attrs
from pydantic import BaseModel, Field, JsonValue, SecretStr
from typing_extensions import override

from examples.ported.messages import SCADA, FromLayout, SyncedReadings, fields_of_device
from gwproactor import (
    Failure,
    Failures,
    HardwareLayout,
    HttpClient,
    HttpPolling,
    HttpRequest,
    HttpResponse,
    HttpSession,
    Message,
    MessageBus,
    Outcome,
    RequestFailed,
    RESTPollerActor,
    RESTPollerSettings,
    ShNode,
    Success,
    to_actor,
)

OPERATING_STATES: Final = (
    "idle",
    "heating",
    "pending heat",
    "pending cool",
    "vent economizer",
    "cooling",
    "fan only",
)


class Attribute(FromLayout):
    """A value of a device, and the channel that it belongs to."""

    attribute_name: str
    channel_name: str
    enabled: bool = True
    exponent: int = Field(0, ge=-9, le=9)
    interpret_as_number: bool = True
    report_missing: bool = True
    report_parse_error: bool = True
    web_poll_enabled: bool = True

    def value_of(self, found: JsonValue) -> int:
        """Raises ValueError."""
        if not isinstance(found, str | int | float):
            raise ValueError(f"{self.attribute_name} is no value: {found!r}")
        if not self.interpret_as_number:
            if found not in OPERATING_STATES:
                raise ValueError(f"{self.attribute_name} is no state: {found!r}")
            return OPERATING_STATES.index(found)
        number = float(found)
        if not math.isfinite(number):
            raise ValueError(f"{self.attribute_name} is no number: {found!r}")
        return round(number * 10.0**self.exponent)


class Poller(FromLayout):
    """What is polled."""

    hubitat_component_id: str
    device_id: int
    attributes: tuple[Attribute, ...]
    enabled: bool = True
    poll_period_seconds: float = 60.0

    @property
    def polled(self) -> list[Attribute]:
        wanted = (one for one in self.attributes if one.enabled and one.web_poll_enabled)
        return [one for one in wanted if self.enabled]


class Hub(FromLayout):
    """How the hub is reached."""

    host: str
    port: int | None = None
    maker_api_id: int
    access_token: SecretStr


class _PollerComponent(FromLayout):
    poller: Poller


class _HubComponent(FromLayout):
    hub: Hub = Field(alias="Hubitat")


@attrs.frozen
class ThermostatConfig:
    """A thermostat and its hub."""

    poller: Poller
    hub: Hub

    @classmethod
    def of(cls, layout: HardwareLayout, node_name: str) -> "ThermostatConfig":
        """That of the node *node_name*. Raises ValueError."""
        fields = fields_of_device(layout, node_name, "hubitat.poller.component.gt")
        poller = _PollerComponent.model_validate(fields).poller
        component = layout.components.get(poller.hubitat_component_id)
        if component is None:
            raise ValueError(f"{node_name!r} names a hub that is no component")
        return cls(poller, _HubComponent.model_validate(component.fields).hub)

    def rest(self) -> RESTPollerSettings:
        """The request that has the hub ask the device how it is."""
        url = {
            "url_args": {
                "scheme": "http",
                "host": self.hub.host,
                "port": self.hub.port,
                "query": [("access_token", self.hub.access_token.get_secret_value())],
            },
            "url_path_format": "/apps/api/{app}/devices/{device}/refresh",
            "url_path_args": {"app": self.hub.maker_api_id, "device": self.poller.device_id},
        }
        return RESTPollerSettings.model_validate(
            {"request": {"url": url}, "poll_period_seconds": self.poller.poll_period_seconds}
        )


class DeviceAttribute(BaseModel):
    """As the hub writes it."""

    name: str
    value: JsonValue = Field(None, alias="currentValue")


class DeviceState(BaseModel):
    """What the hub knows of a device."""

    attributes: tuple[DeviceAttribute, ...]


@attrs.frozen
class Values:
    """By channel."""

    by_channel: dict[str, int]


@attrs.frozen
class AskedTwice:
    """An `HttpClient` for hubs, which answer with what their last refresh has found."""

    client: HttpClient

    @asynccontextmanager
    async def session(self) -> AsyncIterator[HttpSession]:
        async with self.client.session() as session:
            yield _SecondAnswers(session)


@attrs.frozen
class _SecondAnswers:
    session: HttpSession

    async def request(self, request: HttpRequest) -> Outcome[HttpResponse, RequestFailed]:
        first = await self.session.request(request)
        return first if isinstance(first, Failure) else await self.session.request(request)


class HoneywellThermostat(RESTPollerActor):
    """Tells the scada temperature, set point and operating state."""

    def __init__(
        self,
        node: ShNode,
        *,
        config: ThermostatConfig,
        polling: HttpPolling,
        message_bus: MessageBus,
        failures: Failures,
    ) -> None:
        super().__init__(
            node.name,
            config.rest(),
            attrs.evolve(polling, http_client=AskedTwice(polling.http_client)),
            message_bus=message_bus,
            failures=failures,
            convert=self._converted,
            node=node,
        )
        self._attributes = config.poller.polled
        self._bus = message_bus
        self._clock = polling.clock

    @override
    def start(self) -> None:
        if self._attributes:
            super().start()

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        match message.payload:
            case Values(by_channel):
                readings = SyncedReadings(
                    channel_name_list=tuple(by_channel),
                    value_list=tuple(by_channel.values()),
                    scada_read_time_unix_ms=self._clock.wall_ms(),
                )
                self._bus.send(to_actor(self.name, SCADA, readings))
                return Success(True)
            case _:
                return super().process_message(message)

    async def _converted(self, response: HttpResponse) -> None:
        """On the io loop. Raises ExceptionGroup of what cannot be used, once the rest is sent."""
        state = DeviceState.model_validate(response.json())
        given = {one.name: one.value for one in state.attributes}
        values: dict[str, int] = {}
        errors: list[Exception] = []
        for attribute in self._attributes:
            name = attribute.attribute_name
            if given.get(name) is None:
                if attribute.report_missing:
                    errors.append(ValueError(f"there is no {name}"))
                continue
            try:
                values[attribute.channel_name] = attribute.value_of(given[name])
            except ValueError as error:
                if attribute.report_parse_error:
                    errors.append(error)
        if values:
            self._bus.send_threadsafe(to_actor(self.name, self.name, Values(values)))
        if errors:
            raise ExceptionGroup("not all of its state can be used", errors)
