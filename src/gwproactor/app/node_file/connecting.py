"""`gwproactor check --connect`: whether the brokers of a node can be reached, and take it."""

import asyncio
from collections.abc import Sequence

import attrs

from gwproactor.app.assembly import assemble
from gwproactor.app.node_file.prepare import PreparedNode
from gwproactor.app.settings import MQTTClient, ProactorSettings
from gwproactor.domain.outage import outage_words
from gwproactor.ports.link_transport import ConnectFailed, Disconnected, LinkTransport


@attrs.frozen
class BrokerTried:
    """What came of an attempt; `failure` is None if the broker accepted."""

    broker: str
    address: str
    client_id: str
    failure: ConnectFailed | None

    def __str__(self) -> str:
        where = f"broker {self.broker!r} at {self.address}"
        if self.failure is None:
            return f"{where}: accepted, as {self.client_id!r}"
        code = "" if self.failure.code is None else f" {self.failure.code}"
        return f"{where}: {outage_words(self.failure.cause + code)}: {self.failure.detail}"


def try_brokers(ready: PreparedNode) -> Sequence[BrokerTried]:
    """Connect to each broker that is used, once and all at the same time, and disconnect.

    Under another client id than the node's, and from any port: the node may run meanwhile.
    """
    with asyncio.Runner() as runner:
        return runner.run(_try_brokers(ready))


async def _try_brokers(ready: PreparedNode) -> Sequence[BrokerTried]:
    suffix = f"check-{ready.container().chance().new_id()[:8]}"
    settings = _beside_the_node(ready.settings, suffix)
    transports = assemble(settings, ready.container_class).link_transports()
    failures = await asyncio.gather(*map(_failure, transports.values()))
    return [
        _tried(name, settings.every_broker[name], failure)
        for name, failure in zip(transports, failures, strict=True)
    ]


def _beside_the_node(settings: ProactorSettings, suffix: str) -> ProactorSettings:
    """A broker ends the connection of whoever else comes with the same client id."""
    others = {
        name: broker.model_copy(
            update={
                "client_id": f"{broker.client_id or settings.long_name}-{suffix}",
                "bind_port": 0,
            }
        )
        for name, broker in settings.used_brokers.items()
    }
    in_table = {name: others.get(name, broker) for name, broker in settings.brokers.items()}
    fields = {name: broker for name, broker in others.items() if name not in in_table}
    return settings.model_copy(update={"brokers": in_table, **fields})


async def _failure(transport: LinkTransport) -> ConnectFailed | None:
    listener = _Listener(asyncio.get_running_loop().create_future())
    transport.listen(listener)
    transport.connect()
    try:
        return await listener.outcome
    finally:
        await transport.disconnect()


def _tried(name: str, broker: MQTTClient, failure: ConnectFailed | None) -> BrokerTried:
    host = f"[{broker.host}]" if ":" in broker.host else broker.host
    scheme = "mqtts" if broker.tls.use_tls else "mqtt"
    address = f"{scheme}://{host}:{broker.effective_port()}"
    return BrokerTried(name, address, broker.client_id, failure)


@attrs.frozen
class _Listener:
    """Hears how the first attempt ends."""

    outcome: "asyncio.Future[ConnectFailed | None]"

    def connected(self) -> None:
        self._end(None)

    def connect_failed(self, failure: ConnectFailed) -> None:
        self._end(failure)

    def disconnected(self, reason: Disconnected) -> None:
        pass

    def subscribe_acked(self, request: int, codes: Sequence[int]) -> None:
        pass

    def received(self, topic: str, payload: bytes, *, retained: bool) -> None:
        pass

    def _end(self, failure: ConnectFailed | None) -> None:
        if not self.outcome.done():
            self.outcome.set_result(failure)
