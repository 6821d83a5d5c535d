"""The dbg message between both libraries: levels, a command, and the event that tells of them."""

import logging
from collections.abc import Iterator
from typing import Final

import pytest

from gwproactor import to_peer
from gwproactor.domain.events import DBGEvent
from gwproactor.domain.payloads import DBGCommands, DBGLevels, DBGPayload
from tests.interop.pair import Pair
from tests.support.log_levels import restored_levels

DBG_EVENT: Final = "gridworks.event.proactor.dbg"
# As in the recorded session: one level is set, and subscriptions are shown.
LEVELS: Final = {"message_summary": 10, "lifecycle": -1, "comm_event": -1, "io_loop": 20}
WISH: Final = {"Levels": LEVELS, "Command": "show_subscriptions"}
PATH: Final = "0x00000003"


@pytest.fixture
def loggers() -> Iterator[dict[str, logging.Logger]]:
    with restored_levels() as loggers:
        for logger in loggers.values():
            logger.setLevel(logging.INFO)
        yield loggers


async def test_ours_obeys_a_wish_of_theirs_and_tells_of_it(
    pair: Pair, loggers: dict[str, logging.Logger], caplog: pytest.LogCaptureFixture
) -> None:
    await pair.start()
    reply = await pair.theirs.ask(
        "send", type="gridworks.proactor.dbg", payload=WISH, ack_required=True
    )
    message_id = reply["message_id"]
    await pair.ours.eventually(lambda: message_id in pair.ours.acked_ids(), "it acked")
    await pair.settled()

    levels = {name: logger.level for name, logger in loggers.items()}
    assert levels == dict.fromkeys(loggers, logging.INFO) | {"message_summary": 10}
    assert f"publishes to gw/{pair.our_names[0]}/to/".replace(".", "-") in caplog.text
    if pair.role == "child":
        (event,) = await pair.their_events(DBG_EVENT)
        assert event.class_name == "DBGEvent"
        told = event.fields
        assert (told["Path"], told["Count"], told["Msg"]) == (PATH, 1, "")
        assert told["Command"] == WISH | {"TypeName": "gridworks.proactor.dbg"}
    else:
        await pair.ours.eventually(
            lambda: DBG_EVENT in [event.type_name for event in pair.ours.stored], "it is stored"
        )


async def test_theirs_obeys_a_wish_of_ours_and_tells_of_it(pair: Pair) -> None:
    await pair.start()
    wish = DBGPayload(levels=DBGLevels(message_summary=10), command=DBGCommands.SHOW_SUBSCRIPTIONS)
    message = to_peer(wish, src=pair.ours.long_name, message_id="wish", ack_required=True)
    pair.ours.container.link_publisher().publish_message(pair.ours.link_name, message).unwrap()
    await pair.ours.eventually(lambda: "wish" in pair.ours.ids_acked_by_peer(), "it acked")

    await pair.theirs.wait(generated={DBG_EVENT: 1})
    if pair.role == "parent":
        await pair.settled()
        (event,) = [event for event in pair.ours.recorder.events if isinstance(event, DBGEvent)]
        assert (event.command, event.path, event.count) == (wish, PATH, 1)
