"""What whoever comes to the node reads first."""

import pytest
from attrs import evolve

from gwproactor.adapters.web.answers import answers, broken, heard, stored, title
from gwproactor.adapters.web.level import Level
from gwproactor.adapters.web.link_words import MEANING
from gwproactor.adapters.web.markup import Markup
from gwproactor.domain.health import health_of
from gwproactor.domain.link_state import StateName
from gwproactor.domain.status import Health, NodeStatus
from tests.support.statuses import LINK, NODE, NOW_MS, STORE, node_of

WELL = Health()
SINK_FULL = evolve(STORE, sink_trouble="disk is full")


def test_a_node_that_is_heard_says_by_whom_and_when() -> None:
    answer = heard(NODE)

    assert (answer.level, answer.words) == (Level.OK, "heard by d1.house")
    assert "2 s ago" in answers(NODE, WELL).html


@pytest.mark.parametrize("state", [state.value for state in StateName if state.value != "active"])
def test_only_an_active_upstream_link_is_heard(state: str) -> None:
    answer = heard(node_of(link=evolve(LINK, state=state)))

    assert answer.words == "not heard by d1.house"
    assert answer.level is not Level.OK


def test_every_state_of_a_link_has_its_words() -> None:
    assert MEANING.keys() == set(StateName)


def test_a_node_without_broker_says_which_one_and_when_it_tries_again() -> None:
    status = node_of(link=evolve(LINK, state="connecting", next_try_s=7.3, last_heard_ms=None))

    shown = answers(status, WELL).html

    assert "no connection to the broker at localhost:1883. Next try in 7 s." in shown
    assert "It was not heard since this node started." in shown


def test_a_refused_password_is_said_in_words() -> None:
    why = "it refuses user or password (connack 5)"
    link = evolve(LINK, state="connecting", no_broker=why)

    assert f"to the broker at localhost:1883: {why}." in answers(node_of(link=link), WELL).html


def test_another_link_that_is_silent_is_named_beside_the_upstream_one() -> None:
    admin = evolve(LINK, name="admin", upstream=False, state="awaiting_peer")
    answer = heard(evolve(NODE, links=(LINK, admin)))

    assert (answer.level, answer.words) == (Level.WARN, "heard by d1.house")
    assert answer.more[-1] == "Not heard: admin."


def test_a_parent_counts_which_of_its_children_are_heard() -> None:
    children = [evolve(LINK, name=f"child {n}", upstream=False) for n in range(6)]
    silent = [evolve(child, state="connecting") for child in children[:4]]

    everybody = heard(evolve(NODE, links=tuple(children)))
    some = heard(evolve(NODE, links=(*silent, *children[4:])))

    assert (everybody.level, everybody.words) == (Level.OK, "all 6 peers are heard")
    assert (some.level, some.words) == (Level.WARN, "2 of 6 peers heard")
    assert some.more == ("Not heard: child 0, child 1, child 2 and 1 more.",)


def test_the_only_peer_of_a_parent_is_heard_or_not() -> None:
    child = evolve(LINK, name="child", upstream=False)

    assert heard(node_of(link=child)).words == "its peer is heard"
    silent = heard(node_of(link=evolve(child, state="awaiting_peer")))
    assert (silent.words, silent.more) == ("its peer is not heard", ("Not heard: child.",))


def test_a_node_without_links_is_no_alarm() -> None:
    assert heard(evolve(NODE, links=())).level is Level.OFF


@pytest.mark.parametrize(
    ("status", "level", "words"),
    [
        (NODE, Level.OK, "3 events wait"),
        (node_of(store=evolve(STORE, pending=1)), Level.OK, "1 event waits"),
        (node_of(store=evolve(STORE, pending=0, pending_bytes=0)), Level.OK, "nothing waits"),
        (node_of(store=evolve(STORE, quarantined=2)), Level.WARN, "3 events wait"),
        (node_of(store=evolve(STORE, pending_bytes=460_000_000)), Level.BAD, "3 events wait"),
        (node_of(store=evolve(STORE, trouble="disk full")), Level.BAD, "the store fails"),
        (node_of(link=evolve(LINK, upstream=False)), Level.OFF, "nothing waits"),
        (node_of(store=SINK_FULL), Level.BAD, "the event sink fails"),
        (
            node_of(link=evolve(LINK, upstream=False), store=SINK_FULL),
            Level.BAD,
            "the event sink fails",
        ),
    ],
)
def test_what_is_stored_is_good_bad_or_no_matter(
    status: NodeStatus, level: Level, words: str
) -> None:
    answer = stored(status)

    assert (answer.level, answer.words) == (level, words)


def test_a_store_that_keeps_nothing_does_not_pass_for_one_that_has_delivered_everything() -> None:
    null = evolve(STORE, kind="NullEventStore", keeps=False, pending=0, pending_bytes=0)
    answer = stored(node_of(store=null))

    assert (answer.level, answer.words) == (Level.OFF, "nothing is kept")
    assert "lost" in str(answer.more)
    assert "acknowledged." not in str(answer.more)
    assert "Room" not in str(answer.more)


def test_the_time_that_is_left_is_told() -> None:
    text = "Room for about 10 days without the parent."

    assert text in stored(node_of(store=evolve(STORE, hours_left=240.0))).more
    assert text not in stored(node_of(store=evolve(STORE, hours_left=None))).more


def test_all_reasons_why_a_node_is_not_well_are_told() -> None:
    answer = broken(NODE, Health(("actor 'a' failed", "'b' is late")))

    assert (answer.level, answer.words) == (Level.BAD, "not well")
    assert answer.more == ("Actor 'a' failed.", "'b' is late.")


def test_a_stop_that_was_asked_for_is_no_breakage() -> None:
    stopping = evolve(NODE, stopping=True)

    assert broken(stopping, health_of(stopping)).level is Level.WARN


def test_a_well_node_tells_of_its_last_problem() -> None:
    (more,) = broken(NODE, WELL).more

    assert isinstance(more, Markup)
    assert "60 s ago" in more.html
    assert "no answer" in more.html
    assert broken(evolve(NODE, problems=()), WELL).more == ("No problem since the start.",)


def test_the_title_tells_the_worst() -> None:
    silent = node_of(link=evolve(LINK, state="awaiting_peer", since_ms=NOW_MS))

    assert title(NODE, WELL) == "d1.house.scada: all is well"
    assert title(silent, WELL) == "d1.house.scada: not heard by d1.house"
    assert title(silent, Health(("it burns",))) == "d1.house.scada: not well"
