"""How fast a backlog goes up: by the window and the round trip, as docs/events.md says."""

import pytest

from gwproactor import StateName
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family, child_settings

ROUND_TRIP_S = 0.2
BACKLOG = 300
STEP_S = 0.01


async def seconds_to_upload(**settings: object) -> float:
    """From the active link to the ack of the last of `BACKLOG` events."""
    family = Family()
    family.child = family.make(child_settings(**settings))
    family.broker.delay(ROUND_TRIP_S / 2)
    family.child.proactor.start()
    await family.clock.sleep(10.0)
    for value in range(BACKLOG):
        family.read(value)
    family.parent.proactor.start()
    while family.child.state("parent") is not StateName.ACTIVE:
        await family.clock.sleep(STEP_S)
    started_s = family.clock.monotonic_s()
    while family.child.store.content().pending:
        await family.clock.sleep(STEP_S)
    seconds = family.clock.monotonic_s() - started_s
    assert sorted(family.parent.container.recorder().readings) == list(range(BACKLOG))
    await family.stop()
    return seconds


@pytest.mark.parametrize("window", [1, 5, 30])
@in_virtual_time
async def test_a_backlog_goes_up_at_a_window_each_round_trip(window: int) -> None:
    seconds = await seconds_to_upload(num_initial_event_reuploads=window)

    assert seconds == pytest.approx(BACKLOG / window * ROUND_TRIP_S, rel=0.1)


@in_virtual_time
async def test_in_strict_order_one_event_goes_up_each_round_trip() -> None:
    seconds = await seconds_to_upload(upload_order="strict", num_initial_event_reuploads=30)

    assert seconds == pytest.approx(BACKLOG * ROUND_TRIP_S, rel=0.1)
