"""A relay between child and parent: what it has acknowledged arrives, whole, once, as it was."""

import asyncio

import pytest

from gwproactor import Message, Outcome, StateName
from gwproactor.testing.virtual_time import in_virtual_time, run_in_virtual_time
from tests.support.chain import CHILD, PARENT, RELAYS, Chain, acks_of, everything_of
from tests.support.family import Reading
from tests.support.mortal import life_of

RELAY = RELAYS[0]
READING = Reading.wire.type_name
SHUTDOWN = "gridworks.event.shutdown"


@in_virtual_time
async def test_a_childs_event_arrives_once_and_leaves_nothing_behind() -> None:
    chain = Chain()
    await chain.start()
    ids = [chain.read(value) for value in range(20)]
    await chain.clock.sleep(20.0)

    assert list(chain.received()) == ids
    assert chain.handled() == list(range(20))
    assert chain.relay.run.container.recorder().readings == list(range(20))
    assert chain.relay.disk.events == chain.child.disk.events == {}
    assert chain.sent(RELAY, READING) == ids
    await chain.stop()


@in_virtual_time
async def test_it_is_sent_on_at_once_although_a_backlog_waits() -> None:
    """What happens now is sent now."""
    chain = Chain(num_initial_event_reuploads=1)
    chain.broker.delay(1.0, acks_of(PARENT))
    for node in (chain.relay, chain.child):
        node.start()
    await chain.clock.sleep(20.0)
    backlog = [chain.read(value) for value in range(10)]
    await chain.clock.sleep(10.0)
    assert chain.child.run.store.content().pending == 0
    chain.parent.start()
    await chain.clock.sleep(12.0)
    assert 0 < len(chain.received()) < len(backlog)
    assert chain.relay.run.state("up") is StateName.ACTIVE

    now = chain.read(99)
    await chain.clock.sleep(0.1)
    assert now in chain.received()
    assert not set(backlog) <= chain.received().keys()
    await chain.clock.sleep(60.0)
    assert set(backlog) <= chain.received().keys()
    await chain.stop()


# The relay's power fails

# The disk is slow; all is done after twenty.
DISK_TURNS = 8
TURNS = 24


@pytest.mark.parametrize("child", ["lost with its disk", "alive"])
@pytest.mark.parametrize("parent", ["acks", "acks nothing", "away"])
def test_a_power_cut_loses_nothing_that_was_acknowledged(parent: str, child: str) -> None:
    """Hazard 2: the original acknowledged what it held in memory only. Here the power fails once at
    each turn of the loop between the child's sending and the end of all that follows.
    """
    acknowledged = [
        run_in_virtual_time(cut_after(turns, parent=parent, child=child)) for turns in range(TURNS)
    ]
    assert acknowledged[0] == 0
    assert acknowledged[-1] == 3
    assert acknowledged == sorted(acknowledged)


async def cut_after(turns: int, *, parent: str, child: str) -> int:
    """How many of three events the relay had acknowledged when its power failed."""
    chain = Chain()
    await chain.start()
    if parent == "away":
        await chain.parent.stop()
        await chain.clock.sleep(30.0)
    acks_nothing = parent == "acks nothing"
    withheld = chain.broker.drop(acks_of(PARENT)) if acks_nothing else None
    chain.relay.run.store.hold()
    ids = [chain.read(value) for value in range(3)]
    for turn in range(turns):
        if turn == DISK_TURNS:
            chain.relay.run.store.release()
        await asyncio.sleep(0)
    chain.relay.cut_power()
    acknowledged = set(chain.acked_by(RELAY, CHILD)) & set(ids)
    if child != "alive":
        chain.child.cut_power()
    if withheld is not None:
        withheld.lift()
    if parent == "away":
        chain.parent.renew()
        chain.parent.start()
    chain.relay.renew()
    chain.relay.start()
    await chain.clock.sleep(120.0)

    expected = ids if child == "alive" else acknowledged
    assert set(expected) <= chain.received().keys()
    assert chain.relay.disk.events == {}
    assert sorted(set(chain.handled())) == sorted(chain.handled())
    await chain.relay.stop()
    await chain.parent.stop()
    return len(acknowledged)


