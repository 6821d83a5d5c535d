"""The thin shell around the core: facts go in one at a time, decisions are carried out in order.

Everything that changes the state of links and events passes through `dispatch`, on the loop
thread.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Final, assert_never

from gwproactor.app.background import Background
from gwproactor.app.broker_listener import BrokerListener
from gwproactor.app.delivery import Delivery
from gwproactor.app.link_log import LinkLog
from gwproactor.app.own_events import OwnEvents
from gwproactor.app.sink_watch import SinkWatch
from gwproactor.app.store_answers import Read, StoreAnswers
from gwproactor.app.store_news import SINK, STORE, problem_of, trouble_after
from gwproactor.domain import decisions as d
from gwproactor.domain import facts as f
from gwproactor.domain.events import Event
from gwproactor.domain.moment import Chance, Moment
from gwproactor.domain.node import NodeCore
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.raised import raised_problem
from gwproactor.domain.stored_event import StoredEvent
from gwproactor.domain.subscription import QOS
from gwproactor.domain.supervision import GOES_THROUGH
from gwproactor.ports.clock import Clock, Timer
from gwproactor.ports.codec import Codec, UnknownType
from gwproactor.ports.event_log import Fate
from gwproactor.ports.event_sink import Kept, ReceivedEvent, SinkAnswer, SinkBusy
from gwproactor.ports.event_store import EventStore, StoreNews
from gwproactor.ports.link_transport import LinkTransport, PublishFailed

LOG: Final = logging.getLogger("gwproactor")

# A core that fails when time passes wants it to pass again, at once: that would not end.
AGAIN_S: Final = 1.0


class Engine:
    """Feeds the core and performs what it decides. Loop thread only."""

    def __init__(
        self,
        core: NodeCore,
        *,
        transports: Mapping[str, LinkTransport],
        codecs: Mapping[str, Codec],
        own_events: OwnEvents,
        store: EventStore,
        sink: SinkWatch,
        delivery: Delivery,
        log: LinkLog,
        clock: Clock,
        chance: Chance,
        message_bytes_max: int,
    ) -> None:
        self.core = core
        self.log = log
        self.finished = asyncio.Event()
        # What the store, or the sink, cannot do now; empty: it works.
        self.store_trouble = ""
        self.sink_trouble = ""
        self._transports = transports
        self._codecs = codecs
        self._own_events = own_events
        self._home = own_events.intake.home
        self._store = store
        self._sink = sink
        self._delivery = delivery
        self._clock = clock
        self._chance = chance
        self._message_bytes_max = message_bytes_max
        self._facts: deque[f.Fact] = deque()
        self._started = False
        self._busy = False
        self._timer: Timer | None = None
        self._timer_s = 0.0
        self._not_before_s = 0.0
        self._reads = Background()
        self._disconnects = Background()
        self._answers = StoreAnswers(store, self._fault_of)
        store.listen(self._store_news)
        sink.listen(self._sink_news)
        delivery.supervisor.listen(self.dispatch)
        for broker, transport in transports.items():
            transport.listen(BrokerListener(broker, self.dispatch, self.received, log))

    @property
    def is_running(self) -> bool:
        """Whether links and events work: from the start to the end of the stop."""
        return self._started and not self.core.stopped

    def start(self) -> None:
        """Begin to connect; the store and the sink are open."""
        self._started = True
        self.dispatch(f.NodeStarted())

    def stop_now(self) -> None:
        """Stop without waiting for anybody, if the node has not stopped."""
        if self.is_running:
            self.dispatch(f.StopNow("the node's task was cancelled"))

    def dispatch(self, fact: f.Fact) -> None:
        """Let the core decide about *fact*, and perform its decisions.

        From within a decision's performance: queued, and dealt with before the outer call returns.
        """
        self._facts.append(fact)
        if self._busy:
            return
        self._busy = True
        try:
            while self._facts:
                self._step(self._facts.popleft())
        finally:
            self._busy = False
            self._arm()

    def received(self, broker: str, topic: str, data: bytes, *, retained: bool) -> None:
        """A message arrived by *broker*'s connection: find its link and decode it."""
        owner = self.core.brokers[broker].routes.owner(topic)
        if owner is None:
            self.dispatch(f.StrayArrived(broker, topic))
            return
        if len(data) > self._message_bytes_max:
            detail = (
                f"{len(data)} bytes; the limit (message_bytes_max) is {self._message_bytes_max}"
            )
            self.dispatch(f.UnreadableArrived(owner.link_name, topic, detail))
            return
        codec = self._codecs[owner.link_name]
        match codec.decode(owner.link_name, topic, data, retained=retained):
            case Success(message):
                self.log.received(topic, message)
                self.dispatch(f.MessageArrived(owner.link_name, message, owner.from_peer))
            case Failure(unreadable):
                type_name = unreadable.type_name if isinstance(unreadable, UnknownType) else None
                detail = str(unreadable)
                self.dispatch(f.UnreadableArrived(owner.link_name, topic, detail, type_name))

    async def close(self) -> None:
        """End what runs in the background, once the connections are closed cleanly."""
        if self._timer is not None:
            self._timer.cancel()
        await self._disconnects.end()
        await self._reads.cancel()

    # Performing

    def _step(self, fact: f.Fact) -> None:
        """An exception here is a bug of ours or of an adapter: the rest must go on all the same."""
        try:
            decisions = self.core.decide(fact, self._moment())
        except GOES_THROUGH:
            raise
        except BaseException as error:
            if isinstance(fact, f.TimePassed):
                self._not_before_s = self._clock.monotonic_s() + AGAIN_S
            LOG.exception("deciding about %s failed", type(fact).__name__)
            if not isinstance(fact, f.ProblemFound):
                self._facts.append(_bug("decide", type(fact).__name__, error))
            return
        for decision in decisions:
            try:
                self._perform(decision)
            except GOES_THROUGH:
                raise
            except BaseException as error:
                LOG.exception("performing %s failed", type(decision).__name__)
                self._facts.append(_bug("perform", type(decision).__name__, error))

    def _perform(self, decision: d.Decision) -> None:
        match decision:
            case d.Publish():
                self._publish(decision)
            case d.Forget():
                self._store.clear(decision.number)
                self._home.settle(decision.number, decision.message_id, Fate.DELIVERED)
            case d.Keep():
                self._keep(decision)
            case d.Deliver():
                self._deliver(decision)
            case d.Raise():
                self.dispatch(self._own_events.take(decision.event))
            case d.ReadBacklog() | d.ReadRetries() | d.ReadQuarantine() | d.ReadOldest():
                self._reads.run(self._read(decision), "read the event store")
            case d.Quarantine():
                self._store.quarantine(decision.event)
            case d.Release():
                self._store.end_quarantine(decision.type_name)
            case d.Drop():
                self._store.clear(decision.number)
                self._home.settle(decision.number, decision.message_id, Fate.DROPPED)
            case d.Connect():
                self._transports[decision.broker].connect()
            case d.Disconnect():
                disconnect = self._transports[decision.broker].disconnect()
                self._disconnects.run(disconnect, "disconnect")
            case d.Subscribe():
                self._transports[decision.broker].subscribe(
                    decision.request, decision.subscriptions
                )
            case d.Unsubscribe():
                self._transports[decision.broker].unsubscribe(decision.topic_filters)
            case d.Announce():
                self._announce(decision)
            case d.FinishStop():
                self.finished.set()
            case _:
                assert_never(decision)

    def _publish(self, publish: d.Publish) -> None:
        codec = self._codecs[publish.link_name]
        body = publish.body
        payload = body if isinstance(body, bytes) else codec.encode_payload(body)
        data = codec.envelope(publish.header, payload)
        result = self._transports[publish.broker].publish(publish.topic, data, QOS.AtMostOnce)
        match result:
            case Success():
                self.log.sent(publish.topic, publish.header, body)
            case Failure(PublishFailed() as failed):
                self.dispatch(
                    f.ProblemFound(
                        "transport",
                        publish.link_name,
                        "publish",
                        f"link {publish.link_name!r} could not send {publish.header.message_type}",
                        str(failed),
                    )
                )
            case _:
                pass

    def _keep(self, keep: d.Keep) -> None:
        received, event = keep.message.received, keep.message.payload
        assert received is not None, "only what was received is kept"
        assert isinstance(event, Event), "only events are kept"
        link = self.core.links[keep.link_name]
        kept = ReceivedEvent(
            src=event.src or link.spec.peer_long_name,
            message_id=keep.message.header.message_id,
            type_name=event.type_name,
            payload=self._codecs[keep.link_name].encode_json(received.payload_json),
            sequence=received.wire_header.sequence,
        )
        match self._sink.put(kept, partial(self._kept, keep)):
            case Failure(refused):
                busy = isinstance(refused, SinkBusy)
                self.dispatch(f.EventNotKept(keep.link_name, str(refused), busy=busy))
            case _:
                pass

    def _kept(self, keep: d.Keep, answer: SinkAnswer) -> None:
        match answer:
            case Success(kept):
                self._relay(kept)
                self.dispatch(
                    f.EventKept(keep.link_name, keep.message, keep.from_peer, kept.duplicate)
                )
            case Failure(failed):
                self.dispatch(f.EventNotKept(keep.link_name, str(failed)))

    def _relay(self, kept: Kept) -> None:
        if kept.relayed is not None:
            pending_bytes = self._store.content().pending_bytes
            self.dispatch(f.EventAccepted.of(kept.relayed, pending_bytes))

    def _deliver(self, deliver: d.Deliver) -> None:
        spec = self.core.links[deliver.link_name].spec
        fact = self._delivery.deliver(spec, deliver.message)
        if fact is not None:
            self.dispatch(fact)

    def _announce(self, announce: d.Announce) -> None:
        self.log.changed(announce.transition)
        self._delivery.announce(announce.transition)

    # What the store answers, and what it finds by itself

    async def _read(self, read: Read) -> None:
        for fact in await self._answers.to(read):
            self.dispatch(fact)

    def _fault_of(self, event: StoredEvent) -> str | None:
        upstream = self.core.upstream
        assert upstream is not None, "only what goes upstream is stored"
        return self._codecs[upstream.name].unreadable(event)

    def _store_news(self, news: StoreNews) -> None:
        found = problem_of(STORE, news)
        self.store_trouble = trouble_after(news, self.store_trouble)
        LOG.info("%s: %s", found.summary, found.details)
        self.dispatch(found)

    def _sink_news(self, news: StoreNews) -> None:
        self.sink_trouble = trouble_after(news, self.sink_trouble)
        self.dispatch(problem_of(SINK, news))

    # Time

    def _moment(self) -> Moment:
        return Moment(self._clock.monotonic_s(), self._clock.wall_ms(), self._chance)

    def _arm(self) -> None:
        if self.core.wake_s is None:
            return
        wake_s = max(self.core.wake_s, self._not_before_s)
        if self._timer is not None and self._timer_s <= wake_s:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_s = wake_s
        self._timer = self._clock.call_at(wake_s, self._time_passed)

    def _time_passed(self) -> None:
        self._timer = None
        self.dispatch(f.TimePassed())


def _bug(doing: str, what: str, error: BaseException) -> f.ProblemFound:
    return raised_problem("bug", what, doing, f"the node failed to {doing} {what}", error)
