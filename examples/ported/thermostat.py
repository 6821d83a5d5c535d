"""`HoneywellThermostat` of the GridWorks scada: polled by HTTP, through a hub of its house.

What changed:

- `HubitatPoller`, `HubitatRESTPoller` and the component that resolved their URL are one function
  that makes the settings, and a `RESTPollerActor`.
- A poll asks the hub twice. That was an override of a private method of the poller; here it is a
  client that asks twice, `AskedTwice`: whatever is behind a port can be wrapped.
- The converter makes plain values of an answer, in the other thread, and lets what it cannot read
  raise: the settings say that it is reported, with no `try` here. The actor, on the node's loop,
  makes the message to the scada.
- What the hub posts by itself belongs to the actor of the hub, which is not ported.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import attrs
from pydantic import BaseModel, Field, SecretStr
from typing_extensions import override

from examples.ported.messages import SCADA, FromLayout, SyncedReadings, fields_of_device
from gwproactor import (
    Clock,
    Failure,
    HardwareLayout,
    HttpClient,
    HttpRequest,
    HttpResponse,
    IOLoop,
    Message,
    MessageBus,
    Outcome,
    RESTPollerActor,
    RESTPollerSettings,
    ShNode,
    Success,
    to_actor,
)
from gwproactor.ports.failures import Failures
from gwproactor.ports.http_client import HttpSession, RequestFailed

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
    exponent: int = 0
    interpret_as_number: bool = True
    web_poll_enabled: bool = True

    def value_of(self, text: str | float | None) -> int:
        """Raises ValueError."""
        if text is None:
            raise ValueError(f"there is no {self.attribute_name}")
        if self.interpret_as_number:
            return int(float(text) * 10**self.exponent)
        return OPERATING_STATES.index(str(text))


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
    value: str | float | None = Field(None, alias="currentValue")


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
        io_loop: IOLoop,
        http_client: HttpClient,
        clock: Clock,
        message_bus: MessageBus,
        failures: Failures,
    ) -> None:
        super().__init__(
            node.name,
            config.rest(),
            io_loop=io_loop,
            http_client=AskedTwice(http_client),
            clock=clock,
            message_bus=message_bus,
            failures=failures,
            convert=self._converted,
            node=node,
        )
        self._attributes = config.poller.polled
        self._bus = message_bus
        self._clock = clock

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

    async def _converted(self, response: HttpResponse) -> Message[Values]:
        """On the io loop. Raises ExceptionGroup if nothing in the answer can be used."""
        state = DeviceState.model_validate(response.json())
        given = {one.name: one.value for one in state.attributes}
        values: dict[str, int] = {}
        errors: list[Exception] = []
        for attribute in self._attributes:
            found = given.get(attribute.attribute_name)
            try:
                values[attribute.channel_name] = attribute.value_of(found)
            except ValueError as error:
                errors.append(error)
        if not values:
            raise ExceptionGroup("nothing of its state can be used", errors)
        return to_actor(self.name, self.name, Values(values))
