"""How a link between a node of ours and one of the original comes, stays, goes and comes again."""

from typing import Literal

import pytest

from gwproactor import StateName, TransitionName
from tests.interop.pair import PATIENT_S, Pair
from tests.support.brokers import PahoBroker

POLL_S = 0.5
POLLS = 5
QUIET_S = 60.0


@pytest.mark.parametrize("first", ["ours", "theirs"])
async def test_both_links_become_active_whoever_is_there_first(pair: Pair, first: str) -> None:
    if first == "ours":
        await pair.start_ours()
        await pair.ours.is_in(StateName.AWAITING_PEER)
        await pair.start_theirs()
    else:
        await pair.start_theirs()
        await pair.theirs.wait(link="awaiting_peer")
        await pair.start_ours()

    await pair.settled()


async def test_a_first_meeting_is_no_false_loss_for_ours(pair: Pair) -> None:
    """The original falls out of active once, after its ack timeout (hazard 16); ours does not."""
    pair.ack_timeout_s = PATIENT_S
    await pair.start_ours()
    await pair.ours.is_in(StateName.AWAITING_PEER)
    await pair.start_theirs()
    await pair.settled()
    pings = len(pair.ours.ids_acked_by_peer())
    await pair.ours.eventually(
        lambda: len(pair.ours.ids_acked_by_peer()) >= pings + 2, "two more pings acked"
    )

    names = [transition.transition_name for transition in pair.ours.transitions]
    assert TransitionName.RESPONSE_TIMEOUT not in names


@pytest.mark.parametrize("who", ["ours", "theirs"])
async def test_both_stay_active_while_one_side_polls_and_the_other_is_quiet(
    pair: Pair, who: Literal["ours", "theirs"]
) -> None:
    """Hazard 17: a quiet original acks our pings, at whatever poll time of its own."""
    pair.ack_timeout_s = PATIENT_S
    pair.our_poll_s, pair.their_poll_s = (POLL_S, QUIET_S) if who == "ours" else (QUIET_S, POLL_S)
    await pair.start()
    ours, mark, moves = pair.ours, len(pair.ours.packets), len(pair.ours.transitions)
    before = await pair.theirs.state()

    def polls() -> int:
        pings = (ours.sent if who == "ours" else ours.heard)("gridworks.ping", since=mark)
        acked = ours.ids_acked_by_peer() if who == "ours" else ours.acked_ids()
        return len({ping.payload["MessageId"] for ping in pings} & set(acked))

    await ours.eventually(lambda: polls() >= POLLS, f"{POLLS} pings acked")

    quiet = (ours.heard if who == "ours" else ours.sent)("gridworks.ping", since=mark)
    assert quiet == []
    assert ours.transitions[moves:] == []
    after = await pair.theirs.state()
    assert after["link"] == "active"
    assert after["link_timeouts"] == before["link_timeouts"]


@pytest.mark.parametrize("whose", ["ours", "theirs"])
async def test_a_connection_lost_on_one_side_only_comes_back_and_nothing_is_missing(
    pair: Pair, whose: Literal["ours", "theirs"]
) -> None:
    proxy = await pair.proxy()
    if whose == "ours":
        pair.our_proxy = proxy
    else:
        pair.their_proxy = proxy
    await pair.start()
    ids = await pair.generate(2)

    proxy.cut()
    if whose == "ours":
        await pair.ours.is_in(StateName.CONNECTING)
    else:
        await pair.theirs.wait(link="connecting")
    ids += await pair.generate(5)
    await proxy.restore()

    await pair.all_delivered(ids)


async def test_a_silent_connection_is_found_by_ours_and_nothing_is_missing(pair: Pair) -> None:
    pair.our_proxy = await pair.proxy()
    await pair.start()
    ids = await pair.generate(2)

    pair.our_proxy.silence()
    ids += await pair.generate(5)
    await pair.ours.is_in(StateName.AWAITING_PEER)
    assert pair.ours.transitions[-1].transition_name is TransitionName.RESPONSE_TIMEOUT
    await pair.our_proxy.restore()

    await pair.all_delivered(ids)


async def test_a_restart_of_the_broker_loses_nothing(pair: Pair) -> None:
    _skip_unless_ours(pair.broker)
    await pair.start()
    ids = await pair.generate(2)

    await pair.broker.stop()
    await pair.ours.is_in(StateName.CONNECTING)
    await pair.theirs.wait(link="connecting")
    ids += await pair.generate(5)
    await pair.broker.start()

    await pair.all_delivered(ids)


async def test_a_killed_original_is_missed_and_welcome_again(pair: Pair) -> None:
    await pair.start()
    before = await pair.generate(3)
    await pair.all_delivered(before)

    await pair.theirs.kill()
    await pair.ours.is_in(StateName.AWAITING_PEER)
    meanwhile = await pair.generate(3) if pair.role == "child" else []
    await pair.start_theirs()
    await pair.settled()

    await pair.all_delivered(meanwhile + await pair.generate(3))
    handled = pair.ours.handled()
    assert {handled[i] for i in before if i in handled} <= {1}


async def test_ours_is_stopped_and_started_again_and_nothing_is_missing(pair: Pair) -> None:
    await pair.start()
    ids = await pair.generate(3)
    await pair.all_delivered(ids)

    await pair.ours.proactor.stop_and_join()
    meanwhile = await pair.generate(3) if pair.role == "parent" else []
    await pair.start_ours()

    await pair.all_delivered(meanwhile + await pair.generate(3))
    assert not set(ids) & set(pair.ours.handled())


def _skip_unless_ours(broker: PahoBroker) -> None:
    if not broker.can_stop:
        pytest.skip("this broker is not ours to stop")
