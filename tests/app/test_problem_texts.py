"""What was raised may be of any length: what a node tells of it is short, and never lost."""

import logging

import pytest

from gwproactor import FailurePolicy, Message, Outcome, to_actor
from gwproactor.domain.health import health_of
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family, Recorder, child_settings
from tests.support.own_events import own_events

LONG = 500_000
# Summary, details and what else there is in an event.
REPORT_MAX = 12_000


def sink_down(frames: int) -> Outcome[bool, BaseException]:
    if frames:
        return sink_down_again(frames - 1)
    raise ValueError("the innermost cause")


def sink_down_again(frames: int) -> Outcome[bool, BaseException]:
    return sink_down(frames)


def raise_long(_: Message[object]) -> Outcome[bool, BaseException]:
    raise ValueError("begins " + "x" * LONG + " ends")


def recorder_of(family: Family) -> Recorder:
    recorder: Recorder = family.child.container.recorder()
    return recorder


async def order(family: Family, count: int = 1) -> None:
    for _ in range(count):
        family.child.container.message_bus().send(to_actor("x", "recorder", "fail"))
    await family.clock.sleep(1.0)


@in_virtual_time
async def _long_failure() -> None:
    family = Family()
    await family.start()
    recorder_of(family).on_message = raise_long
    await order(family)
    (event,) = [e for e in own_events(family.child, family.broker) if "Details" in e]
    status = family.child.container.node_status().status()
    actor = next(one for one in status.actors if one.name == "recorder")

    for text in (event["Summary"], event["Details"], actor.last_failure):
        assert len(text) < REPORT_MAX
        assert "characters left out" in text
        assert text.endswith("x ends")
    assert "begins x" in event["Details"]
    assert "in raise_long" in event["Details"]
    assert sum(len(p.summary + p.details) for p in status.problems) < REPORT_MAX
    assert len(str(health_of(status))) < REPORT_MAX
    await family.stop()


def test_a_long_text_in_an_exception_is_cut_wherever_it_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO):
        _long_failure()

    assert max(len(record.getMessage()) for record in caplog.records) < REPORT_MAX


@in_virtual_time
async def test_the_reason_of_a_node_that_gave_up_is_told_in_short() -> None:
    family = Family()
    await family.start()
    recorder_of(family).failure_policy = FailurePolicy.STOP_NODE
    recorder_of(family).on_message = raise_long
    await order(family)
    await family.clock.sleep(30.0)
    (told,) = [e for e in own_events(family.child, family.broker) if "Reason" in e]

    assert told["Reason"].endswith("x ends")
    assert len(told["Reason"]) < REPORT_MAX
    await family.stop()


@in_virtual_time
async def test_a_long_traceback_keeps_where_it_began_and_where_it_was_raised() -> None:
    family = Family()
    await family.start()
    recorder_of(family).on_message = lambda _: sink_down(60)
    await order(family)
    (event,) = [e for e in own_events(family.child, family.broker) if "Details" in e]
    (shown,) = family.child.container.node_status().status().problems

    for text in (event["Details"], shown.details):
        assert "process_message" in text
        assert "characters left out" in text
        assert text.endswith("ValueError: the innermost cause")
    await family.stop()


@pytest.mark.parametrize("bytes_max", [1_024, 4_096])
@in_virtual_time
async def test_a_problem_fits_into_the_messages_of_the_node(bytes_max: int) -> None:
    family = Family()
    family.child = family.make(child_settings(message_bytes_max=bytes_max))
    await family.start()
    recorder_of(family).on_message = raise_long
    await order(family)
    (event,) = [e for e in own_events(family.child, family.broker) if "Details" in e]

    assert "recorder" in event["Summary"]
    assert event["Details"].endswith("x ends")
    await family.stop()


@pytest.mark.parametrize("bytes_max", [1_024, 1_048_576])
@in_virtual_time
async def test_the_reason_of_a_stop_fits_into_the_messages_of_the_node(bytes_max: int) -> None:
    family = Family()
    family.child = family.make(child_settings(message_bytes_max=bytes_max))
    await family.start()
    family.child.container.stop_switch().stop_node("begins " + "x" * LONG + " ends")
    await family.clock.sleep(30.0)
    (told,) = [e for e in own_events(family.child, family.broker) if "Reason" in e]

    assert told["Reason"].startswith("begins")
    assert len(told["Reason"]) < REPORT_MAX
    assert told["Reason"].endswith("x ends")
    await family.stop()
