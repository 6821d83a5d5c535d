"""The internal watchdog: who is late, what is told of it, and what follows."""

import asyncio
import logging
from collections.abc import Sequence

import pytest
from typing_extensions import override

from gwproactor import Actor, Communicator, Header, Message, MonitoredName, to_actor
from gwproactor.app.communicators import NOT_FOR_ME
from gwproactor.app.message_bus import MESSAGES_PER_TURN
from gwproactor.app.supervision.supervisor import EXIT_GIVEN_UP
from gwproactor.app.watchdog import WATCHDOG_NAME, check_monitored_names
from gwproactor.domain.message import Received
from gwproactor.domain.payloads import PatExternalWatchdog, PatInternalWatchdog
from gwproactor.domain.supervision import FailurePolicy
from gwproactor.domain.watchdog import HELD_UP_S_MIN
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family
from tests.support.own_events import problems
from tests.support.watched_parts import Monitored, WatchedParts, pat_of

YEAR_S = 365.25 * 86_400.0
REPORT, RESTART, STOP = FailurePolicy.REPORT, FailurePolicy.RESTART, FailurePolicy.STOP_NODE


# Who is late


@in_virtual_time
async def test_who_pats_in_time_is_never_late() -> None:
    parts = WatchedParts.of(Monitored("pump", 20.0))
    for second in range(10, 1_000, 10):
        await parts.pat_at(second, "pump")
    assert parts.late == []
    assert parts.problems == []
    assert parts.stops == []
    assert parts.manager.is_well


@in_virtual_time
async def test_a_late_name_is_told_with_the_stack_of_its_thread(
    caplog: pytest.LogCaptureFixture,
) -> None:
    parts = WatchedParts.of(Monitored("pump", 20.0), Monitored("valve", 60.0))
    parts.stacks.threads["pump"] = "in read_register, at line 7"
    await parts.pat_at(5.0, "pump")
    await parts.until(24.9)
    assert parts.problems == []
    with caplog.at_level(logging.ERROR):
        await parts.until(25.1)

    (problem,) = parts.problems
    summary = "'pump' has not patted the watchdog for 20.0 s; it has to within 20 s"
    assert (problem.kind, problem.subject, problem.cause) == ("watchdog", "pump", "late")
    assert problem.summary == summary
    assert problem.details == "in read_register, at line 7"
    assert problem.is_error
    assert f"{summary}\nin read_register, at line 7" in caplog.messages
    assert parts.late == ["pump"]


@in_virtual_time
async def test_a_late_name_that_is_no_thread_is_told_all_the_same() -> None:
    parts = WatchedParts.of(Monitored("pump", 20.0))
    await parts.until(20.1)
    assert [problem.details for problem in parts.problems] == ["there is no thread named 'pump'"]


@pytest.mark.parametrize(("policy", "exit_code"), [(RESTART, EXIT_GIVEN_UP), (STOP, EXIT_GIVEN_UP)])
@in_virtual_time
async def test_a_late_thread_stops_the_node_unless_it_is_only_to_be_reported(
    policy: FailurePolicy, exit_code: int
) -> None:
    parts = WatchedParts.of(Monitored("pump", 20.0, policy))
    await parts.until(20.1)
    ((reason, code),) = parts.stops
    assert "'pump' has not patted the watchdog" in reason
    assert code == exit_code
    assert not parts.manager.is_well


@in_virtual_time
async def test_a_late_thread_that_is_only_to_be_reported_is_reported_once_until_it_pats() -> None:
    parts = WatchedParts.of(Monitored("pump", 20.0, REPORT))
    await parts.until(100.0)
    assert len(parts.problems) == 1
    assert parts.late == ["pump"]
    assert parts.manager.is_well
    await parts.pat_at(100.0, "pump")
    assert parts.late == []
    await parts.until(121.0)
    assert len(parts.problems) == 2
    assert parts.stops == []


