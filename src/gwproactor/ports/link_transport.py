"""One MQTT connection to one broker, shared by the links that use this broker."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

import attrs

from gwproactor.domain.outcome import Outcome
from gwproactor.domain.subscription import QOS, Subscription


@attrs.frozen
class ConnectFailed:
    """A connection could not be made or was refused.

    `cause` is a short, stable name of the kind of failure, one of those in `domain.outage`, or
    "connack"; `detail` is for people. `code` is the broker's CONNACK code (MQTT 3.1.1 §3.2.2.3)
    where it gave one.
    """

    cause: str
    detail: str
    code: int | None = None

    def __str__(self) -> str:
        return f"{self.cause}: {self.detail}"


@attrs.frozen
class Disconnected:
    """A connection ended that nobody here asked to end."""

    detail: str

    def __str__(self) -> str:
        return self.detail


@attrs.frozen
class NotConnected:
    """Nothing was sent: there is no connection."""

    def __str__(self) -> str:
        return "not connected to the broker"


@attrs.frozen
class PublishFailed:
    """The client refused the message; nothing was sent."""

    detail: str

    def __str__(self) -> str:
        return self.detail


class ClientLog(Protocol):
    """Takes the lines of an MQTT client's own log; a `logging.Logger` is one."""

    @abstractmethod
    def log(self, level: int, msg: str, *args: object) -> None: ...


class TransportListener(Protocol):
    """Who hears of a connection. Every method is called on the loop thread, never from within a
    call of the transport's own methods.
    """

    @abstractmethod
    def connected(self) -> None:
        """The broker accepted (CONNACK code 0)."""
        ...

    @abstractmethod
    def connect_failed(self, failure: ConnectFailed) -> None:
        """The attempt begun by `connect` is over."""
        ...

    @abstractmethod
    def disconnected(self, reason: Disconnected) -> None:
        """An accepted connection is gone; what was not delivered is lost."""
        ...

    @abstractmethod
    def subscribe_acked(self, request: int, codes: Sequence[int]) -> None:
        """SUBACK of `subscribe(request, …)`: one code for each filter, in order (MQTT 3.1.1
        §3.9.3): the granted QoS, or 128 and above for refused.
        """
        ...

    @abstractmethod
    def received(self, topic: str, payload: bytes, *, retained: bool) -> None:
        """A message arrived. `retained` is the RETAIN flag: the broker had kept it."""
        ...


class LinkTransport(Protocol):
    """One broker connection. Called from the loop thread only; no method blocks it.

    It makes one attempt for each `connect` and has no back-off of its own: when to try again is
    decided in the domain. After `connect_failed` or `disconnected`, `connect` may be called again;
    the host name is then resolved anew.
    """

    @abstractmethod
    def listen(self, listener: TransportListener) -> None:
        """Set who hears of this connection; called once, before `connect`."""
        ...

    @abstractmethod
    def connect(self) -> None:
        """Begin one attempt; it ends in `connected` or `connect_failed` within its timeout.

        Without effect while connecting or connected.
        """
        ...

    @abstractmethod
    def publish(
        self, topic: str, payload: bytes, qos: QOS, *, retain: bool = False
    ) -> Outcome[None, NotConnected | PublishFailed]:
        """Hand a message to the client. Success says nothing about delivery.

        Fails: NotConnected; PublishFailed (topic with wildcards or too long, payload over 256 MiB).
        """
        ...

    @abstractmethod
    def subscribe(
        self, request: int, subscriptions: Sequence[Subscription]
    ) -> Outcome[None, NotConnected]:
        """Send one SUBSCRIBE packet; its SUBACK comes as `subscribe_acked(request, …)`."""
        ...

    @abstractmethod
    def unsubscribe(self, topic_filters: Sequence[str]) -> Outcome[None, NotConnected]:
        """Send one UNSUBSCRIBE packet."""
        ...

    @abstractmethod
    def enable_logger(self, logger: ClientLog) -> None:
        """Have the client write to *logger* what it does, from now on; without payloads."""
        ...

    @abstractmethod
    def disable_logger(self) -> None:
        """Have the client write no log from now on; so it begins."""
        ...

    @abstractmethod
    async def disconnect(self) -> None:
        """Give up an attempt, or send DISCONNECT and close; returns when the socket is closed.

        What was handed to `publish` is written first, for at most 1 s. Tells the listener nothing.
        Idempotent.
        """
        ...
