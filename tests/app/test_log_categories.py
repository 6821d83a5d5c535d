"""What a running node writes into the categories of its log."""

import logging

import pytest

from gwproactor import to_actor, to_peer
from gwproactor.domain.payloads import Shutdown
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import CHILD, Family
from tests.support.log_levels import category_loggers, restored_levels


def lines(caplog: pytest.LogCaptureFixture, category: str) -> list[str]:
    name = category_loggers()[category].name
    return [record.getMessage() for record in caplog.records if record.name == name]


@in_virtual_time
async def _live() -> None:
    family = Family()
    await family.start()
    family.read(1)
    wish = to_peer(Shutdown(reason="only said"), src=CHILD, message_id="wish")
    family.child.container.link_publisher().publish_message("parent", wish)
    await family.clock.sleep(1.0)
    bus = family.child.container.message_bus()
    bus.send(to_actor("loop", "recorder", 1))
    bus.send_threadsafe(to_actor("thread", "recorder", "one"))
    await family.clock.sleep(1.0)
    family.broker.stop()
    await family.clock.sleep(1.0)
    family.broker.start()
    await family.clock.sleep(30.0)
    await family.stop()


def test_a_node_writes_its_life_its_links_and_its_messages_into_their_categories(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with restored_levels() as loggers, caplog.at_level(logging.INFO):
        for logger in loggers.values():
            logger.setLevel(logging.INFO)
        _live()

    life = [line for line in lines(caplog, "lifecycle") if CHILD in line.split()]
    assert life == [
        f"node {CHILD} starts",
        f"node {CHILD} has started",
        f"node {CHILD} stops: stop() was called",
        f"node {CHILD} has stopped",
    ]
    links = lines(caplog, "comm_event")
    assert "parent: awaiting_peer -> active by message_from_peer" in links
    assert "broker local: connected" in links
    assert any(line.startswith("broker local: disconnected: ") for line in links)
    assert any(line.startswith("broker local: connect failed: ") for line in links)
    messages = [line.split() for line in lines(caplog, "message_summary")]
    reading = [words for words in messages if words[6].endswith("gridworks-event-test-reading]")]
    assert [words[:2] + words[5:6] + words[7:8] for words in reading] == [
        ["OUT", "mqtt", "->", "gridworks.event.test.reading"],
        ["IN", "mqtt", "<-", "Reading"],
    ]
    acks = [words for words in messages if words[7] == "Ack" and words[8] == reading[0][8]]
    assert [words[0] for words in acks] == ["OUT", "IN"]
    said = [words[0] for words in messages if words[6].endswith("-shutdown]") and "wish" in words]
    assert said == ["OUT", "IN"]
    internal = [" ".join(words) for words in messages if words[1] == "internal"]
    assert internal == [
        "IN internal loop to recorder <- [] int",
        "IN internal thread to recorder <- [] str",
    ]


def test_messages_are_not_logged_unless_that_is_wanted(caplog: pytest.LogCaptureFixture) -> None:
    """A program that logs at INFO does not ask for a line for each message."""
    with restored_levels() as loggers, caplog.at_level(logging.INFO):
        loggers["message_summary"].setLevel(logging.NOTSET)
        _live()

    assert lines(caplog, "message_summary") == []
    assert lines(caplog, "lifecycle") != []
