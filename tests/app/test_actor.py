"""Actors: what the base class answers, and how one is loaded by name."""

from pathlib import Path

import pytest

from gwproactor import (
    NOT_FOR_ME,
    Actor,
    ActorLoadError,
    EventLog,
    ShNode,
    StateName,
    Transition,
    TransitionName,
    to_actor,
)
from gwproactor.adapters.clock import LoopClock, SystemChance
from gwproactor.adapters.memory import MemoryEventLog
from gwproactor.app.supervision.problems import actor_problem
from gwproactor.testing.virtual_time import in_virtual_time


class Valve(Actor):
    """Needs a port."""

    def __init__(self, name: str, *, event_log: EventLog, node: ShNode | None = None) -> None:
        super().__init__(name, node=node)
        self.event_log = event_log


class SafetyValve(Valve):
    """A kind of valve."""


NO_CLASS = 7


def memory_log() -> EventLog:
    return MemoryEventLog(LoopClock(), SystemChance())


def test_an_actor_is_called_as_its_node_is_shown_or_else_by_its_name() -> None:
    shown = ShNode(name="v1", display_name="Valve of the hall")
    assert Actor("v1", node=shown).alias == "Valve of the hall"
    assert Actor("v1", node=ShNode(name="v1")).alias == "v1"
    assert Actor("v1").alias == "v1"


def test_an_actor_acts_for_its_node_or_else_for_one_of_its_own_name() -> None:
    node = ShNode(name="v1", actor_class="Valve")
    assert Actor("v1", node=node).node is node
    assert Actor("v2").node == ShNode(name="v2")


@in_virtual_time
async def test_the_base_class_does_nothing_and_asks_for_nothing() -> None:
    actor = Actor("v1")
    actor.init()
    actor.start()
    moved = (StateName.NOT_STARTED, StateName.CONNECTING)
    actor.link_changed(Transition("up", TransitionName.START_CALLED, *moved))
    await actor.stop_and_join()
    assert actor.process_message(to_actor("x", "v1", 1)) is NOT_FOR_ME
    assert list(actor.monitored_names) == []


def test_an_actor_is_loaded_by_class_and_module_and_given_its_ports() -> None:
    log = memory_log()
    valve = Valve.load("v1", "SafetyValve", __name__, event_log=log)
    assert type(valve) is SafetyValve
    assert (valve.name, valve.event_log) == ("v1", log)


def test_the_base_class_loads_any_actor() -> None:
    assert type(Actor.load("v1", "Actor", "gwproactor")) is Actor


@pytest.mark.parametrize(
    ("class_name", "module_name", "words"),
    [
        ("Valve", "no.such.module", "cannot load 'Valve' in module 'no.such.module'.*'no'"),
        ("Volve", __name__, "there is no class 'Volve' in module"),
        ("Actor", __name__, "'Actor' in module .* is no subclass of Valve"),
        ("Path", "pathlib", "'Path' in module 'pathlib'.* is no subclass of Valve"),
        ("NO_CLASS", __name__, "'NO_CLASS' in module .* is no subclass of Valve"),
    ],
)
def test_what_cannot_be_loaded_is_refused_with_where_it_was_looked_for(
    class_name: str, module_name: str, words: str
) -> None:
    with pytest.raises(ActorLoadError, match=words) as refused:
        Valve.load("v1", class_name, module_name, event_log=memory_log())
    assert "'v1'" in str(refused.value)


def test_a_module_that_needs_another_that_is_missing_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "needy_valve.py").write_text("import no_such_driver\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ActorLoadError, match="No module named 'no_such_driver'"):
        Valve.load("v1", "Valve", "needy_valve", event_log=memory_log())


def test_ports_that_the_class_does_not_take_are_refused() -> None:
    with pytest.raises(TypeError, match="event_lock"):
        Valve.load("v1", "SafetyValve", __name__, event_lock=memory_log())


def test_an_exception_that_cannot_be_printed_is_reported_all_the_same() -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise LookupError

    assert "MuteError" in actor_problem("pump", "process_message", MuteError()).summary
