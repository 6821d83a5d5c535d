"""What must go on while a node has its hands full, in real time."""

import asyncio
import json

import attrs

from gwproactor import HANDLED, Message, Outcome, StateName, to_actor
from gwproactor.adapters.clock import LoopClock, SystemChance
from gwproactor.adapters.memory import MemoryBroker
from gwproactor.app.message_bus import MESSAGES_PER_TURN
from gwproactor.testing.simulated_node import SimulatedNode, simulated_node
from tests.support.family import RecorderContainer, child_settings, parent_settings
from tests.support.late_timers import late_s_max

POLL_S = 0.25
FLOODED_S = 2.0
# A busy machine may take a second or two from this process; a loop that did not turn would be late
# by all of the flood, three times FLOODED_S, and would send no ping.
LATE_S_MAX = 4.0
ACK_TIMEOUT_S = 5.0


@attrs.define
class Pair:
    """A child and its parent in real time, their broker in memory."""

    broker: MemoryBroker = attrs.Factory(MemoryBroker)
    child: SimulatedNode[RecorderContainer] = attrs.field(init=False)
    parent: SimulatedNode[RecorderContainer] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        clock, chance = LoopClock(), SystemChance()
        often: dict[str, object] = {
            "mqtt_link_poll_seconds": POLL_S,
            "ack_timeout_seconds": ACK_TIMEOUT_S,
        }
        self.child, self.parent = (
            simulated_node(settings, self.broker, clock, chance, RecorderContainer)
            for settings in (child_settings(**often), parent_settings(**often))
        )

    async def start(self) -> None:
        self.parent.proactor.start()
        self.child.proactor.start()
        async with asyncio.timeout(10.0):
            while self.child.state("parent") is not StateName.ACTIVE:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        await self.child.proactor.stop_and_join()
        await self.parent.proactor.stop_and_join()

    def pings_of_the_child(self) -> int:
        headers = [json.loads(one.payload)["Header"] for one in self.broker.published]
        mine = [one for one in headers if one["Src"] == self.child.proactor.name]
        return sum(one["MessageType"] == "gridworks.ping" for one in mine)


def flood(node: SimulatedNode[RecorderContainer]) -> None:
    """Its recorder writes each message to itself again, so that the queue is never empty, but ends
    also if the loop does not turn.
    """
    bus, recorder = node.container.message_bus(), node.container.recorder()
    loop = asyncio.get_running_loop()
    ends_s = loop.time() + 3 * FLOODED_S

    def write_again(message: Message[object]) -> Outcome[bool, BaseException]:
        if loop.time() < ends_s:
            bus.send(message)
        return HANDLED

    recorder.on_message = write_again
    for number in range(3 * MESSAGES_PER_TURN):
        bus.send(to_actor("x", "recorder", number))


async def test_timers_and_pings_keep_their_time_while_the_bus_is_flooded() -> None:
    """Hazard 26: the original's loop gave way only to an empty queue."""
    pair = Pair()
    await pair.start()
    flood(pair.child)
    handled, pings = len(pair.child.container.recorder().messages), pair.pings_of_the_child()
    latest_s = await late_s_max(FLOODED_S)

    assert len(pair.child.container.recorder().messages) - handled > 10 * MESSAGES_PER_TURN
    assert latest_s < LATE_S_MAX
    assert pair.pings_of_the_child() > pings
    assert pair.child.state("parent") is StateName.ACTIVE
    assert pair.child.container.core().links["parent"].stats.timeouts == 0
    await pair.stop()


async def test_a_flooded_node_stops_as_soon_as_others() -> None:
    """Hazard 26."""
    pair = Pair()
    await pair.start()
    flood(pair.child)
    async with asyncio.timeout(5.0):
        await pair.stop()
