"""What follows when a call of a communicator raises, or a part of the node fails."""

import asyncio
from functools import partial

import pytest
from typing_extensions import override

from gwproactor import (
    HANDLED,
    Actor,
    Communicator,
    Failure,
    FailurePolicy,
    Message,
    Outcome,
    StateName,
    Transition,
    TransitionName,
    to_actor,
)
from gwproactor.adapters.memory import SeededChance, VirtualClock
from gwproactor.app.stop_switch import NodeStopSwitch
from gwproactor.app.supervision.supervisor import EXIT_GIVEN_UP, HISTORIES_MAX, Supervisor
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.supervision import SupervisionState
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.noted_calls import NotedCalls

REPORT, RESTART, STOP_NODE = FailurePolicy.REPORT, FailurePolicy.RESTART, FailurePolicy.STOP_NODE
BROKEN = ProblemFound("thread", "boiler", "broken", "the boiler is broken")
MOVED = Transition("up", TransitionName.START_CALLED, StateName.NOT_STARTED, StateName.CONNECTING)


class Desk:
    """A supervisor, and what comes out of it. Build it inside the loop."""

    def __init__(self) -> None:
        self.clock = VirtualClock(asyncio.get_running_loop())
        self.problems: list[ProblemFound] = []
        self.stops: list[tuple[str, int]] = []
        switch = NodeStopSwitch()
        switch.attach(lambda reason, exit_code: self.stops.append((reason, exit_code)))
        self.supervisor = Supervisor(switch, self.clock, SeededChance(1))
        self.supervisor.listen(self.problems.append)

    @property
    def causes(self) -> list[str]:
        return [problem.cause for problem in self.problems]


class Valve(NotedCalls):
    """Raises where and as often as it is told."""

    def __init__(self, **faults: int) -> None:
        super().__init__("valve")
        self.faults = faults

    @override
    def called(self, where: str) -> None:
        super().called(where)
        if self.faults.get(where, 0) > 0:
            self.faults[where] -= 1
            raise LookupError(where)

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        super().process_message(message)
        return Failure(ValueError("too hot")) if message.payload == "hot" else HANDLED


def note(payload: object = 1) -> Message[object]:
    return to_actor("x", "valve", payload)


# Calls (Hazard 13)


@in_virtual_time
async def test_an_exception_in_process_message_is_reported_and_the_fifth_stops_the_node() -> None:
    """Hazard 13: one exception does not, five within 60 s do."""
    desk, valve = Desk(), Valve(process_message=5)
    for _ in range(4):
        assert not desk.supervisor.hand_over(valve, note())
        await desk.clock.sleep(15.0)
    assert (desk.causes, desk.stops) == (["process_message LookupError"] * 4, [])
    desk.supervisor.hand_over(valve, note())
    [(reason, exit_code)] = desk.stops
    assert exit_code == EXIT_GIVEN_UP == 70
    assert "actor 'valve' failed in process_message: LookupError" in reason


@in_virtual_time
async def test_rare_exceptions_in_process_message_never_stop_the_node() -> None:
    """Hazard 13."""
    desk, valve = Desk(), Valve(process_message=100)
    for _ in range(100):
        desk.supervisor.hand_over(valve, note())
        await desk.clock.sleep(15.1)
    assert (len(desk.problems), desk.stops) == (100, [])


@in_virtual_time
async def test_an_exception_in_link_changed_counts_with_those_of_messages() -> None:
    """Hazard 13."""
    desk, valve = Desk(), Valve(link_changed=3, process_message=2)
    for _ in range(3):
        desk.supervisor.call(valve, "link_changed", lambda: valve.link_changed(MOVED))
    desk.supervisor.hand_over(valve, note())
    assert not desk.stops
    desk.supervisor.hand_over(valve, note())
    assert len(desk.stops) == 1
    assert desk.causes == ["link_changed LookupError"] * 3 + ["process_message LookupError"] * 2


@pytest.mark.parametrize(("policy", "stops"), [(REPORT, 0), (STOP_NODE, 1)])
@in_virtual_time
async def test_a_communicator_declares_what_follows(policy: FailurePolicy, stops: int) -> None:
    desk, valve = Desk(), Valve(process_message=10)
    valve.failure_policy = policy
    for _ in range(1 if stops else 10):
        desk.supervisor.hand_over(valve, note())
    assert len(desk.stops) == stops