@in_virtual_time
async def test_a_late_actor_with_a_run_is_restarted_and_given_time() -> None:
    class Patient(Actor):
        begun = 0
        late_after_s = 1e9

        @property
        @override
        def monitored_names(self) -> Sequence[MonitoredName]:
            return [MonitoredName(self.name, 20.0)]

        @override
        async def run(self) -> None:
            self.begun += 1
            await asyncio.Event().wait()

    actor = Patient("patient")
    parts = WatchedParts.of(actor)
    await parts.until(45.0)
    assert actor.begun == 2
    assert len(parts.problems) == 1
    assert parts.manager.is_well
    assert parts.stops == []
    await parts.until(75.0)
    assert len(parts.problems) == 2, "it still hangs, after its new start"
    await stopped(parts, actor)


@in_virtual_time
async def test_an_actor_whose_run_has_ended_is_not_expected_to_pat() -> None:
    class Ending(Actor):
        runs = 0

        @property
        @override
        def monitored_names(self) -> Sequence[MonitoredName]:
            return [MonitoredName("ending", 20.0), MonitoredName("ending's thread", 60.0)]

        @override
        async def run(self) -> None:
            self.runs += 1

    parts = WatchedParts.of(actor := Ending("ending"))
    await parts.until(50.0)
    assert [problem.cause for problem in parts.problems] == ["ended"]
    assert [one.name for one in parts.manager.monitored()] == ["ending's thread"]
    assert parts.manager.is_well
    await parts.until(70.0)
    assert actor.runs == 1
    assert [code for _, code in parts.stops] == [70], "nothing brings a thread back"
    await stopped(parts, actor)


@in_virtual_time
async def test_a_communicator_may_have_several_names_or_none() -> None:
    house = Monitored("house", 20.0, REPORT, names=["pump", "valve"])
    parts = WatchedParts.of(house, Communicator("quiet"))
    assert [one.name for one in parts.manager.monitored()] == ["pump", "valve"]
    await parts.pat_at(15.0, "pump")
    await parts.until(21.0)
    assert parts.late == ["valve"]


@in_virtual_time
async def test_a_name_that_is_refused_leaves_no_other_unwatched() -> None:
    valve = Monitored("valve", 20.0, REPORT, names=["pump", "valve"])
    parts = WatchedParts.of(Monitored("pump", 20.0, REPORT), valve)
    assert [one.name for one in parts.manager.monitored()] == ["pump", "valve"]
    (problem,) = parts.problems
    assert "'pump' is monitored already" in problem.details


def test_two_parts_with_one_monitored_name_are_refused() -> None:
    check_monitored_names([Monitored("pump"), Monitored("valve")])
    with pytest.raises(ValueError, match="'pump' and 'valve' both have the name 'meter'"):
        check_monitored_names(
            [Monitored("pump", names=["meter"]), Monitored("valve", names=["meter"])]
        )


@in_virtual_time
async def test_the_status_says_how_old_a_pat_is() -> None:
    parts = WatchedParts.of(Monitored("pump", 20.0))
    await parts.pat_at(5.0, "pump")
    await parts.until(12.0)
    (pump,) = parts.manager.monitored()
    assert (pump.name, pump.timeout_s, pump.late) == ("pump", 20.0, False)
    assert pump.pat_age_s == pytest.approx(7.0, abs=0.01)


@in_virtual_time
async def test_what_begins_later_is_watched_from_then_on_and_what_ends_no_more() -> None:
    pump = Monitored("pump", 20.0, REPORT)
    parts = WatchedParts.of()
    await parts.until(100.0)
    parts.manager.add_monitored_name(MonitoredName("extra", 30.0), pump)
    await parts.until(129.0)
    assert parts.late == []
    await parts.until(131.0)
    assert parts.late == ["extra"]
    parts.manager.remove_monitored_name("extra")
    parts.manager.remove_monitored_name("never known")
    assert parts.manager.monitored() == ()


