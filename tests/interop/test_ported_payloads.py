"""What the ported actors say is read by the original's own classes."""

import json
import subprocess
from pathlib import Path

import attrs

from examples.ported.messages import (
    SCADA_TYPES,
    ActionType,
    FsmAtomicReport,
    FsmEvent,
    FsmFullReport,
    PicoMissing,
    PowerWatts,
    ReportType,
    SingleMachineState,
    SyncedReadings,
)
from gwproactor import Payload
from gwproactor.adapters.codec.converter import payload_reader, payload_writer
from gwproactor.adapters.codec.json_text import write_json
from gwproactor.domain.message import JsonObject
from tests.support.original_peer import PYTHON

NOW_MS = 1_700_000_000_000
TRIGGER = "12da4269-63c3-44f4-ab65-3ee5e29329fe"
RELAY = "auto.pico-cycler.relay1"
# Types of the scada, of which the library of the original has no classes.
OF_THE_SCADA = {"fsm.event", "single.machine.state", "pico.missing"}

CHANGED = FsmAtomicReport(
    machine_handle=RELAY,
    state_enum="relay.closed.or.open",
    report_type=ReportType.EVENT,
    event_enum="change.relay.state",
    event="OpenRelay",
    from_state="RelayClosed",
    to_state="RelayOpen",
    unix_time_ms=NOW_MS,
    trigger_id=TRIGGER,
)
DONE = FsmAtomicReport(
    machine_handle="relay-multiplexer",
    state_enum="relay.pin",
    report_type=ReportType.ACTION,
    action_type=ActionType.RELAY_PIN_SET,
    action=1,
    unix_time_ms=NOW_MS,
    trigger_id=TRIGGER,
)
REPORTS = [
    CHANGED,
    DONE,
    *(attrs.evolve(CHANGED, report_type=kind) for kind in ReportType),
    *(attrs.evolve(DONE, action_type=kind) for kind in ActionType),
]
PAYLOADS: list[Payload] = [
    SyncedReadings(
        channel_name_list=("hp-odu-pwr",), value_list=(100,), scada_read_time_unix_ms=NOW_MS
    ),
    PowerWatts(watts=-100),
    *REPORTS,
    FsmFullReport(from_name="relay1", trigger_id=TRIGGER, atomic_list=(CHANGED, DONE)),
    FsmEvent(
        from_handle="auto.pico-cycler",
        to_handle=RELAY,
        event_type="change.relay.state",
        event_name="OpenRelay",
        trigger_id=TRIGGER,
        send_time_unix_ms=NOW_MS,
    ),
    SingleMachineState(
        machine_handle=RELAY, state_enum="relay.closed.or.open", state="RelayOpen", unix_ms=NOW_MS
    ),
    PicoMissing(actor_name="buffer", pico_hw_uid="sim-buffer-pico"),
]


def written() -> list[JsonObject]:
    """What goes over the wire of PAYLOADS."""
    return [json.loads(write_json(payload_writer(type(one))(one))) for one in PAYLOADS]


def test_the_original_reads_what_is_written_and_writes_it_again() -> None:
    script = Path(__file__).with_name("original_payloads.py")
    told = subprocess.check_output([PYTHON, script], input=json.dumps(written()), text=True)

    known = [None if one["TypeName"] in OF_THE_SCADA else one for one in written()]
    assert json.loads(told) == known


def test_ours_read_what_is_written() -> None:
    kinds = [type(one) for one in PAYLOADS]
    read = [
        payload_reader(kind)(payload, kind) for kind, payload in zip(kinds, written(), strict=True)
    ]

    assert read == PAYLOADS


def test_every_type_is_looked_at() -> None:
    assert {one.type_name for one in PAYLOADS} == set(SCADA_TYPES.types)
