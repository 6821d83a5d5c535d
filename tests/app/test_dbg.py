"""The dbg message: what a peer may wish about the log of a node."""

import logging
from collections.abc import Iterator

import pytest

from gwproactor import LinkSettings, Success, to_peer
from gwproactor.domain.events import DBGEvent
from gwproactor.domain.payloads import DBGCommands, DBGLevels, DBGPayload
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import CHILD, CHILD_SHORT, PARENT, PARENT_SHORT, Family, child_settings
from tests.support.log_levels import restored_levels
from tests.support.own_events import problems
from tests.support.raw_peer import RawPeer

SHOW = DBGCommands.SHOW_SUBSCRIPTIONS


@pytest.fixture(autouse=True)
def loggers() -> Iterator[dict[str, logging.Logger]]:
    """All at INFO at first."""
    with restored_levels() as loggers:
        for logger in loggers.values():
            logger.setLevel(logging.INFO)
        yield loggers


def levels_of(loggers: dict[str, logging.Logger]) -> dict[str, int]:
    return {name: logger.level for name, logger in loggers.items()}


async def send(family: Family, payload: DBGPayload) -> None:
    """The parent sends it, and what follows has happened."""
    message = to_peer(payload, src=PARENT, message_id="wish", ack_required=True)
    sent = family.parent.container.link_publisher().publish_message("child", message)
    assert sent == Success(None)
    await family.clock.sleep(1.0)


def dbg_events(family: Family) -> list[DBGEvent]:
    """Those that the child has raised, in the order in which the parent got them."""
    payloads = [message.payload for message in family.parent.container.recorder().messages]
    return [payload for payload in payloads if isinstance(payload, DBGEvent)]


@pytest.mark.parametrize(
    ("payload", "changed", "path"),
    [
        (DBGPayload(levels=DBGLevels(message_summary=10), command=SHOW), 1, "0x00000003"),
        (DBGPayload(command=SHOW), 0, "0x00000002"),
        (DBGPayload(), 0, "0x00000004"),
        (DBGPayload(levels=DBGLevels(lifecycle=0, comm_event=40)), 2, "0x00000005"),
    ],
)
@in_virtual_time
async def test_a_wish_is_obeyed_acked_and_answered_by_an_event(
    payload: DBGPayload, changed: int, path: str, loggers: dict[str, logging.Logger]
) -> None:
    family = Family()
    await family.start()
    await send(family, payload)

    wished = {name: getattr(payload.levels, name) for name in loggers}
    wished["io_loop"] = -1  # never looked at
    assert levels_of(loggers) == {
        name: logging.INFO if level == -1 else level for name, level in wished.items()
    }
    (event,) = dbg_events(family)
    assert (event.command, event.count, event.path, event.msg) == (payload, changed, path, "")
    assert family.parent.container.core().links["child"].stats.acks_received > 0
    assert family.child.container.recorder().messages == []
    await family.stop()


@in_virtual_time
async def test_subscriptions_are_listed_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    family = Family()
    await family.start()
    family.child.container.link_publisher().subscribe("parent", "gw/somebody/#")
    await family.clock.sleep(1.0)
    await send(family, DBGPayload(command=SHOW))

    (text,) = [r.getMessage() for r in caplog.records if "subscriptions:" in r.getMessage()]
    assert f"link parent to {PARENT}" in text
    assert f"publishes to gw/{CHILD}/to/{PARENT_SHORT}/TYPE".replace(".", "-") in text
    assert f"subscribes to gw/{PARENT}/to/{CHILD_SHORT}/#".replace(".", "-") in text
    assert "subscribes to gw/somebody/# at QoS 0" in text
    await family.stop()


@in_virtual_time
async def test_a_link_that_does_not_accept_it_reports_it_once(
    loggers: dict[str, logging.Logger],
) -> None:
    family = Family()
    link = LinkSettings(
        peer_long_name=PARENT,
        peer_short_name=PARENT_SHORT,
        upstream=True,
        handler="recorder",
        accept_dbg=False,
    )
    family.child = family.make(child_settings(links={"parent": link}))
    await family.start()
    for _ in range(3):
        await send(family, DBGPayload(levels=DBGLevels(lifecycle=10), command=SHOW))

    assert loggers["lifecycle"].level == logging.INFO
    assert dbg_events(family) == []
    (problem,) = problems(family.child, family.broker)
    assert "link 'parent': dbg refused: this link does not accept it (accept_dbg)" in problem
    await family.stop()


LOWER = {"TypeName": "gridworks.proactor.dbg", "Levels": {"lifecycle": 10}, "Command": None}


@in_virtual_time
async def test_a_retained_wish_is_not_obeyed(loggers: dict[str, logging.Logger]) -> None:
    """Hazard 22: it is the broker's, and anybody's; a peer that is there says it anew."""
    family = Family()
    raw = RawPeer(family.broker)
    raw.connect()
    await family.clock.sleep(1.0)
    raw.send(LOWER, retain=True)
    family.child.proactor.start()
    await family.clock.sleep(10.0)

    assert loggers["lifecycle"].level == logging.INFO
    (problem,) = problems(family.child, family.broker)
    assert "link 'parent': dbg refused: it was not sent by the peer now" in problem
    await family.child.proactor.stop_and_join()


@in_virtual_time
async def test_a_wish_that_an_extra_filter_brings_is_not_obeyed(
    loggers: dict[str, logging.Logger],
) -> None:
    """Hazard 22: who is no peer of the link cannot set log levels."""
    family = Family()
    await family.start()
    family.child.container.link_publisher().subscribe("parent", "gw/somebody/#")
    stranger = RawPeer(family.broker, own=("somebody", "x"), peer=(CHILD, CHILD_SHORT))
    stranger.connect()
    await family.clock.sleep(1.0)
    stranger.send(LOWER)
    await family.clock.sleep(1.0)

    assert loggers["lifecycle"].level == logging.INFO
    (problem,) = problems(family.child, family.broker)
    assert "it was not sent by the peer now" in problem
    await family.stop()