@in_virtual_time
async def test_nobody_is_late_once_the_node_stops() -> None:
    parts = WatchedParts.of(Monitored("pump", 20.0))
    await parts.until(19.0)
    parts.manager.stop()
    await parts.until(1_000.0)
    assert parts.problems == []
    assert parts.late == []


# Mistakes, and messages that are no pats


@in_virtual_time
async def test_a_pat_of_an_unknown_name_is_a_problem_and_nothing_else() -> None:
    """Hazard 13: the original stopped the node."""
    family = Family()
    await family.start()
    for _ in range(5):
        family.child.container.message_bus().send(pat_of("stranger"))
    await family.clock.sleep(1.0)
    await family.stop()
    told = [text for text in problems(family.child, family.broker) if "stranger" in text]
    (only,) = told
    assert only.startswith("'stranger' pats the watchdog, which does not watch it")
    assert family.child.proactor.exit_code == 0


@in_virtual_time
async def test_a_pat_from_a_peer_counts_for_nobody() -> None:
    parts = WatchedParts.of(Monitored("pump", 20.0, REPORT))
    header = Header("pump", WATCHDOG_NAME)
    received = Received("upstream", "gw/x", False, header, {})
    for payload in (PatInternalWatchdog(), PatExternalWatchdog()):
        parts.manager.process_message(Message(header, payload, received))
    await parts.until(20.1)
    assert parts.late == ["pump"]
    assert parts.external.pats == 0
    assert [(one.subject, one.cause) for one in parts.problems[:2]] == [
        ("upstream", "pat from a peer")
    ] * 2


@in_virtual_time
async def test_a_message_that_is_no_pat_is_not_for_the_watchdog() -> None:
    assert WatchedParts.of().manager.process_message(to_actor("x", WATCHDOG_NAME, 1)) == NOT_FOR_ME


@in_virtual_time
async def test_a_name_that_is_monitored_twice_is_reported_and_all_others_are_watched() -> None:
    wrong = Monitored("wrong", 20.0, REPORT, names=["pump"])
    parts = WatchedParts.of(Monitored("pump"), wrong, Monitored("valve"))
    assert [one.name for one in parts.manager.monitored()] == ["pump", "valve"]
    (problem,) = parts.problems
    assert problem.subject == "wrong"
    assert "'pump' is monitored already" in problem.summary


@in_virtual_time
async def test_the_external_watchdog_can_be_patted_by_a_message_while_all_is_well() -> None:
    parts = WatchedParts.of(Monitored("pump", 20.0, STOP))
    message = to_actor("x", WATCHDOG_NAME, PatExternalWatchdog())
    parts.manager.process_message(message)
    assert parts.external.pats == 1
    await parts.until(20.1)
    parts.manager.process_message(message)
    assert parts.external.pats == 1


# Clocks, stalls and a bus that is behind


@pytest.mark.parametrize("step_s", [3_600.0, -3_600.0, 10 * YEAR_S, -10 * YEAR_S])
@in_virtual_time
async def test_a_step_of_the_wall_clock_makes_nobody_late_and_hides_nobody(step_s: float) -> None:
    """Hazard 20: the original compared wall clock times."""
    parts = WatchedParts.of(Monitored("pump", 20.0, REPORT), Monitored("hung", 50.0, REPORT))
    for second in (10, 20, 30, 40):
        await parts.pat_at(second, "pump")
        parts.clock.step_wall(step_s)
    await parts.until(49.9)
    assert parts.late == []
    await parts.until(50.1)
    assert parts.late == ["hung"]
    assert parts.problems[0].summary.startswith("'hung' has not patted the watchdog for 50.0 s")


def stall(parts: WatchedParts | Family, seconds: float) -> None:
    """Let the loop stand still: time passes, and nothing is done."""
    loop = parts.clock.loop
    selector = getattr(loop, "_jumping")  # noqa: B009 # the virtual loop has no public way
    selector.now_s += seconds


