"""A node of ours and one of the original on one broker, and what holds for any such pair."""

import uuid
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import attrs
import orjson

from gwproactor import AnyEvent, StateName
from gwproactor.app.settings import EventStoreSettings
from gwproactor.domain.message import Json
from tests.interop.our_node import PEER_OF, DemoEvent, HeldSink, Names, OurNode, Role, our_node
from tests.support.brokers import PahoBroker
from tests.support.original_peer import OriginalEvent, OriginalNursery, OriginalPeer
from tests.support.tcp_proxy import TcpProxy

# Shorter: a busy machine looks like a silent peer. Longer: tests that wait for it take longer.
ACK_TIMEOUT_S: Final = 1.0
# For tests in which nothing may time out.
PATIENT_S: Final = 2.0
# Ours finds a silent peer within this and the ack timeout.
OUR_POLL_S: Final = 1.0
# The original spins while its broker is away for longer than this (hazard 1).
THEIR_POLL_S: Final = 60.0
PROBLEM: Final = "gridworks.event.problem"
UNKNOWN: Final = "gridworks.event.demo.unknown.to.peer"
ODD_FIELDS: Final[Mapping[str, Json]] = {
    "Text": "häßlich ☀ \u0001",
    "Nested": {"list": [1, 2.5, None, True, {"deep": []}]},
    "Large": 9_007_199_254_740_993,
    "Empty": "",
}
"""Of an event that its receiver does not know."""


