"""An MQTT broker in this process, and `LinkTransport`s to it: no sockets, no threads, no waiting.

Whatever is handed over arrives in a later turn of the loop, in the order of the calls; so the same
calls give the same history, on a real loop as in virtual time.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

import attrs

from gwproactor.adapters.memory.message_rules import (
    MessageRule,
    Published,
    Treatment,
    Which,
    every_message,
)
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.publication import bad_publication
from gwproactor.domain.subscription import QOS, Subscription
from gwproactor.domain.topic import bad_filter, filter_matches
from gwproactor.ports.clock import Clock
from gwproactor.ports.link_transport import (
    ClientLog,
    ConnectFailed,
    Disconnected,
    NotConnected,
    PublishFailed,
    TransportListener,
)

REFUSED: Final = 128  # MQTT 3.1.1 §3.9.3
LOG_LEVEL: Final = 10  # logging.DEBUG


class MemoryBroker:
    """Routes every message as QoS 0 and grants the QoS asked for. Called from the loop thread only.

    A message goes once to each filter that matches it, so twice to a client with overlapping
    filters, as real brokers may do (MQTT 3.1.1 §3.3.5). Without *clock* messages cannot be delayed.
    `published` holds what reached the broker, dropped messages included; `retained` by topic.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.published: list[Published] = []
        self.retained: dict[str, Published] = {}
        self._clock = clock
        self._is_running = True
        self._sessions: dict[str, _Session] = {}
        self._rules: list[MessageRule] = []
        self._refused_filters: dict[str, int] = {}
        self._refused_clients: dict[str, int] = {}
        self._refuses_all: int | None = None

    @property
    def clients(self) -> tuple[str, ...]:
        """The names of the connected clients, the longest connected first."""
        return tuple(self._sessions)

    def transport(self, client_name: str) -> "MemoryLinkTransport":
        """A transport to this broker. Of two with one name the later to connect stays connected."""
        return MemoryLinkTransport(self, client_name)

    def stop(self) -> None:
        """Lose all connections and refuse new ones until `start`; retained messages are kept."""
        self._is_running = False
        for session in list(self._sessions.values()):
            self._lose(session, "the broker stopped")

    def start(self) -> None:
        self._is_running = True

    def cut(self, client_name: str) -> None:
        """Lose the connection of one client, with all that is under way on it, if it has one."""
        session = self._sessions.get(client_name)
        if session is not None:
            self._lose(session, "the connection was cut")

    def refuse_login(self, code: int, client_name: str | None = None) -> None:
        """Answer CONNACK *code* (1 to 5) from now on, to one client or (None) to all."""
        if client_name is None:
            self._refuses_all = code
        else:
            self._refused_clients[client_name] = code

    def accept_logins(self) -> None:
        """Refuse no login from now on."""
        self._refuses_all = None
        self._refused_clients.clear()

    def refuse_filter(self, topic_filter: str, code: int = REFUSED) -> None:
        """Answer *code* in SUBACKs for *topic_filter* from now on."""
        self._refused_filters[topic_filter] = code

    def accept_filters(self) -> None:
        """Refuse no filter from now on."""
        self._refused_filters.clear()

    def drop(self, which: Which = every_message) -> MessageRule:
        """Lose messages that reach the broker. Of several rules the first made is applied."""
        return self._add_rule(Treatment.DROP, which)

    def delay(self, seconds: float, which: Which = every_message) -> MessageRule:
        """Route messages *seconds* after they reach the broker. Raises ValueError without clock."""
        if self._clock is None:
            raise ValueError("messages can be delayed only by a MemoryBroker with a clock")
        return self._add_rule(Treatment.DELAY, which, seconds)

    def hold(self, which: Which = every_message) -> MessageRule:
        """Keep messages back until the rule is lifted."""
        return self._add_rule(Treatment.HOLD, which)

    def _add_rule(self, treatment: Treatment, which: Which, delay_s: float = 0.0) -> MessageRule:
        rule = MessageRule(treatment, which, delay_s, self._lift)
        self._rules.append(rule)
        return rule

    def _lift(self, rule: MessageRule) -> None:
        if rule in self._rules:
            self._rules.remove(rule)
            if rule.treatment is Treatment.HOLD:
                for message in rule.treated:
                    _soon(self._route, message)

    # What transports call, each from a turn of the loop of its own.

    def _admit(self, transport: "MemoryLinkTransport") -> Outcome["_Session", ConnectFailed]:
        name = transport.client_name
        if not self._is_running:
            return Failure(ConnectFailed("tcp", "Connection refused"))
        code = self._refused_clients.get(name, self._refuses_all)
        if code is not None:
            return Failure(ConnectFailed("connack", f"refused with code {code}", code))
        if name in self._sessions:
            self._lose(self._sessions[name], "another client connected with the same name")
        session = self._sessions[name] = _Session(transport)
        return Success(session)

    def _receive(self, session: "_Session", message: Published) -> None:
        if not session.is_alive:
            return
        self.published.append(message)
        rule = next((r for r in self._rules if r.which(message.topic, message.payload)), None)
        if rule is None:
            self._route(message)
            return
        rule.treated.append(message)
        if rule.treatment is Treatment.DELAY:
            assert self._clock is not None
            due_s = self._clock.monotonic_s() + rule.delay_s
            self._clock.call_at(due_s, partial(self._route, message))

    def _subscribe(
        self, session: "_Session", request: int, subscriptions: Sequence[Subscription]
    ) -> None:
        if not session.is_alive:
            return
        codes = [self._refused_filters.get(topic, int(qos)) for topic, qos in subscriptions]
        session.tell(lambda listener: listener.subscribe_acked(request, codes))
        for (topic_filter, qos), code in zip(subscriptions, codes, strict=True):
            if code >= REFUSED:
                continue
            session.filters[topic_filter] = qos
            for message in self.retained.values():
                if filter_matches(topic_filter, message.topic):
                    session.hand(message, retained=True)

    def _unsubscribe(self, session: "_Session", topic_filters: Sequence[str]) -> None:
        for topic_filter in topic_filters:
            session.filters.pop(topic_filter, None)

    def _log_out(self, session: "_Session", done: "asyncio.Future[None]") -> None:
        self._forget(session)
        if not done.done():
            done.set_result(None)

    def _route(self, message: Published) -> None:
        if message.retain and message.payload:
            self.retained[message.topic] = message
        elif message.retain:
            self.retained.pop(message.topic, None)
        for session in self._sessions.values():
            for topic_filter in session.filters:
                if filter_matches(topic_filter, message.topic):
                    session.hand(message, retained=False)

    def _lose(self, session: "_Session", detail: str) -> None:
        self._forget(session)
        _soon(session.transport._lost, session, Disconnected(detail))

    def _forget(self, session: "_Session") -> None:
        session.is_alive = False
        if self._sessions.get(session.transport.client_name) is session:
            del self._sessions[session.transport.client_name]