@in_virtual_time
async def test_a_failure_that_is_returned_is_reported_and_never_counted() -> None:
    desk, valve = Desk(), Valve()
    for _ in range(10):
        assert desk.supervisor.hand_over(valve, note("hot"))
    assert (desk.causes, desk.stops) == (["process_message ValueError"] * 10, [])


# Start and stop


@in_virtual_time
async def test_a_start_that_fails_is_tried_again_and_an_actor_is_initialised_first() -> None:
    """Hazard 13: `start`."""
    order: list[str] = []

    class Pump(Actor):
        @override
        def init(self) -> None:
            order.append("init")

        @override
        def start(self) -> None:
            order.append("start")
            if len(order) < 4:
                raise OSError("no current")

        @override
        async def run(self) -> None:
            order.append("run")

    desk, pump = Desk(), Pump("pump")
    desk.supervisor.start(pump)
    assert desk.supervisor.status()[0].state is SupervisionState.RESTARTING
    await desk.clock.sleep(10.0)
    assert order == ["start", "init", "start", "init", "start", "run"]
    assert desk.causes == ["start OSError"] * 2
    assert desk.supervisor.status()[0].state is SupervisionState.ENDED
    desk.supervisor.stopping()


@in_virtual_time
async def test_a_start_that_always_fails_stops_the_node() -> None:
    """Hazard 13: `start`."""
    desk, valve = Desk(), Valve(start=100)
    desk.supervisor.start(valve)
    await desk.clock.sleep(60.0)
    assert (valve.calls, len(desk.stops)) == (["start"] * 5, 1)


@in_virtual_time
async def test_a_failing_start_may_be_only_reported() -> None:
    desk, valve = Desk(), Valve(start=100)
    valve.failure_policy = REPORT
    desk.supervisor.start(valve)
    await desk.clock.sleep(60.0)
    assert (valve.calls, desk.stops) == (["start"], [])
    assert desk.supervisor.status()[0].state is SupervisionState.FAILED


@in_virtual_time
async def test_while_the_node_stops_failures_are_reported_and_nothing_else() -> None:
    desk, valve = Desk(), Valve(start=1, stop=1, process_message=10)
    desk.supervisor.start(valve)
    desk.supervisor.stopping()
    desk.supervisor.stop(valve)
    for _ in range(5):
        desk.supervisor.hand_over(valve, note())
    desk.supervisor.failed("boiler", STOP_NODE, BROKEN)
    await desk.clock.sleep(60.0)
    assert valve.calls == ["start", "stop", *["process_message"] * 5]
    assert (len(desk.problems), desk.stops) == (8, [])


@in_virtual_time
async def test_messages_that_come_while_the_node_stops_are_no_problem() -> None:
    desk, reader = Desk(), Reader("reader")
    desk.supervisor.start(reader)
    desk.supervisor.stopping()
    desk.supervisor.stop(reader)
    await desk.supervisor.join(reader)
    desk.supervisor.hand_over(reader, note())
    assert (desk.problems, desk.supervisor.status()[0].inbox_dropped) == ([], 1)


# Whoever waits for processing


class Reader(Actor):
    """Reads two messages, then ends or fails."""

    fails = False

    @override
    async def run(self) -> None:
        for _ in range(2):
            await self.inbox.get()
            await self.sleep(10.0)
        if self.fails:
            raise LookupError


def told(desk: Desk, actor: Communicator, answers: list[str], *names: str) -> None:
    for name in names:
        message = to_actor("x", actor.name, name)
        desk.supervisor.hand_over(actor, message, partial(answers.append, name))


@pytest.mark.parametrize("payload", [1, "hot"])
@in_virtual_time
async def test_a_message_is_processed_when_process_message_has_returned(payload: object) -> None:
    desk, answers = Desk(), list[int]()
    desk.supervisor.hand_over(Valve(), note(payload), lambda: answers.append(1))
    desk.supervisor.hand_over(Valve(process_message=1), note(), lambda: answers.append(2))
    assert answers == [1, 2]