@in_virtual_time
async def test_a_stall_of_the_loop_makes_nobody_late_who_could_not_pat() -> None:
    parts = WatchedParts.of(Monitored("pump", 20.0))

    async def pat_for_ever() -> None:
        while True:
            parts.bus.send(pat_of("pump"))
            await parts.clock.sleep(10.0)

    task = asyncio.create_task(pat_for_ever())
    await parts.until(15.0)
    stall(parts, 300.0)
    await parts.until(1_000.0)
    assert parts.problems == []
    task.cancel()


@in_virtual_time
async def test_what_hangs_is_late_after_a_stall_too() -> None:
    parts = WatchedParts.of(Monitored("pump", 20.0, REPORT))
    await parts.until(15.0)
    stall(parts, 300.0)
    await parts.until(334.0)
    assert parts.late == []
    await parts.until(335.1)
    assert parts.late == ["pump"]


@in_virtual_time
async def test_what_hangs_is_late_in_the_end_though_the_loop_is_always_behind() -> None:
    parts = WatchedParts.of(Monitored("pump", 20.0, REPORT))

    async def hold_up() -> None:
        while True:
            stall(parts, 0.5)
            await parts.clock.sleep(0.01)

    task = asyncio.create_task(hold_up())
    await parts.until(30.0)
    assert parts.late == ["pump"]
    task.cancel()


@pytest.mark.parametrize("from_thread", [True, False])
@in_virtual_time
async def test_pats_that_wait_in_the_bus_are_taken_before_anybody_is_called_late(
    from_thread: bool,
) -> None:
    """When a busy loop comes to the deadline, a pat in time may not have been handed over yet."""
    parts = WatchedParts.of(Monitored("pump", 20.0))

    def pat_and_be_busy() -> None:
        send = parts.bus.send_threadsafe if from_thread else parts.bus.send
        send(pat_of("pump"))
        stall(parts, 0.99 * HELD_UP_S_MIN)

    parts.clock.call_at(20.0 - 0.5 * HELD_UP_S_MIN, pat_and_be_busy)
    await parts.until(39.0)
    assert parts.problems == []


@in_virtual_time
async def test_a_pat_that_waits_behind_many_messages_of_actors_is_taken_first() -> None:
    """On a node's own bus, where those of threads overtake them."""
    family = Family()
    family.child.container.registry().add_communicator(Monitored("pump", 20.0))
    family.child.proactor.start()
    bus = family.child.container.message_bus()

    def write_much_and_be_busy() -> None:
        for number in range(4 * MESSAGES_PER_TURN):
            bus.send(to_actor("x", "recorder", number))
        bus.send(pat_of("pump"))
        stall(family, 0.99 * HELD_UP_S_MIN)

    family.clock.call_at(20.0 - 0.5 * HELD_UP_S_MIN, write_much_and_be_busy)
    await family.clock.sleep(39.0)
    assert family.child.proactor.exit_code == 0
    assert problems(family.child, family.broker) == []
    await family.child.proactor.stop_and_join()


@in_virtual_time
async def test_who_is_late_is_found_as_soon_as_a_full_bus_has_room_again() -> None:
    parts = WatchedParts.of(Monitored("pump", 20.0, REPORT))
    parts.bus.has_room = False
    await parts.until(25.0)
    assert parts.late == [], "whether its pat waits in the bus is not known"
    parts.bus.has_room = True
    await parts.until(26.1)
    assert parts.late == ["pump"]


@in_virtual_time
async def test_a_bus_that_stays_full_hides_nobody_for_long() -> None:
    parts = WatchedParts.of(Monitored("pump", 20.0, REPORT))
    parts.bus.has_room = False
    await parts.until(32.0)
    assert parts.late == ["pump"]


async def stopped(parts: WatchedParts, actor: Actor) -> None:
    parts.manager.stop()
    parts.supervisor.stopping()
    parts.supervisor.stop(actor)
    await parts.supervisor.join(actor)
