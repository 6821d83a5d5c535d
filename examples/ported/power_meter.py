"""`PowerMeter` of the GridWorks scada: a driver that blocks, polled in a thread of its own.

What changed:

- Thread and actor are given a driver, the channels of the layout and the ports that they use; the
  original built all of that itself from `services.settings` and `services.hardware_layout`.
- Messages name who gets them by `to_actor`, and go by `_put_to_async_queue` as before; that never
  raises here, and the thread is watched and patted for without a line of its own.
- What the driver warns of goes to the actor as a message, which reports it by `EventLog`; the
  original put an event into the queue.
- An exception, also of the driver's start, ends the thread, is reported, and its policy stops the
  node for a restart: so there is no `InternalShutdownMessage`, and no `Result` in the driver.
"""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import attrs
from typing_extensions import override

from examples.ported.messages import (
    SCADA,
    FromLayout,
    PowerWatts,
    SyncedReadings,
    fields_of_device,
)
from gwproactor import (
    EventLog,
    Failures,
    HardwareLayout,
    Message,
    MessageBus,
    Outcome,
    Problems,
    ShNode,
    Success,
    SyncAsyncInteractionThread,
    SyncThreadActor,
    to_actor,
)


class MeterDriver(Protocol):
    """A power meter. Its calls block, and raise OSError if it does not answer."""

    def start(self) -> None: ...

    def read_hw_uid(self) -> str: ...

    def read_power_w(self, channel_name: str) -> int: ...


class ChannelConfig(FromLayout):
    """When a channel is reported: in each period, and when it changed by so much."""

    channel_name: str
    capture_period_s: float
    async_capture_delta: int | None = None


class MeterConfig(FromLayout):
    """The component of a meter."""

    config_list: tuple[ChannelConfig, ...]
    hw_uid: str = ""

    @classmethod
    def of(cls, layout: HardwareLayout, node_name: str) -> "MeterConfig":
        """That of the node *node_name*. Raises ValueError."""
        return cls.model_validate(
            fields_of_device(layout, node_name, "electric.meter.component.gt")
        )


class DataChannel(FromLayout):
    """A channel of the layout."""

    name: str
    about_node_name: str
    in_power_metering: bool = False


def nameplate_watts(layout: HardwareLayout) -> dict[str, int]:
    """The greatest power of what each channel is about, of those that are metered for the grid."""
    listed = layout.fields.get("DataChannels", [])
    assert isinstance(listed, list)
    channels = [DataChannel.model_validate(one) for one in listed]
    watts = {name: node.fields.get("NameplatePowerW", 0) for name, node in layout.nodes.items()}
    return {
        one.name: power
        for one in channels
        if one.in_power_metering and isinstance(power := watts[one.about_node_name], int)
    }


@attrs.define
class Reported:
    """What was reported of a channel, and when."""

    config: ChannelConfig
    watts: int | None = None
    at_s: float = 0.0

    def is_due(self, watts: int, now_s: float) -> bool:
        if self.watts is None or now_s - self.at_s >= self.config.capture_period_s:
            return True
        delta = self.config.async_capture_delta
        return delta is not None and abs(watts - self.watts) >= delta


class PowerMeterThread(SyncAsyncInteractionThread):
    """Reads all channels, and tells the scada what is due. *nameplates* are those of the channels
    whose sum is reported when it changed by more than *threshold* of theirs.
    """

    def __init__(
        self,
        name: str,
        driver: MeterDriver,
        config: MeterConfig,
        nameplates: dict[str, int],
        *,
        poll_period_s: float = 1.0,
        threshold: float = 0.05,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(name=name, iterate_sleep_seconds=poll_period_s)
        self._driver = driver
        self._config = config
        self._channels = [Reported(channel) for channel in config.config_list]
        self._nameplates = nameplates
        self._threshold = threshold
        self._clock_s = clock_s
        self._reported_sum_w: int | None = None

    @override
    def _preiterate(self) -> None:
        self._driver.start()
        found, expected = self._driver.read_hw_uid(), self._config.hw_uid
        if expected and found != expected:
            warning = ValueError(f"the meter is {found!r}, the layout has {expected!r}")
            self._tell(self.name, Problems(warnings=[warning]))

    @override
    def _iterate(self) -> None:
        readings = {
            one.config.channel_name: self._driver.read_power_w(one.config.channel_name)
            for one in self._channels
        }
        self._report_sum(sum(readings.get(name, 0) for name in self._nameplates))
        now_s = self._clock_s()
        due = [
            one for one in self._channels if one.is_due(readings[one.config.channel_name], now_s)
        ]
        self._report(due, readings, now_s)

    def _report_sum(self, sum_w: int) -> None:
        """Of what is metered for the grid; only if something is."""
        nameplate_w = sum(self._nameplates.values())
        if nameplate_w == 0:
            return
        before_w = self._reported_sum_w
        if before_w is None or abs(sum_w - before_w) / nameplate_w > self._threshold:
            self._tell(SCADA, PowerWatts(watts=sum_w))
            self._reported_sum_w = sum_w

    def _report(self, due: Sequence[Reported], readings: dict[str, int], now_s: float) -> None:
        if not due:
            return
        names = tuple(one.config.channel_name for one in due)
        self._tell(
            SCADA,
            SyncedReadings(
                channel_name_list=names,
                value_list=tuple(readings[name] for name in names),
                scada_read_time_unix_ms=time.time_ns() // 1_000_000,
            ),
        )
        for one in due:
            one.watts, one.at_s = readings[one.config.channel_name], now_s

    def _tell(self, dst: str, payload: object) -> None:
        self._put_to_async_queue(to_actor(self.name, dst, payload))


class PowerMeter(SyncThreadActor[PowerMeterThread]):
    """Runs its thread, and reports what that warns of."""

    def __init__(
        self,
        node: ShNode,
        *,
        thread: PowerMeterThread,
        event_log: EventLog,
        message_bus: MessageBus,
        failures: Failures,
    ) -> None:
        super().__init__(node.name, message_bus, failures, thread, node=node)
        self._event_log = event_log

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        match message.payload:
            case Problems() as problems:
                summary = f"Driver problems of {self.alias}"
                self._event_log.generate_event(problems.problem_event(summary))
                return Success(True)
            case _:
                return super().process_message(message)
