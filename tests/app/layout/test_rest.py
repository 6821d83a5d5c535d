"""What a REST poller takes from the layout."""

import pytest

from gwproactor import LayoutError, rest_settings_of
from gwproactor.domain.message import Json
from tests.app.layout.sites import child, node, rest_poller, site

REST: dict[str, Json] = {
    "Request": {"Url": {"Url": "http://hub.local/status"}},
    "PollPeriodSeconds": 5.0,
}
HOUSE = site(
    [
        node("s", "House"),
        child("hub", "Poller", ComponentId="c-1"),
        child("bare", "Poller"),
        child("bad", "Poller", ComponentId="c-2"),
        child("odd", "Poller", ComponentId="c-3"),
    ],
    [
        rest_poller("c-1", REST),
        rest_poller("c-2", {}),
        rest_poller("c-3", REST | {"Session": {"Headers": {"Authorization": None}}}),
    ],
)


def refusal(name: str) -> str:
    with pytest.raises(LayoutError) as refused:
        rest_settings_of(HOUSE, HOUSE.nodes[name])
    return str(refused.value)


def test_a_poller_has_the_settings_of_its_component() -> None:
    settings = rest_settings_of(HOUSE, HOUSE.nodes["hub"])
    assert (settings.url, settings.poll_period_seconds) == ("http://hub.local/status", 5.0)


def test_a_poller_needs_a_component() -> None:
    told = "has no component to tell the settings of its Poller"
    assert refusal("bare") == f"site.json: node 'bare': {told}"


def test_a_poller_needs_settings_that_are_right() -> None:
    told = "Rest: needs a URL: Session.BaseUrl, Request.Url, or both"
    assert refusal("bad") == f"site.json: component 'c-2': {told}"


def test_a_header_that_is_wrong_is_one_fault() -> None:
    told = "Rest.Session.Headers.Authorization: must be a text or a number"
    assert refusal("odd") == f"site.json: component 'c-3': {told}"
