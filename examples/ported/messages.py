"""What the ported actors tell each other and the scada, in the types of the GridWorks scada.

`gwproto` 1.3 reads `synced.readings`, `power.watts` and both reports (tests/interop); the other
types are of the scada itself, with what the actors use of them.
"""

from enum import Enum
from typing import ClassVar, Final

import attrs
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_pascal

from gwproactor import HardwareLayout, MessageNamespace, Payload, WireType

SCADA: Final = "s"
PICO_CYCLER: Final = "pico-cycler"
RELAY_MULTIPLEXER: Final = "relay-multiplexer"


class FromLayout(BaseModel):
    """A part of a hardware layout, of which only what is used is named; spelt `LikeThis` there."""

    model_config = ConfigDict(alias_generator=to_pascal, populate_by_name=True, frozen=True)


@attrs.frozen(kw_only=True)
class SyncedReadings(Payload):
    """Values of channels, read together. Units and powers of ten are those of the channels."""

    wire: ClassVar = WireType(type_name="synced.readings", version="000")

    channel_name_list: tuple[str, ...]
    value_list: tuple[int, ...]
    scada_read_time_unix_ms: int


@attrs.frozen(kw_only=True)
class PowerWatts(Payload):
    """The power of everything that is metered for the grid."""

    wire: ClassVar = WireType(type_name="power.watts", version="000")

    watts: int


@attrs.frozen(kw_only=True)
class FsmEvent(Payload):
    """A command to a state machine, by the handles of who commands and who obeys."""

    wire: ClassVar = WireType(type_name="fsm.event", version="000")

    from_handle: str
    to_handle: str
    event_type: str
    event_name: str
    trigger_id: str
    send_time_unix_ms: int


class ReportType(Enum):
    """What a step was."""

    EVENT = "Event"
    ACTION = "Action"
    OTHER = "Other"


class ActionType(Enum):
    """What was done to the world."""

    RELAY_PIN_SET = "RelayPinSet"
    ANALOG_010V_SIGNAL_SET = "Analog010VSignalSet"
    ANALOG_420MA_SIGNAL_SET = "Analog420maSignalSet"


@attrs.frozen(kw_only=True)
class FsmAtomicReport(Payload):
    """One step of what follows from a command. An action has the first two of the optional fields,
    an event the others.
    """

    wire: ClassVar = WireType(
        type_name="fsm.atomic.report",
        version="000",
        omitted=frozenset(
            {"action_type", "action", "event_enum", "event", "from_state", "to_state"}
        ),
    )

    machine_handle: str
    state_enum: str
    report_type: ReportType
    action_type: ActionType | None = None
    action: int | None = None
    event_enum: str | None = None
    event: str | None = None
    from_state: str | None = None
    to_state: str | None = None
    unix_time_ms: int
    trigger_id: str


@attrs.frozen(kw_only=True)
class FsmFullReport(Payload):
    """Everything that followed from a command."""

    wire: ClassVar = WireType(type_name="fsm.full.report", version="000")

    from_name: str
    trigger_id: str
    atomic_list: tuple[FsmAtomicReport, ...]


@attrs.frozen(kw_only=True)
class SingleMachineState(Payload):
    """In which state a state machine is."""

    wire: ClassVar = WireType(type_name="single.machine.state", version="000")

    machine_handle: str
    state_enum: str
    state: str
    unix_ms: int


@attrs.frozen(kw_only=True)
class PicoMissing(Payload):
    """A microcontroller has not been heard of."""

    wire: ClassVar = WireType(type_name="pico.missing", version="000")

    actor_name: str
    pico_hw_uid: str


SCADA_TYPES: Final = MessageNamespace.of(
    SyncedReadings,
    PowerWatts,
    FsmEvent,
    FsmAtomicReport,
    FsmFullReport,
    SingleMachineState,
    PicoMissing,
)


def fields_of_device(layout: HardwareLayout, node_name: str, type_name: str) -> object:
    """What the layout says of the device of *node_name*. Raises ValueError if it has none, or one
    of another type than *type_name*; a simulated one will do.
    """
    component = layout.component(node_name)
    if component is None or component.type_name.removeprefix("sim.") != type_name:
        found = "none" if component is None else repr(component.type_name)
        raise ValueError(f"{node_name!r} needs a component of the type {type_name!r}, has {found}")
    return component.fields
