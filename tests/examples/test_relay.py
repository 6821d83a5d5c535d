"""examples/ported/relay.py: obeys its boss, and tells its state in time."""

import asyncio

import attrs
import pytest

from examples.ported.messages import (
    RELAY_MULTIPLEXER,
    ActionType,
    FsmAtomicReport,
    FsmEvent,
    FsmFullReport,
    ReportType,
    SingleMachineState,
)
from examples.ported.relay import PIN_EVENTS, Relay, RelayBoard
from gwproactor import Message, to_actor
from gwproactor.adapters.memory import MemoryMessageBus, VirtualClock
from gwproactor.testing.running_actor import running
from gwproactor.testing.virtual_time import in_virtual_time
from tests.examples.site_layout import node_of, real_layout

NAME = "relay1"
BOSS = "pico-cycler"
OPEN = FsmEvent(
    from_handle="auto.pico-cycler",
    to_handle="auto.pico-cycler.relay1",
    event_type="change.relay.state",
    event_name="OpenRelay",
    trigger_id="t1",
    send_time_unix_ms=1_700_000_000_000,
)
DONE = FsmAtomicReport(
    machine_handle="relay-multiplexer",
    state_enum="relay.pin",
    report_type=ReportType.ACTION,
    action_type=ActionType.RELAY_PIN_SET,
    action=1,
    unix_time_ms=1_700_000_000_050,
    trigger_id="t1",
)


def relay(wall_ms: int = 1_700_000_000_000) -> tuple[Relay, MemoryMessageBus, VirtualClock]:
    clock, bus = VirtualClock(asyncio.get_running_loop(), wall_ms=wall_ms), MemoryMessageBus()
    made = Relay(
        node_of(NAME),
        config=RelayBoard.relay(real_layout(), NAME),
        layout=real_layout(),
        message_bus=bus,
        clock=clock,
    )
    return made, bus, clock


def told(bus: MemoryMessageBus) -> list[tuple[str, object]]:
    return [(message.header.dst, message.payload) for message in bus.sent]


@in_virtual_time
async def test_its_state_is_told_soon_and_just_before_each_period_of_the_wall_clock_ends() -> None:
    actor, bus, clock = relay(wall_ms=1_700_000_100_000)  # a period begins here
    async with running(actor, clock):
        await clock.sleep(900.0)

    states = [one.payload for one in bus.sent if isinstance(one.payload, SingleMachineState)]
    assert [(one.unix_ms - 1_700_000_100_000) / 1_000 for one in states] == [2, 298, 598, 898]
    assert {one.state for one in states} == {"RelayClosed"}


@in_virtual_time
async def test_a_command_of_its_boss_goes_to_the_pin_and_is_reported_when_that_is_done() -> None:
    actor, bus, clock = relay()
    async with running(actor, clock) as driven:
        driven.give(to_actor(BOSS, NAME, OPEN))
        [(multiplexer, pin_event)] = told(bus)
        driven.give(to_actor(RELAY_MULTIPLEXER, NAME, DONE))

    assert actor.state == "RelayOpen"
    assert isinstance(pin_event, FsmEvent)
    assert (multiplexer, pin_event.event_type) == (RELAY_MULTIPLEXER, PIN_EVENTS)
    assert pin_event.event_name == "Energize"
    [(scada, state), (boss, report)] = told(bus)[1:]
    assert isinstance(state, SingleMachineState)
    assert (scada, state.state) == ("s", "RelayOpen")
    assert boss == BOSS
    change = FsmAtomicReport(
        machine_handle="auto.pico-cycler.relay1",
        state_enum="relay.closed.or.open",
        report_type=ReportType.EVENT,
        event_enum="change.relay.state",
        event="OpenRelay",
        from_state="RelayClosed",
        to_state="RelayOpen",
        unix_time_ms=OPEN.send_time_unix_ms,
        trigger_id="t1",
    )
    assert report == FsmFullReport(from_name=NAME, trigger_id="t1", atomic_list=(change, DONE))


@in_virtual_time
async def test_a_command_to_be_what_it_is_changes_nothing() -> None:
    actor, bus, clock = relay()
    async with running(actor, clock) as driven:
        driven.give(to_actor(BOSS, NAME, attrs.evolve(OPEN, event_name="CloseRelay")))

    assert told(bus) == []


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (to_actor("la", NAME, OPEN), "does not obey 'la'"),
        (to_actor("nobody", NAME, OPEN), "does not obey 'nobody'"),
        (to_actor(BOSS, NAME, attrs.evolve(OPEN, to_handle="a.b")), "does not obey 'pico-cycler'"),
        (to_actor(BOSS, NAME, attrs.evolve(OPEN, event_type="x.y")), "knows no 'x.y'"),
        (to_actor(BOSS, NAME, attrs.evolve(OPEN, event_name="Melt")), "knows no 'Melt'"),
        (to_actor(RELAY_MULTIPLEXER, NAME, DONE), "gave no command 't1'"),
        (to_actor(BOSS, NAME, DONE), "does not take"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_it_does_not_obey_is_a_problem(message: Message[object], words: str) -> None:
    @in_virtual_time
    async def give() -> None:
        actor, bus, clock = relay()
        async with running(actor, clock, problems_expected=True) as driven:
            driven.give(message)
        [problem] = driven.problems
        assert words in problem.details + problem.summary
        assert (actor.state, told(bus)) == ("RelayClosed", [])

    give()


def test_a_relay_that_its_board_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="knows no relay 'relay-multiplexer'"):
        RelayBoard.relay(real_layout(), "relay-multiplexer")
