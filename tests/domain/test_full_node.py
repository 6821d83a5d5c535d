"""A core whose store is full: what it drops and reports while its link comes and goes."""

import attrs

from gwproactor.domain import decisions as d
from gwproactor.domain.events import StoreDroppedEvent
from gwproactor.domain.node import NodeCore
from tests.support.core_driver import CoreDriver, node_spec, of, sent_ids

LIMIT = 1_010


def active_node() -> CoreDriver:
    """Its store takes ten events of `fill` and some small ones; its peer acks nothing more."""
    node = CoreDriver(NodeCore(attrs.evolve(node_spec(), store_bytes_max=LIMIT)))
    node.activate()
    return node


def fill(node: CoreDriver, *names: str) -> list[d.Decision]:
    """Generate an event of a hundred bytes for each name."""
    return [one for name in names for one in node.generate(name, payload=b"x" * 100)]


def reports(node: CoreDriver) -> list[StoreDroppedEvent]:
    events = (raised.event for raised in node.all(d.Raise))
    return [event for event in events if isinstance(event, StoreDroppedEvent)]


def number_of(node: CoreDriver, message_id: str) -> int:
    [number] = [n for n, event in node.stored.items() if event.message_id == message_id]
    return number


def test_what_is_sent_and_un_acked_is_not_dropped() -> None:
    node = active_node()
    fill(node, *"abcdefghijklm")
    assert (node.dropped, reports(node)) == ([], [])


def test_what_goes_back_to_the_store_may_be_dropped() -> None:
    node = active_node()
    fill(node, *"abcdefghij")
    node.disconnect()
    oldest = [number_of(node, name) for name in "ab"]
    fill(node, "k")
    assert node.dropped[:2] == oldest
    assert (reports(node)[0].first_number, reports(node)[0].count) == (oldest[0], 2)
    assert node.core.stats.events_dropped == 2


def test_what_was_dropped_is_not_sent_again_and_its_late_ack_is_nothing() -> None:
    node = active_node()
    fill(node, *"abcdefghij")
    node.disconnect()
    fill(node, "k")
    node.connect()
    node.suback()
    assert of(d.Forget, node.ack("a")) == []
    sent = sent_ids(node.hear())
    node.ack_all()
    assert {"a", "b"}.isdisjoint([*sent, *sent_ids(node.feed())])
    assert node.stored == {}


def test_what_is_acked_while_it_is_read_is_not_reported() -> None:
    node = active_node()
    fill(node, *"abcdefghij")
    node.disconnect()
    numbers = {name: number_of(node, name) for name in "abc"}
    node.reads = False
    [read] = of(d.ReadOldest, fill(node, "k"))
    found = node.read_oldest(read)
    node.connect()
    assert [forget.message_id for forget in of(d.Forget, node.ack("b"))] == ["b"]
    node.feed(found)
    assert numbers["b"] not in node.dropped
    assert node.dropped[:2] == [numbers["a"], numbers["c"]]
    assert reports(node)[0].count == 2


def test_a_report_that_was_sent_stays_as_it_is() -> None:
    node = active_node()
    fill(node, *"abcdefghij")
    node.disconnect()
    fill(node, "k")
    node.connect()
    node.suback()
    node.hear()  # active: the window is sent, and nothing acked
    node.disconnect()
    fill(node, *"lmnopqrstu")
    assert reports(node)[0].message_id in node.stored_ids()
    told = [one for one in reports(node) if one.message_id in node.stored_ids()]
    assert sum(report.count for report in told) == node.core.stats.events_dropped
