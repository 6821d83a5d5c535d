"""Turns what one broker's transport says into facts."""

from collections.abc import Callable, Sequence
from typing import Protocol

import attrs

from gwproactor.app.link_log import LinkLog
from gwproactor.domain import facts as f
from gwproactor.ports.link_transport import ConnectFailed, Disconnected


class Receive(Protocol):
    """Where the messages of *broker* go."""

    def __call__(self, broker: str, topic: str, data: bytes, *, retained: bool) -> None: ...


@attrs.frozen
class BrokerListener:
    """Listens to the transport of *broker*. Loop thread only."""

    broker: str
    tell: Callable[[f.Fact], None]
    receive: Receive
    log: LinkLog

    def connected(self) -> None:
        self.log.broker(self.broker, "connected")
        self.tell(f.BrokerConnected(self.broker))

    def connect_failed(self, failure: ConnectFailed) -> None:
        # Each CONNACK code is a cause of its own: "unavailable" may turn into "bad password".
        cause = failure.cause if failure.code is None else f"{failure.cause} {failure.code}"
        self.log.broker(self.broker, f"connect failed: {cause}")
        self.tell(f.BrokerConnectFailed(self.broker, cause, failure.detail))

    def disconnected(self, reason: Disconnected) -> None:
        self.log.broker(self.broker, f"disconnected: {reason.detail}")
        self.tell(f.BrokerDisconnected(self.broker, reason.detail))

    def subscribe_acked(self, request: int, codes: Sequence[int]) -> None:
        self.tell(f.SubscribeAcked(self.broker, request, tuple(codes)))

    def received(self, topic: str, payload: bytes, *, retained: bool) -> None:
        self.receive(self.broker, topic, payload, retained=retained)