@attrs.define(eq=False)
class _Session:
    """A client's connection, as the broker sees it."""

    transport: "MemoryLinkTransport"
    filters: dict[str, QOS] = attrs.Factory(dict)
    is_alive: bool = True

    def hand(self, message: Published, *, retained: bool) -> None:
        self.tell(lambda to: to.received(message.topic, message.payload, retained=retained))

    def tell(self, what: "Callable[[TransportListener], None]") -> None:
        # A turn each: what one listener raises must not keep others from hearing.
        _soon(self.transport._hear, self, what)


class MemoryLinkTransport:
    """See the port; made by `MemoryBroker.transport`."""

    def __init__(self, broker: MemoryBroker, client_name: str) -> None:
        self.client_name = client_name
        self._broker = broker
        self._listener: TransportListener | None = None
        self._attempt: asyncio.Handle | None = None
        self._session: _Session | None = None
        self._logger: ClientLog | None = None

    def listen(self, listener: TransportListener) -> None:
        assert self._listener is None, "listen is called once"
        self._listener = listener

    def connect(self) -> None:
        assert self._listener is not None, "listen comes before connect"
        if self._attempt is None and self._session is None:
            self._log("CONNECT as %s", self.client_name)
            self._attempt = _soon(self._try)

    def publish(
        self, topic: str, payload: bytes, qos: QOS, *, retain: bool = False
    ) -> Outcome[None, NotConnected | PublishFailed]:
        if self._session is None:
            return Failure(NotConnected())
        refusal = bad_publication(topic, len(payload))
        if refusal is not None:
            return Failure(PublishFailed(refusal))
        self._log("PUBLISH %s, %d bytes", topic, len(payload))
        message = Published(self.client_name, topic, payload, qos, retain)
        _soon(self._broker._receive, self._session, message)
        return Success(None)

    def subscribe(
        self, request: int, subscriptions: Sequence[Subscription]
    ) -> Outcome[None, NotConnected]:
        assert _are_sendable(topic_filter for topic_filter, _ in subscriptions), subscriptions
        if self._session is None:
            return Failure(NotConnected())
        self._log("SUBSCRIBE %s", [topic_filter for topic_filter, _ in subscriptions])
        _soon(self._broker._subscribe, self._session, request, tuple(subscriptions))
        return Success(None)

    def unsubscribe(self, topic_filters: Sequence[str]) -> Outcome[None, NotConnected]:
        assert _are_sendable(topic_filters), topic_filters
        if self._session is None:
            return Failure(NotConnected())
        _soon(self._broker._unsubscribe, self._session, tuple(topic_filters))
        return Success(None)

    def enable_logger(self, logger: ClientLog) -> None:
        self._logger = logger

    def disable_logger(self) -> None:
        self._logger = None

    async def disconnect(self) -> None:
        if self._attempt is not None:
            self._attempt.cancel()
            self._attempt = None
        session, self._session = self._session, None
        if session is not None:
            done = asyncio.get_running_loop().create_future()
            _soon(self._broker._log_out, session, done)
            await done

    def _log(self, msg: str, *args: object) -> None:
        if self._logger is not None:
            self._logger.log(LOG_LEVEL, msg, *args)

    def _try(self) -> None:
        self._attempt = None
        assert self._listener is not None
        match self._broker._admit(self):
            case Success(session):
                self._session = session
                self._listener.connected()
            case Failure(failure):
                self._listener.connect_failed(failure)

    def _hear(self, session: _Session, what: Callable[[TransportListener], None]) -> None:
        if session is self._session and session.is_alive:
            assert self._listener is not None
            what(self._listener)

    def _lost(self, session: _Session, reason: Disconnected) -> None:
        if session is self._session:
            self._session = None
            assert self._listener is not None
            self._listener.disconnected(reason)


def _soon(callback: Callable[..., None], *arguments: object) -> asyncio.Handle:
    return asyncio.get_running_loop().call_soon(callback, *arguments)


def _are_sendable(topic_filters: Iterable[str]) -> bool:
    """Whether MQTT allows a packet with these filters; there must be one at least."""
    reasons = [bad_filter(topic_filter) for topic_filter in topic_filters]
    return bool(reasons) and not any(reasons)
