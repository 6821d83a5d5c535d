"""Chains of nodes whose power, messages and disks fail at random, from one seed a run: at rest
every event that was durable at the child has arrived, once.
"""

import asyncio
from random import Random

import pytest

from gwproactor import Failure
from gwproactor.adapters.memory.message_rules import MessageRule
from gwproactor.ports.event_log import EventLog
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.chain import Chain
from tests.support.family import Reading
from tests.support.mortal import MortalNode

SEEDS = range(8)
STEPS = 250
ORDERS = ("live-first", "strict")


class Storm:
    """What goes wrong in one run."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.chain = Chain(
            relays=2,
            upload_order=self.random.choice(ORDERS),
            un_acked_events_max=self.random.choice([1, 3, 1000]),
        )
        self.nodes = [self.chain.parent, *self.chain.relays, self.chain.child]
        self.dark: set[int] = set()
        self.rules: list[MessageRule] = []
        self.durable: set[str] = set()
        self.waiting: set[asyncio.Task[None]] = set()
        self.count = 0

    async def run(self) -> None:
        for node in self.nodes:
            node.start()
        for _ in range(STEPS):
            self.step()
            await self.chain.clock.sleep(self.random.choice([0.0, 0.01, 0.5, 3.0, 10.0]))
        self.calm()
        # Loss may bring a good event into quarantine, where it is tried each hour.
        await self.chain.clock.sleep(2 * 3600.0)

    def step(self) -> None:
        match self.random.randrange(8):
            case 0:
                self.toggle_power(self.random.randrange(len(self.nodes)))
            case 1:
                self.toggle_loss()
            case 2:
                self.toggle_disk(self.random.choice(self.nodes))
            case _:
                for _ in range(self.random.randrange(6)):
                    self.generate()

    def toggle_power(self, index: int) -> None:
        node = self.nodes[index]
        if index in self.dark:
            self.dark.remove(index)
            node.renew()
            node.start()
        else:
            self.dark.add(index)
            node.cut_power()

    def toggle_loss(self) -> None:
        if self.rules:
            self.rules.pop().lift()
        else:
            self.rules.append(self.chain.broker.drop(lambda *_: self.random.random() < 0.2))

    def toggle_disk(self, node: MortalNode) -> None:
        store, sink = node.run.store, node.run.sink
        if self.random.random() < 0.5:
            store.hold()
            sink.hold()
        else:
            store.release()
            sink.release()

    def generate(self) -> None:
        if self.nodes.index(self.chain.child) in self.dark:
            return
        self.count += 1
        event_log = self.chain.child.run.container.event_log()
        event = Reading(message_id=f"e{self.count}", value=self.count)
        if not isinstance(event_log.generate_event(event), Failure):
            task = asyncio.create_task(self.note_when_durable(event_log, event))
            self.waiting.add(task)
            task.add_done_callback(self.waiting.discard)

    async def note_when_durable(self, event_log: EventLog, event: Reading) -> None:
        if not isinstance(await event_log.durable(event), Failure):
            self.durable.add(event.message_id)

    def calm(self) -> None:
        for rule in self.rules:
            rule.lift()
        for index in sorted(self.dark):
            self.nodes[index].renew()
            self.nodes[index].start()
        for node in self.nodes:
            node.run.store.release()
            node.run.sink.release()


@pytest.mark.parametrize("seed", SEEDS)
@in_virtual_time
async def test_whatever_fails_every_durable_event_arrives_once(seed: int) -> None:
    storm = Storm(seed)
    await storm.run()
    chain = storm.chain
    received = chain.received()
    assert len(storm.durable) > 20
    assert storm.durable - received.keys() == set()
    assert all(node.disk.events == {} for node in (chain.child, *chain.relays))
    handled = chain.handled()
    assert len(handled) == len(set(handled))
    places = [event.sequence for event in received.values() if event.sequence is not None]
    assert len(places) == len({place.number for place in places}) == len(received)
    for task in storm.waiting:
        task.cancel()
    await chain.stop()
