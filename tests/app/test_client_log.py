"""The per-link switch of the MQTT client's log."""

import logging

import pytest

from gwproactor import Failure, LinkSettings
from gwproactor.ports.link_publisher import UnknownLink
from gwproactor.testing.virtual_time import run_in_virtual_time
from tests.support.family import Family, child_settings

LOGGER = "gwproactor.mqtt.local"


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == LOGGER]


def test_links_of_one_broker_share_a_client_which_is_silent_once_none_wants_its_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def switch() -> list[int]:
        family = Family()
        links = {
            "parent": LinkSettings(peer_long_name="p", peer_short_name="p", upstream=True),
            "admin": LinkSettings(peer_long_name="q", peer_short_name="q"),
        }
        node = family.make(child_settings(links=links))
        publisher = node.container.link_publisher()
        node.proactor.start()
        counts: list[int] = []
        for switch in (
            publisher.enable_logger,
            publisher.disable_logger,
        ):
            for link in ("parent", "admin"):
                assert not isinstance(switch(link), Failure)
                caplog.clear()
                await family.clock.sleep(200.0)
                counts.append(len(lines(caplog)))
        await node.proactor.stop_and_join()
        return counts

    with caplog.at_level(logging.DEBUG, LOGGER):
        counts = run_in_virtual_time(switch())

    assert [count > 0 for count in counts] == [True, True, True, False]


def test_the_log_of_an_unknown_link_cannot_be_switched() -> None:
    async def switch() -> None:
        publisher = Family().child.container.link_publisher()
        assert publisher.enable_logger("nobody") == Failure(UnknownLink("nobody"))
        assert publisher.disable_logger("nobody") == Failure(UnknownLink("nobody"))

    run_in_virtual_time(switch())