@in_virtual_time
async def test_a_parent_that_acks_nothing_leaves_every_event_on_the_relays_disk() -> None:
    """Hazard 2: "look at both disks"."""
    chain = Chain()
    await chain.start()
    chain.broker.drop(acks_of(PARENT))
    ids = [chain.read(value) for value in range(100)]
    await chain.clock.sleep(1.0)

    assert set(ids) <= set(chain.acked_by(RELAY, CHILD))
    assert chain.child.disk.events == {}
    assert {event.message_id for event in chain.relay.disk.events.values()} >= set(ids)
    await chain.stop()


@in_virtual_time
async def test_a_disk_that_hangs_delays_the_acks_and_nothing_else() -> None:
    """Hazards 2 and 4: an ack says that the event is stored."""
    chain = Chain()
    await chain.start()
    chain.relay.run.store.hold()
    event = chain.read(1)
    await chain.clock.sleep(20.0)
    assert event not in chain.acked_by(RELAY, CHILD)
    assert chain.child.run.state("up") is StateName.ACTIVE
    assert chain.relay.run.state("down") is StateName.ACTIVE

    chain.relay.run.store.release()
    await chain.clock.sleep(20.0)
    assert list(chain.received()) == [event]
    await chain.stop()


@in_virtual_time
async def test_a_disk_that_fails_is_told_of_and_the_child_sends_again() -> None:
    """Hazard 4: the original acked it, told nobody, and it was gone on both sides."""
    chain = Chain()
    await chain.start()
    chain.relay.run.store.fail_with("disk is full")
    ids = [chain.read(value) for value in range(3)]
    await chain.clock.sleep(60.0)
    assert not set(ids) & set(chain.acked_by(RELAY, CHILD))
    assert chain.ids_on(chain.child) == ids

    chain.relay.run.store.recover()
    await chain.clock.sleep(120.0)
    assert list(chain.received()) == ids
    told = [problem for problem in chain.problems_of(RELAY) if "disk is full" in problem]
    assert any("event not stored" in problem for problem in told)
    assert len(told) <= 2
    await chain.stop()


# Duplicates


@pytest.mark.parametrize("restart", ["no", "stop", "power cut"])
@in_virtual_time
async def test_a_lost_ack_while_the_parent_is_away_leaves_one_copy(restart: str) -> None:
    """Hazard 19: the original stored the second and never deleted the first."""
    chain = Chain()
    for node in (chain.relay, chain.child):
        node.start()
    await chain.clock.sleep(20.0)
    lost = chain.broker.drop(acks_of(RELAY))
    event = chain.read(1)
    await chain.clock.sleep(0.1)
    if restart == "stop":
        await chain.relay.stop()
    if restart == "power cut":
        chain.relay.cut_power()
    if restart != "no":
        chain.relay.renew()
        chain.relay.start()
    lost.lift()
    await chain.clock.sleep(60.0)
    assert chain.sent(CHILD, READING).count(event) > 1
    assert chain.child.disk.events == {}
    assert chain.ids_on(chain.relay).count(event) == 1

    chain.parent.start()
    await chain.clock.sleep(60.0)
    assert chain.sent(RELAY, READING) == [event]
    assert chain.ids_on(chain.relay) == []
    await chain.stop()


@in_virtual_time
async def test_an_event_that_was_passed_on_long_ago_is_acked_and_not_sent_again() -> None:
    chain = Chain()
    await chain.start()
    lost = chain.broker.drop(acks_of(RELAY))
    event = chain.read(1)
    await chain.clock.sleep(1.0)
    assert chain.sent(RELAY, READING) == [event]
    chain.relay.cut_power()
    lost.lift()
    chain.relay.renew()
    chain.relay.start()
    await chain.clock.sleep(60.0)

    assert event in chain.acked_by(RELAY, CHILD)
    assert chain.child.disk.events == {}
    assert chain.sent(RELAY, READING) == [event]
    assert chain.relay.run.container.core().stats.links["down"].duplicates > 0
    assert chain.relay.run.container.recorder().readings == []
    await chain.stop()


# Links do not disturb each other


