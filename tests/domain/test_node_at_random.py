"""The whole core against a random broker, random peers and a random store.

Every step is checked by the driver: the core never sleeps too long and never spins, and nothing is
forgotten twice. While upstream is active and an event is stored that is not in quarantine, one is
in flight, or its next try is due within 60 s. At the end everything answers, and everything must
have arrived, in the end from the quarantine too.
"""

import random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gwproactor.domain import decisions as d
from gwproactor.domain import facts as f
from gwproactor.domain.link_state import StateName
from gwproactor.domain.node import NodeCore, UploadOrder
from gwproactor.domain.payloads import Shutdown
from gwproactor.domain.subscription import QOS
from gwproactor.domain.upload import Way
from tests.support.core_driver import (
    EXTRA,
    CoreDriver,
    any_event,
    link_spec,
    node_spec,
    problems,
)

POISONS = ("gridworks.event.poison", "gridworks.event.other.poison")
KILLER = "gridworks.event.killer"
LINKS = st.sampled_from(["up", "kid", "far"])
CHOICE = st.randoms(use_true_random=False)


class RandomNode(RuleBasedStateMachine):
    """Two links on one broker, one on another."""

    upload_order = UploadOrder.LIVE_FIRST

    def __init__(self) -> None:
        super().__init__()
        links = (link_spec("up"), link_spec("kid"), link_spec("far", broker="c"))
        spec = node_spec(*links, reupload_window=2, un_acked_max=6, upload_order=self.upload_order)
        core = NodeCore(spec)
        self.node = CoreDriver(core, is_up=True, grants=0, acking={"up", "kid", "far"})
        self.node.start()
        self.events = 0

    @rule(seconds=st.sampled_from([0.0, 0.005, 0.01, 0.5, 2.5, 5.0, 30.0, 61.0]))
    def time_passes(self, seconds: float) -> None:
        self.node.run(seconds)

    @rule(is_up=st.booleans())
    def brokers_come_and_go(self, is_up: bool) -> None:
        self.node.is_up = is_up

    @rule(broker=st.sampled_from("bc"))
    def connection_is_lost(self, broker: str) -> None:
        self.node.disconnect(broker)

    @rule(code=st.sampled_from([0, 0, 128, None]))
    def access_list_changes(self, code: int | None) -> None:
        self.node.grants = code

    @rule(request=st.integers(1, 40))
    def stale_suback(self, request: int) -> None:
        link = self.node.core.links.values()
        if not any(request in each.subscriptions.requests for each in link):
            self.node.feed(f.SubscribeAcked("b", request, (0,)))

    @rule(link=LINKS)
    def peer_falls_silent(self, link: str) -> None:
        self.node.acking.discard(link)

    @rule(link=LINKS)
    def peer_comes_back(self, link: str) -> None:
        self.node.acking.add(link)
        self.node.hear(link=link)

    @rule(link=LINKS, retained=st.booleans(), from_peer=st.booleans())
    def message_arrives(self, link: str, retained: bool, from_peer: bool) -> None:
        self.node.feed(
            self.node.arriving(
                Shutdown(), link, message_id="m", retained=retained, from_peer=from_peer
            )
        )

    @rule(link=LINKS, message_id=st.sampled_from(["x", "y", ""]))
    def event_arrives(self, link: str, message_id: str) -> None:
        self.node.hear(any_event(message_id), link)

    @rule(link=LINKS, message_id=st.sampled_from(["s", "t", ""]), ack=st.booleans())
    def application_sends(self, link: str, message_id: str, ack: bool) -> None:
        self.node.feed(f.MessageSent(link, message_id, ack))

    @rule(count=st.sampled_from([1, 1, 3, 120]))
    def application_generates(self, count: int) -> None:
        for _ in range(count):
            self.events += 1
            self.node.generate(f"e{self.events}")

    @rule(type_name=st.sampled_from([*POISONS, KILLER]), count=st.sampled_from([1, 1, 8]))
    def application_generates_poison(self, type_name: str, count: int) -> None:
        self.node.unacked_types, self.node.killing_types = {*POISONS}, {KILLER}
        for _ in range(count):
            self.events += 1
            self.node.generate(f"e{self.events}", type_name)

    @rule(sinks=st.booleans())
    def peers_sink_fails_or_not(self, sinks: bool) -> None:
        self.node.sinks = sinks

    @rule(minutes=st.sampled_from([10, 60]))
    def much_time_passes(self, minutes: int) -> None:
        self.node.run(60.0 * minutes)

    @rule()
    def quarantine_is_read(self) -> None:
        self.node.feed(self.node.read_quarantine())

    @rule(link=LINKS, adds=st.booleans())
    def filters_change(self, link: str, adds: bool) -> None:
        routes = self.node.core.brokers[self.node.link(link).spec.broker].routes
        if not adds:
            self.node.feed(f.SubscriptionRemoved(link, EXTRA))
        elif routes.refusal(link, EXTRA) is None:
            self.node.feed(f.SubscriptionAdded(link, EXTRA, QOS.AtMostOnce))

    @rule(link=LINKS, choice=CHOICE)
    def late_or_wrong_ack(self, link: str, choice: random.Random) -> None:
        ids = [publish.header.message_id for publish in self.node.all(d.Publish)]
        self.node.ack(choice.choice(ids or ["x"]), link)

    @rule()
    def time_passes_early(self) -> None:
        self.node.feed(f.TimePassed())

    @rule(reads=st.booleans())
    def store_hangs_or_not(self, reads: bool) -> None:
        self.node.reads = reads
        if reads:
            self.answer_all()

    @precondition(lambda self: not self.node.reads)
    @rule()
    def store_fails(self) -> None:
        reads: list[d.ReadBacklog | d.ReadRetries] = [
            *self.node.all(d.ReadBacklog),
            *self.node.all(d.ReadRetries),
        ]
        for read in reads:
            self.node.feed(f.ReadFailed(read.round, "disk"))

    @invariant()
    def something_goes_on_while_something_is_stored(self) -> None:
        node, uploads = self.node, self.node.core.uploads
        free = node.stored.keys() - node.quarantined.keys()
        if not node.link("up").is_active or not free or not node.reads:
            return
        next_s = uploads.next_s()
        is_due = next_s is not None and next_s <= node.now_s + 60
        assert is_due or any(uploads.in_flight(number) for number in node.stored)

    @invariant()
    def memory_is_bounded(self) -> None:
        uploads = self.node.core.uploads
        waiting = len(uploads.retries.waiting), len(uploads.alone.suspects)
        assert max(waiting) <= 6
        assert len(uploads.un_acked) - sum(waiting) <= 6 + 2 + 2  # with the window, and reports

    def answer_all(self) -> None:
        for backlog in self.node.all(d.ReadBacklog):
            self.node.feed(self.node.read(backlog))
        for retries in self.node.all(d.ReadRetries):
            self.node.feed(self.node.read_retries(retries))

    def teardown(self) -> None:
        node = self.node
        node.reads = node.sinks = True
        node.unacked_types, node.killing_types = set(), set()
        self.answer_all()
        node.is_up, node.grants, node.acking = True, 0, {"up", "kid", "far"}
        node.run(400)

        assert {node.state(name) for name in node.core.links} == {StateName.ACTIVE}
        assert node.stored.keys() == node.quarantined.keys()
        node.run(4 * 3600)
        assert node.stored == {}
        assert node.core.uploads.un_acked == {}
        told = problems([decision for _, decision in node.log])
        assert not [problem for problem in told if "input" in problem.summary]

        node.feed(f.StopAsked("end"))
        node.run(3)
        assert node.core.stopped
        assert node.stored == {}
        assert node.core.wake_s is None


class StrictRandomNode(RandomNode):
    """One event un-acked at a time, and the report of one that blocks."""

    upload_order = UploadOrder.STRICT

    @invariant()
    def one_event_is_un_acked(self) -> None:
        uploads = self.node.core.uploads.un_acked.values()
        assert sum(not u.quarantined and u.way is not Way.REPORT for u in uploads) <= 1


TestRandomNode: Any = RandomNode.TestCase
TestRandomNode.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
TestStrictRandomNode: Any = StrictRandomNode.TestCase
TestStrictRandomNode.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