@pytest.mark.parametrize("fails", [False, True])
@in_virtual_time
async def test_a_run_has_processed_a_message_when_it_asks_for_the_next_or_is_at_an_end(
    fails: bool,
) -> None:
    desk, reader, answers = Desk(), Reader("reader"), list[str]()
    reader.fails, reader.failure_policy = fails, REPORT
    desk.supervisor.start(reader)
    told(desk, reader, answers, "first", "second", "third")
    await desk.clock.sleep(9.0)
    assert answers == []
    await desk.clock.sleep(2.0)
    assert answers == ["first"]
    await desk.clock.sleep(10.0)
    assert answers == ["first", "second", "third"]
    told(desk, reader, answers, "too late")
    assert answers[3:] == ["too late"]
    desk.supervisor.stopping()


@in_virtual_time
async def test_at_a_restart_what_was_being_processed_is_answered_and_the_rest_waits() -> None:
    class Once(Actor):
        runs = 0

        @override
        async def run(self) -> None:
            self.runs += 1
            async for _ in self.inbox:
                await self.sleep(1.0)
                if self.runs == 1:
                    raise LookupError

    desk, actor, answers = Desk(), Once("once"), list[str]()
    desk.supervisor.start(actor)
    told(desk, actor, answers, "first", "second")
    await desk.clock.sleep(1.1)
    assert answers == ["first"]
    await desk.clock.sleep(2.0)
    assert (actor.runs, answers) == (2, ["first", "second"])
    desk.supervisor.stopping()
    desk.supervisor.stop(actor)
    await desk.supervisor.join(actor)


@in_virtual_time
async def test_who_waits_for_a_message_that_found_the_inbox_full_is_answered_at_once() -> None:
    desk, reader, answers = Desk(), Reader("reader"), list[str]()
    desk.supervisor.start(reader)
    for _ in range(1_000):
        desk.supervisor.hand_over(reader, note())
    told(desk, reader, answers, "one too many")
    assert answers == ["one too many"]
    [problem] = desk.problems
    assert (problem.subject, problem.cause) == ("reader", "inbox")
    assert desk.supervisor.status()[0].inbox_dropped == 1
    assert desk.supervisor.status()[0].inbox_waiting == 1_000
    desk.supervisor.stopping()
    desk.supervisor.stop(reader)
    await desk.supervisor.join(reader)


@in_virtual_time
async def test_who_sends_to_an_actor_that_could_not_start_is_answered() -> None:
    class Unable(Actor):
        failure_policy = REPORT

        @override
        def start(self) -> None:
            raise LookupError

        @override
        async def run(self) -> None:
            await self.sleep(1e9)

    desk, actor, answers = Desk(), Unable("unable"), list[int]()
    desk.supervisor.start(actor)
    for number in (1, 2):
        desk.supervisor.hand_over(actor, note(number), partial(answers.append, number))
    assert answers == [1, 2]
    assert actor.inbox.dropped == 2


# Other parts of the node


@in_virtual_time
async def test_a_part_is_restarted_by_its_own_means_after_longer_and_longer_pauses() -> None:
    desk, times_s = Desk(), list[float]()

    def restart() -> None:
        times_s.append(desk.clock.monotonic_s())
        if len(times_s) < 3:
            raise OSError("still broken")

    assert desk.supervisor.failed("boiler", RESTART, BROKEN, restart)
    await desk.clock.sleep(30.0)
    assert desk.causes == ["broken", "restart OSError", "restart OSError"]
    first, second, third = times_s
    assert 0.25 <= first <= 0.5
    assert 0.5 <= second - first <= 1.0
    assert 1.0 <= third - second <= 2.0
    assert not desk.stops


@in_virtual_time
async def test_a_part_that_nothing_can_restart_stops_the_node() -> None:
    desk = Desk()
    assert not desk.supervisor.failed("boiler", RESTART, BROKEN)
    assert desk.stops == [("'boiler' failed 1 times, at last: the boiler is broken", 70)]


@in_virtual_time
async def test_who_finds_an_actor_late_by_its_pats_restarts_its_run() -> None:
    class Patting(Actor):
        runs = 0

        @override
        async def run(self) -> None:
            self.runs += 1
            await self.sleep(1e9)

    desk, actor = Desk(), Patting("patting")
    desk.supervisor.start(actor)
    await desk.clock.sleep(1.0)
    restart = desk.supervisor.restart_of("patting")
    assert desk.supervisor.failed("patting", RESTART, BROKEN, restart)
    await desk.clock.sleep(1.0)
    assert (actor.runs, desk.stops) == (2, [])
    desk.supervisor.stopping()
    desk.supervisor.stop(actor)
    await desk.supervisor.join(actor)