@pytest.mark.parametrize("trouble", ["loss", "silence"])
@in_virtual_time
async def test_trouble_with_the_child_does_not_end_the_upload_of_what_it_sent(trouble: str) -> None:
    """Hazard 7: in the original it then waited for the next upstream activation."""
    chain = Chain(num_initial_event_reuploads=1)
    chain.broker.delay(1.0, acks_of(PARENT))
    for node in (chain.relay, chain.child):
        node.start()
    await chain.clock.sleep(20.0)
    ids = [chain.read(value) for value in range(30)]
    await chain.clock.sleep(10.0)
    assert chain.child.disk.events == {}
    chain.parent.start()
    await chain.clock.sleep(15.0)
    uploads = chain.relay.run.container.core().uploads.stats
    assert (uploads.reuploads_started, uploads.reuploads_completed) == (1, 0)

    if trouble == "loss":
        chain.child.cut_power()
    else:
        chain.broker.drop(everything_of(CHILD))
    await chain.clock.sleep(90.0)
    assert chain.relay.run.state("down") is not StateName.ACTIVE
    assert set(ids) <= chain.received().keys()
    assert (uploads.reuploads_started, uploads.reuploads_completed) == (1, 1)
    assert chain.relay.disk.events == {}
    await chain.relay.stop()
    await chain.parent.stop()


# The end of a relay


@pytest.mark.parametrize("end", ["stop", "cancelled", "a handler that raises"])
@in_virtual_time
async def test_what_is_in_flight_is_kept_however_the_relay_ends(end: str) -> None:
    """Hazard 3: the original kept it only if it was asked to stop."""
    chain = Chain()
    await chain.start()
    withheld = chain.broker.drop(acks_of(PARENT))
    ids = [chain.read(value) for value in range(3)]
    await chain.clock.sleep(1.0)
    if end == "a handler that raises":
        chain.relay.run.container.recorder().on_message = raise_error
        ids.append(chain.read(3))
        await chain.clock.sleep(1.0)
        assert chain.relay.run.state("up") is StateName.ACTIVE
    elif end == "cancelled":
        life_of(RELAY).cancel()
        with pytest.raises(asyncio.CancelledError):
            await life_of(RELAY)
    else:
        await chain.relay.stop()
    if end != "a handler that raises":
        assert set(chain.ids_on(chain.relay)) >= set(ids)
        chain.relay.renew()
        chain.relay.start()
    withheld.lift()
    await chain.clock.sleep(60.0)
    assert list(chain.received()) == ids
    assert chain.relay.disk.events == {}
    await chain.stop()


def raise_error(message: Message[object]) -> Outcome[bool, BaseException]:
    raise ArithmeticError(message.header.message_id)


@in_virtual_time
async def test_a_shutdown_that_was_acked_is_not_sent_again_after_the_next_start() -> None:
    """Hazard 32: the original's always arrived twice."""
    chain = Chain()
    await chain.start()
    for _ in range(2):
        await chain.relay.stop()
        assert chain.relay.disk.events == {}
        chain.relay.renew()
        chain.relay.start()
        await chain.clock.sleep(30.0)
    shutdowns = chain.sent(RELAY, SHUTDOWN)
    assert len(shutdowns) == len(set(shutdowns)) == 2
    await chain.stop()


@in_virtual_time
async def test_a_shutdown_whose_ack_comes_too_late_is_sent_again_and_kept_once() -> None:
    """Hazard 32: what remains true. Nobody can know whether an unanswered event arrived."""
    chain = Chain()
    await chain.start()
    late = chain.broker.drop(acks_of(PARENT))
    await chain.relay.stop()
    late.lift()
    chain.relay.renew()
    chain.relay.start()
    await chain.clock.sleep(30.0)
    [shutdown] = set(chain.sent(RELAY, SHUTDOWN))
    assert chain.sent(RELAY, SHUTDOWN) == [shutdown, shutdown]
    kept = chain.parent.run.sink.stored
    assert [name for name, event in kept.items() if event.type_name == SHUTDOWN] == [
        (RELAY, shutdown)
    ]
    await chain.stop()


@pytest.mark.parametrize("order", ["live-first", "strict"])
@in_virtual_time
async def test_what_becomes_durable_after_newer_events_is_not_passed_over(order: str) -> None:
    """An event gets its number when it arrives, and is sent on when it is durable."""
    chain = Chain(upload_order=order, un_acked_events_max=1)
    await chain.start()
    chain.broker.delay(1.0, acks_of(PARENT))
    chain.relay.run.store.hold()
    event = chain.read(1)
    await chain.clock.sleep(0.1)
    own = [chain.generate(chain.relay, value) for value in range(2, 5)]
    await chain.clock.sleep(0.1)
    chain.relay.run.store.release()
    await chain.clock.sleep(10.0)
    assert set(chain.received(RELAY)) == set(own)
    assert list(chain.received()) == [event]
    assert chain.relay.disk.events == {}
    await chain.stop()
