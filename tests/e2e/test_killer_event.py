"""An event that makes the broker end the connection: it is found, put in quarantine, and everything
else arrives.
"""

from pathlib import Path
from typing import Final

import pytest

from gwproactor import StateName
from gwproactor.adapters.broker_process import IotcoreBroker
from gwproactor.adapters.broker_process.iotcore_broker import iotcore_is_installed
from gwproactor.app.settings import EventStoreSettings
from tests.interop.our_node import DemoEvent, Names, OurNode, Role, our_node

NAMES = Names.of("killer")
# iotcore ends a connection that sends more than its limit.
PAYLOAD_BYTES_MAX = 4_000
KILLER = "x" * 10_000
ROLES: Final[tuple[Role, ...]] = ("child", "parent")

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(not iotcore_is_installed(), reason="only iotcore ends the connection"),
]


def node(role: Role, address: tuple[str, int], folder: Path, kind: str) -> OurNode:
    store = EventStoreSettings.model_validate({"kind": kind})
    return our_node(role, NAMES, address, folder, poll_s=2.0, ack_timeout_s=1.0, event_store=store)


@pytest.mark.parametrize("kind", ["sqlite", "rolling-files"])
async def test_an_event_that_the_broker_does_not_take_is_found_and_all_others_arrive(
    kind: str, tmp_path: Path
) -> None:
    folder = tmp_path / "broker"
    folder.mkdir()
    with IotcoreBroker(folder, payload_bytes_max=PAYLOAD_BYTES_MAX) as launcher:
        address = (launcher.host, launcher.port)
        child, parent = (node(role, address, tmp_path / role, kind) for role in ROLES)
        child.proactor.start()
        await child.is_in(StateName.AWAITING_PEER)
        good = child.generate(*(DemoEvent(index=index) for index in range(10)))
        (killer,) = child.generate(DemoEvent(index=-1, text=KILLER))
        good += child.generate(*(DemoEvent(index=index) for index in range(10, 100)))

        def is_found() -> bool:
            """Each time that the link is active, there is something else for the peer to ack."""
            activated = [transition for transition in child.transitions if transition.activated()]
            while len(good) < 100 + len(activated):
                good.extend(child.generate(DemoEvent(index=len(good))))
            return child.container.event_store().content().quarantined == 1

        parent.proactor.start()
        await child.eventually(is_found, "the killer in quarantine")
        await child.eventually(lambda: child.pending == 1, "all others acked")
        await child.is_in(StateName.ACTIVE)
        (found,) = (await child.container.event_store().quarantined()).unwrap()
        for one in (child, parent):
            await one.proactor.stop_and_join()

    stored = [event.message_id for event in parent.stored if event.src == child.long_name]
    assert [stored.count(message_id) for message_id in good] == [1] * len(good)
    assert killer not in stored
    assert found.type_name == DemoEvent.wire.type_name
    assert "connections in a row" in found.reason
