"""The three nodes of a chaos run: child → relay → parent, over one broker, each with its folder."""

import json
from pathlib import Path
from typing import ClassVar, Self

import attrs

from gwproactor import Event, LinkSettings, MQTTClient, Paths, ProactorSettings, event_type
from gwproactor.app.settings import NO_TLS
from gwproactor.domain.node import UploadOrder
from tests.chaos.plan import NodeRole

# Shorter than most absences, so that messages to somebody dead are missed soon; longer than a
# loaded machine takes to answer.
ACK_TIMEOUT_S = 1.5
POLL_S = 1.0
# The actor that handles what a child sends.
RECEIVER = "receiver"


@attrs.frozen(kw_only=True)
class Happening(Event):
    """The child's event. The relay and the parent do not know its type."""

    wire: ClassVar = event_type("gridworks.event.chaos.happening")

    index: int
    text: str = "x" * 200


@attrs.frozen
class Family:
    """What a node process needs to know. `tag` is part of the names, as the broker may be shared.

    `trouble`: the seed of what goes wrong inside the nodes; None: nothing does. `lies`: the child's
    store calls durable what only its memory holds.
    """

    tag: str
    folder: Path
    host: str
    port: int
    rate: float
    strict: bool = False
    trouble: int | None = None
    lies: bool = False

    @classmethod
    def read(cls, text: str) -> Self:
        values = json.loads(text)
        return cls(**values | {"folder": Path(values["folder"])})

    def __str__(self) -> str:
        """What `read` reads."""
        return json.dumps(attrs.asdict(self) | {"folder": str(self.folder)})

    def long_name(self, role: NodeRole) -> str:
        names = {"parent": "", "relay": ".relay", "child": ".relay.child"}
        return f"chaos{self.tag}{names[role]}"

    def paths(self, role: NodeRole) -> Paths:
        return Paths(data_dir=self.folder / role)

    def settings(self, role: NodeRole) -> ProactorSettings:
        links = {
            "child": {"relay": self._link("relay", upstream=True)},
            "relay": {
                "parent": self._link("parent", upstream=True),
                "child": self._link("child", upstream=False),
            },
            "parent": {"relay": self._link("relay", upstream=False)},
        }
        return ProactorSettings(
            long_name=self.long_name(role),
            short_name=self._short_name(role),
            paths=self.paths(role),
            brokers={"local": MQTTClient(host=self.host, port=self.port, tls=NO_TLS)},
            links=links[role],
            mqtt_link_poll_seconds=POLL_S,
            ack_timeout_seconds=ACK_TIMEOUT_S,
            upload_order=UploadOrder.STRICT if self.strict else UploadOrder.LIVE_FIRST,
        )

    def _link(self, peer: NodeRole, *, upstream: bool) -> LinkSettings:
        return LinkSettings(
            peer_long_name=self.long_name(peer),
            peer_short_name=self._short_name(peer),
            upstream=upstream,
            handler="" if upstream else RECEIVER,
        )

    def _short_name(self, role: NodeRole) -> str:
        return f"{role}{self.tag}"
