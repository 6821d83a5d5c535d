"""`LinkTransport` on paho-mqtt: attempts, one after the other, and the connection they lead to."""

import asyncio
from collections.abc import Iterable, Sequence

from gwproactor.adapters.mqtt.address import BrokerAddress
from gwproactor.adapters.mqtt.attempts import Attempts, Opened
from gwproactor.adapters.mqtt.connection import Connection
from gwproactor.adapters.mqtt.login import Login
from gwproactor.adapters.mqtt.resolver import RESOLVER, Resolver
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.publication import bad_publication
from gwproactor.domain.subscription import QOS, Subscription
from gwproactor.domain.topic import bad_filter
from gwproactor.ports.link_transport import (
    ClientLog,
    ConnectFailed,
    NotConnected,
    PublishFailed,
    TransportListener,
)


class PahoLinkTransport:
    """See the port. MQTT 3.1.1, clean session, the same client id at each connect; no thread of its
    own, but for the moments in which the files of *login* are read: names are looked up in one
    thread that all transports share.

    Beyond the port `publish` fails while more than 10,000 packets or 16 MiB are not yet sent (what
    is to be sent together counts as one packet), and, for QoS 1 and 2, while 1,000 messages are not
    yet acknowledged. paho writes its log to *logger*: each packet at level DEBUG, without payloads.
    """

    def __init__(
        self,
        address: BrokerAddress,
        *,
        login: Login | None = None,
        logger: ClientLog | None = None,
        resolver: Resolver = RESOLVER,
    ) -> None:
        self._address = address
        self._attempts = Attempts(address, login, resolver)
        self._logger = logger
        self._listener: TransportListener | None = None
        self._opening: asyncio.Task[Outcome[Opened, ConnectFailed]] | None = None
        self._deadline = 0.0
        self._connection: Connection | None = None
        self._disconnecting = asyncio.Lock()

    def listen(self, listener: TransportListener) -> None:
        assert self._listener is None, "listen is called once"
        self._listener = listener

    def enable_logger(self, logger: ClientLog) -> None:
        self._log_to(logger)

    def disable_logger(self) -> None:
        self._log_to(None)

    def connect(self) -> None:
        assert self._listener is not None, "listen comes before connect"
        if self._opening is not None or self._connection is not None:
            return
        loop = asyncio.get_running_loop()
        self._deadline = loop.time() + self._address.connect_timeout_s
        self._opening = loop.create_task(
            self._attempts.open(self._deadline),
            name=f"mqtt connect {self._address}",
        )
        self._opening.add_done_callback(self._opened)

    def publish(
        self, topic: str, payload: bytes, qos: QOS, *, retain: bool = False
    ) -> Outcome[None, NotConnected | PublishFailed]:
        connection = self._accepted()
        if connection is None:
            return Failure(NotConnected())
        refusal = bad_publication(topic, len(payload))
        if refusal is not None:
            return Failure(PublishFailed(refusal))
        return connection.publish(topic, payload, qos, retain)

    def subscribe(
        self, request: int, subscriptions: Sequence[Subscription]
    ) -> Outcome[None, NotConnected]:
        assert _are_sendable(topic_filter for topic_filter, _ in subscriptions), subscriptions
        connection = self._accepted()
        if connection is None:
            return Failure(NotConnected())
        return connection.subscribe(request, subscriptions)

    def unsubscribe(self, topic_filters: Sequence[str]) -> Outcome[None, NotConnected]:
        assert _are_sendable(topic_filters), topic_filters
        connection = self._accepted()
        if connection is None:
            return Failure(NotConnected())
        return connection.unsubscribe(topic_filters)

    async def disconnect(self) -> None:
        # Who comes second waits until the first is through.
        async with self._disconnecting:
            opening, self._opening = self._opening, None
            connection, self._connection = self._connection, None
            if opening is not None:
                opening.cancel()
                await asyncio.wait([opening])
                _discard(opening)
            if connection is not None:
                await connection.close()

    def _opened(self, opening: "asyncio.Task[Outcome[Opened, ConnectFailed]]") -> None:
        if opening is not self._opening:
            return
        self._opening = None
        assert self._listener is not None
        match opening.result():
            case Success(opened):
                self._connection = Connection(
                    opened.address,
                    opened.sock,
                    deadline=self._deadline,
                    listener=self._listener,
                    ended=self._ended,
                    logger=self._logger,
                )
            case Failure(failure):
                self._listener.connect_failed(failure)

    def _ended(self) -> None:
        self._connection = None

    def _accepted(self) -> Connection | None:
        connection = self._connection
        return connection if connection is not None and connection.accepted else None

    def _log_to(self, logger: ClientLog | None) -> None:
        self._logger = logger
        if self._connection is not None:
            self._connection.log_to(logger)


def _are_sendable(topic_filters: Iterable[str]) -> bool:
    """Whether MQTT allows a packet with these filters; there must be one at least."""
    reasons = [bad_filter(topic_filter) for topic_filter in topic_filters]
    return bool(reasons) and not any(reasons)


def _discard(opening: "asyncio.Task[Outcome[Opened, ConnectFailed]]") -> None:
    """Close the socket of an attempt that came through before it could be cancelled."""
    if not opening.cancelled() and opening.exception() is None:
        match opening.result():
            case Success(opened):
                opened.sock.close()
            case Failure():
                pass