@in_virtual_time
async def test_what_has_no_run_or_one_that_ended_is_not_restarted_by_others() -> None:
    class Ending(Actor):
        @override
        async def run(self) -> None:
            pass

    desk = Desk()
    for actor in (Ending("ending"), Actor("without")):
        desk.supervisor.start(actor)
    await desk.clock.sleep(1.0)
    names = ("ending", "without", "unknown")
    assert [desk.supervisor.restart_of(name) for name in names] == [None] * 3
    assert [desk.supervisor.has_ended(name) for name in names] == [True, False, False]


@in_virtual_time
async def test_an_actor_whose_start_failed_is_started_again_whoever_asks() -> None:
    class Slow(Actor):
        starts = runs = 0

        @override
        def start(self) -> None:
            self.starts += 1
            if self.starts == 1:
                raise LookupError

        @override
        async def run(self) -> None:
            self.runs += 1
            await self.sleep(1e9)

    desk, actor = Desk(), Slow("slow")
    desk.supervisor.start(actor)
    restart = desk.supervisor.restart_of("slow")
    assert desk.supervisor.failed("slow", RESTART, BROKEN, restart)
    await desk.clock.sleep(10.0)
    assert (actor.starts, actor.runs) == (2, 1)
    desk.supervisor.stopping()
    desk.supervisor.stop(actor)
    await desk.supervisor.join(actor)


@in_virtual_time
async def test_the_memory_of_failures_is_bounded() -> None:
    desk = Desk()
    for number in range(HISTORIES_MAX + 10):
        desk.supervisor.failed(f"coroutine {number}", REPORT, BROKEN)
    assert len(desk.supervisor._histories) == HISTORIES_MAX


@in_virtual_time
async def test_communicators_are_shown_in_the_order_of_their_start() -> None:
    desk, valve = Desk(), Valve(process_message=1)
    desk.supervisor.start(valve)
    desk.supervisor.start(Actor("idle"))
    desk.supervisor.hand_over(valve, note())
    first, second = desk.supervisor.status()
    running = SupervisionState.RUNNING
    assert (first.name, first.class_name, first.state) == ("valve", "Valve", running)
    assert (first.failures, first.policy) == (1, RESTART)
    assert first.last_failure.startswith("actor 'valve' failed in process_message: LookupError")
    assert (second.name, second.failures) == ("idle", 0)
    desk.supervisor.stop(valve)
    assert desk.supervisor.status()[0].state is SupervisionState.STOPPED


@in_virtual_time
async def test_the_last_progress_of_a_communicator_is_its_last_call_to_a_second() -> None:
    desk, valve, idle = Desk(), Valve(), Communicator("idle")
    desk.supervisor.start(valve)
    desk.supervisor.start(idle)
    await desk.clock.sleep(100.0)
    for _ in range(50):
        desk.supervisor.hand_over(valve, note())
        await desk.clock.sleep(0.1)
    await desk.clock.sleep(9.0)
    ages_s = {status.name: status.progress_age_s for status in desk.supervisor.status()}
    assert ages_s == {"valve": pytest.approx(9.5, abs=0.6), "idle": pytest.approx(114.0)}
    desk.supervisor.stopping()


@in_virtual_time
async def test_a_message_in_the_inbox_is_no_progress_of_the_run() -> None:
    desk, reader = Desk(), Reader("reader")
    desk.supervisor.start(reader)
    desk.supervisor.hand_over(reader, note())
    await desk.clock.sleep(5.0)
    desk.supervisor.hand_over(reader, note())
    [status] = desk.supervisor.status()
    assert status.progress_age_s == pytest.approx(5.0)
    desk.supervisor.stopping()
    desk.supervisor.stop(reader)
    await desk.supervisor.join(reader)


@in_virtual_time
async def test_no_timer_runs_while_nobody_is_called() -> None:
    desk, valve = Desk(), Valve()
    desk.supervisor.start(valve)
    for _ in range(2):
        desk.supervisor.hand_over(valve, note())
        await desk.clock.sleep(1.5)
    loop = asyncio.get_running_loop()
    assert [timer for timer in loop._scheduled if not timer.cancelled()] == []  # type: ignore[attr-defined] # asyncio shows them nowhere
