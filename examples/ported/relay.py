"""`Relay` of the GridWorks scada: obeys commands, and tells its state every five minutes.

What changed:

- The task that `start` made and `services.add_task` kept is `run`: the node starts, watches and
  ends it. There is no `_stop_requested`, no pat, no `monitored_names`, no `join`.
- `asyncio.sleep` is `self.sleep`, and `time.time` the port `Clock`, so that a test lives through
  hours in no time.
- `_send_to(node, payload)` of a common base is `MessageBus.send(to_actor(...))`.
- A command that is not obeyed is answered with a `Failure`, which the node reports; the original
  logged it, sent a `Glitch`, or went on.
- What was kept of each command for ever goes when it has been reported.
"""

from collections.abc import Mapping

from typing_extensions import override

from examples.ported.messages import (
    RELAY_MULTIPLEXER,
    SCADA,
    FromLayout,
    FsmAtomicReport,
    FsmEvent,
    FsmFullReport,
    ReportType,
    SingleMachineState,
    fields_of_device,
)
from gwproactor import (
    Actor,
    Clock,
    Failure,
    HardwareLayout,
    Message,
    MessageBus,
    Outcome,
    Payload,
    ShNode,
    Success,
    to_actor,
)

STATE_REPORT_S = 300
# Reports are made this much before a period ends, so that they belong to it.
EARLY_S = 2.0
PIN_EVENTS = "change.relay.pin"


class RelayConfig(FromLayout):
    """How a relay is wired: which command leads to which state, with or without current."""

    actor_name: str
    event_type: str
    state_type: str
    energizing_event: str
    energized_state: str
    de_energizing_event: str
    de_energized_state: str

    @property
    def states(self) -> Mapping[str, str]:
        """The state to which a command leads."""
        return {
            self.energizing_event: self.energized_state,
            self.de_energizing_event: self.de_energized_state,
        }


class RelayBoard(FromLayout):
    """The component that relays share."""

    config_list: tuple[RelayConfig, ...]

    @classmethod
    def relay(cls, layout: HardwareLayout, name: str) -> RelayConfig:
        """That of the relay *name*. Raises ValueError."""
        fields = fields_of_device(layout, name, "i2c.multichannel.dt.relay.component.gt")
        board = cls.model_validate(fields)
        for config in board.config_list:
            if config.actor_name == name:
                return config
        raise ValueError(f"its board knows no relay {name!r}")


class Relay(Actor):
    """De-energized at first. Its boss is whom the handles say."""

    def __init__(
        self,
        node: ShNode,
        *,
        config: RelayConfig,
        layout: HardwareLayout,
        message_bus: MessageBus,
        clock: Clock,
    ) -> None:
        super().__init__(node.name, node=node)
        self.state = config.de_energized_state
        self._config = config
        self._layout = layout
        self._bus = message_bus
        self._clock = clock
        self._commands: dict[str, tuple[str, FsmAtomicReport]] = {}

    @override
    async def run(self) -> None:
        await self.sleep(EARLY_S)
        self._send_state()
        while True:
            await self.sleep(self._until_report_s())
            self._send_state()

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        match message.payload:
            case FsmEvent() as command:
                return self._obey(message.header.src, command)
            case FsmAtomicReport() as done if message.header.src == RELAY_MULTIPLEXER:
                return self._report(done)
            case _:
                return Failure(ValueError(f"{self.name!r} does not take {message.header}"))

    def _obey(self, boss_name: str, command: FsmEvent) -> Outcome[bool, BaseException]:
        boss = self._layout.node(boss_name)
        given = (command.from_handle, command.to_handle)
        if boss is None or given != (boss.handle, self.node.handle):
            return Failure(ValueError(f"{self.name!r} does not obey {boss_name!r}: {command}"))
        if command.event_type != self._config.event_type:
            return Failure(ValueError(f"{self.name!r} knows no {command.event_type!r}"))
        state = self._config.states.get(command.event_name)
        if state is None:
            return Failure(ValueError(f"{self.name!r} knows no {command.event_name!r}"))
        if state != self.state:
            self._change(boss_name, command, state)
        return Success(True)

    def _change(self, boss_name: str, command: FsmEvent, state: str) -> None:
        change = FsmAtomicReport(
            machine_handle=self.node.handle,
            state_enum=self._config.state_type,
            report_type=ReportType.EVENT,
            event_enum=command.event_type,
            event=command.event_name,
            from_state=self.state,
            to_state=state,
            unix_time_ms=command.send_time_unix_ms,
            trigger_id=command.trigger_id,
        )
        self.state = state
        self._commands[command.trigger_id] = (boss_name, change)
        is_energizing = command.event_name == self._config.energizing_event
        pin_event = FsmEvent(
            from_handle=self.node.handle,
            to_handle=RELAY_MULTIPLEXER,
            event_type=PIN_EVENTS,
            event_name="Energize" if is_energizing else "DeEnergize",
            trigger_id=command.trigger_id,
            send_time_unix_ms=self._clock.wall_ms(),
        )
        self._send(RELAY_MULTIPLEXER, pin_event)

    def _report(self, done: FsmAtomicReport) -> Outcome[bool, BaseException]:
        """The pin has changed: tell the scada, and who commanded it."""
        if done.trigger_id not in self._commands:
            return Failure(ValueError(f"{self.name!r} gave no command {done.trigger_id!r}"))
        boss_name, change = self._commands.pop(done.trigger_id)
        self._send_state()
        report = FsmFullReport(
            from_name=self.name, trigger_id=done.trigger_id, atomic_list=(change, done)
        )
        self._send(boss_name, report)
        return Success(True)

    def _until_report_s(self) -> float:
        """Until the next one is due, by the wall clock: at once would be twice."""
        into_period_s = (self._clock.wall_ms() / 1000 + EARLY_S) % STATE_REPORT_S
        return STATE_REPORT_S - into_period_s

    def _send_state(self) -> None:
        state = SingleMachineState(
            machine_handle=self.node.handle,
            state_enum=self._config.state_type,
            state=self.state,
            unix_ms=self._clock.wall_ms(),
        )
        self._send(SCADA, state)

    def _send(self, dst: str, payload: Payload) -> None:
        self._bus.send(to_actor(self.name, dst, payload))