@attrs.define
class Pair:
    """One pair and its broker; `role` is that of our node. Nothing runs until it is started."""

    role: Role
    broker: PahoBroker
    nursery: OriginalNursery
    folder: Path
    ack_timeout_s: float = ACK_TIMEOUT_S
    our_poll_s: float = OUR_POLL_S
    their_poll_s: float = THEIR_POLL_S
    names: Names = attrs.Factory(lambda: Names.of(uuid.uuid4().hex[:8]))
    hold_sink: bool = False
    event_store: EventStoreSettings = attrs.Factory(EventStoreSettings)
    event_dir: Path | None = None
    our_proxy: TcpProxy | None = None
    their_proxy: TcpProxy | None = None
    _ours: OurNode | None = None
    _theirs: OriginalPeer | None = None
    _started_ours: list[OurNode] = attrs.Factory(list)
    _started_theirs: list[OriginalPeer] = attrs.Factory(list)
    _proxies: AsyncExitStack = attrs.Factory(AsyncExitStack)

    @property
    def ours(self) -> OurNode:
        assert self._ours is not None, "start_ours comes first"
        return self._ours

    @property
    def theirs(self) -> OriginalPeer:
        assert self._theirs is not None, "start_theirs comes first"
        return self._theirs

    @property
    def our_names(self) -> tuple[str, str]:
        """Long and short."""
        return self.names.of_role(self.role)

    @property
    def their_names(self) -> tuple[str, str]:
        """Long and short."""
        return self.names.of_role(PEER_OF[self.role])

    @property
    def held_sink(self) -> HeldSink:
        """Our sink, if the pair was made with `hold_sink`."""
        sink = self.ours.container.event_sink()
        assert isinstance(sink, HeldSink)
        return sink

    async def start_ours(self) -> None:
        """Start our node, anew if it ran before: it has the same files."""
        self._ours = our_node(
            self.role,
            self.names,
            self._address(self.our_proxy),
            self.folder / "ours",
            poll_s=self.our_poll_s,
            ack_timeout_s=self.ack_timeout_s,
            hold_sink=self.hold_sink,
            event_store=self.event_store,
            event_dir=self.event_dir,
        )
        self._ours.proactor.start()
        self._started_ours.append(self._ours)
        await self._ours.eventually(
            lambda: self.ours.state is not StateName.NOT_STARTED, "the node started"
        )

    async def start_theirs(self) -> None:
        """Start the original, anew if it ran before: it has the same files."""
        self._theirs = await self.original(PEER_OF[self.role], self.folder / "theirs")
        self._started_theirs.append(self._theirs)

    async def original(self, role: Role, state_dir: Path) -> OriginalPeer:
        """Start a node of the original in any role; whoever asks ends it."""
        host, port = self._address(self.their_proxy)
        long_name, short_name = self.names.of_role(role)
        peer_long_name, peer_short_name = self.names.of_role(PEER_OF[role])
        options = {
            "--broker": f"{host}:{port}",
            "--state-dir": str(state_dir),
            "--long-name": long_name,
            "--short-name": short_name,
            "--peer-long-name": peer_long_name,
            "--peer-short-name": peer_short_name,
            "--ack-timeout": str(self.ack_timeout_s),
            "--poll": str(self.their_poll_s),
        }
        arguments = [role, *(word for option in options.items() for word in option)]
        return await OriginalPeer.started(self.nursery, arguments, state_dir.with_suffix(".log"))

    async def start(self) -> None:
        """Both, until both links are active and quiet. Ours first, so that nobody's ping is lost
        and the original does not fall out of active once (hazard 16).
        """
        await self.start_ours()
        await self.ours.is_in(StateName.AWAITING_PEER)
        await self.start_theirs()
        await self.settled()

    async def proxy(self) -> TcpProxy:
        """A proxy to the broker, closed when the test ends."""
        launcher = self.broker.launcher
        return await self._proxies.enter_async_context(TcpProxy(launcher.host, launcher.port))

    async def end(self) -> None:
        """End all that was started; ours first, as it waits for the ack of its last event."""
        for ours in self._started_ours:
            await ours.proactor.stop_and_join()
        for theirs in self._started_theirs:
            await theirs.kill()
        await self._proxies.aclose()

    async def settled(self) -> None:
        """Return once both links are active, and nothing waits for an ack."""
        delivered = {"pending": 0, "in_flight": 0} if self.role == "parent" else {}
        await self.theirs.wait(link="active", unacked=0, **delivered)
        await self.ours.eventually(
            lambda: self.ours.state is StateName.ACTIVE and self.ours.pending == 0,
            "link active, and every event acked",
        )

    async def generate(self, n: int) -> list[str]:
        """The child generates *n* events; their ids."""
        if self.role == "child":
            return self.ours.generate(*(DemoEvent(index=index) for index in range(n)))
        return await self.theirs.generate(n)

    async def generate_unknown(self, fields: Mapping[str, Json]) -> str:
        """The child generates an event of a type that the parent does not know; its id."""
        if self.role == "child":
            json = {"TypeName": UNKNOWN, **fields}
            (message_id,) = self.ours.generate(AnyEvent(event_type_name=UNKNOWN, json=json))
        else:
            (message_id,) = await self.theirs.generate(kind="unknown", payload=fields)
        return message_id

    async def all_delivered(self, ids: list[str]) -> None:
        """Wait until the child has nothing left; the parent must have all of *ids* then: ours each
        once, in its file and at its handler; theirs at least once, as it knows no duplicates.
        """
        await self.settled()
        if self.role == "child":
            assert set(ids) <= {event.message_id for event in await self.theirs.events()}
            return
        stored = [event.message_id for event in self.ours.stored]
        assert sorted(i for i in stored if i in set(ids)) == sorted(ids)
        handled = self.ours.handled()
        assert {i: handled[i] for i in ids} == dict.fromkeys(ids, 1)

    async def our_problems(self) -> list[str]:
        """The summaries of the problem events that our node made, in order.

        Those of a parent are in its own file; those of a child go to the original.
        """
        if self.role == "parent":
            return [
                orjson.loads(event.payload)["Summary"]
                for event in self.ours.stored
                if (event.src, event.type_name) == (self.ours.long_name, PROBLEM)
            ]
        await self.settled()
        return [e.fields["Summary"] for e in await self.their_events(PROBLEM)]

    async def their_events(self, type_name: str) -> list[OriginalEvent]:
        """The events of this type that the original's app was given."""
        return [event for event in await self.theirs.events() if event.type_name == type_name]

    def _address(self, proxy: TcpProxy | None) -> tuple[str, int]:
        launcher = self.broker.launcher
        return (proxy.host, proxy.port) if proxy is not None else (launcher.host, launcher.port)
