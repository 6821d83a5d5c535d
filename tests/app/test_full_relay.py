"""A relay whose event store is full: what it cannot keep it does not acknowledge, or it says what
it dropped.
"""

import json

from gwproactor import Success
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.chain import CHILD, RELAYS, Chain
from tests.support.family import Reading

RELAY = RELAYS[0]
MEBIBYTE = 1_048_576
SIZE = 10_000
COUNT = 150


async def full(when_full: str) -> tuple[Chain, list[str]]:
    """A child, a relay with room for about a hundred events, and no parent."""
    chain = Chain(event_store={"bytes_max": MEBIBYTE, "when_full": when_full})
    for node in (chain.relay, chain.child):
        node.start()
    await chain.clock.sleep(20.0)
    ids = []
    for value in range(COUNT):
        message_id = f"{value}".rjust(SIZE, "x")
        event_log = chain.child.run.container.event_log()
        accepted = event_log.generate_event(Reading(message_id=message_id, value=value))
        assert isinstance(accepted, Success)
        ids.append(message_id)
        await chain.clock.sleep(0.1)
    await chain.clock.sleep(60.0)
    return chain, ids


@in_virtual_time
async def test_a_relay_that_refuses_leaves_the_rest_with_the_child() -> None:
    chain, ids = await full("refuse-new")
    kept = chain.ids_on(chain.relay)
    assert 100 <= len(kept) <= 105
    assert set(kept) == set(chain.acked_by(RELAY, CHILD)) & set(ids)
    assert set(chain.ids_on(chain.child)) >= set(ids) - set(kept)

    chain.parent.start()
    await chain.clock.sleep(300.0)
    assert set(chain.received()) == set(ids)
    assert chain.child.run.store.content().pending == 0
    assert chain.relay.run.container.core().stats.events_dropped == 0
    refused = [problem for problem in chain.problems_of(RELAY) if "event not stored" in problem]
    assert len(refused) == 1
    assert f"the event store is full ({MEBIBYTE} bytes)" in refused[0]
    await chain.stop()


@in_virtual_time
async def test_a_relay_that_drops_tells_which_of_whose_events_are_gone() -> None:
    """By the source's own epoch and numbers, so that it can be found there."""
    chain, ids = await full("drop-oldest")
    assert set(ids) <= set(chain.acked_by(RELAY, CHILD))
    chain.parent.start()
    await chain.clock.sleep(120.0)

    received = set(chain.received())
    dropped = [message_id for message_id in ids if message_id not in received]
    assert dropped
    assert dropped == ids[: len(dropped)]
    reports = [
        json.loads(event.payload)
        for event in chain.parent.run.sink.stored.values()
        if event.type_name == "gridworks.event.store.dropped" and event.src == RELAY
    ]
    of_child = [report for report in reports if report["Epoch"] == chain.child.disk.epoch]
    assert sum(report["Count"] for report in of_child) >= len(dropped)
    await chain.stop()
