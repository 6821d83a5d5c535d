"""Hosts that can be found, and those at which two cannot listen on one port."""

import pytest

from gwproactor.app.settings import MQTTClient, WebServerSettings
from gwproactor.app.settings.hosts import overlap
from gwproactor.app.settings.web import misfits_of_ports


@pytest.mark.parametrize(
    "host",
    ["localhost", "mqtt.example.org.", "my_host", "10.0.0.1", "::1", "fe80::1%eth0", "müller.de"],
)
def test_a_name_or_an_address_is_fine(host: str) -> None:
    assert MQTTClient(host=host, bind_address="", bind_port=0).host == host


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "0.0.0.0", True),
        ("0.0.0.0", "localhost", True),
        ("localhost", "::1", True),
        ("::", "::1", True),
        ("::1", "0:0:0:0:0:0:0:1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("0.0.0.0", "::", False),
        ("a.local", "b.local", False),
        ("a.local", "a.local", True),
    ],
)
def test_two_hosts_may_mean_one_address(one: str, other: str, expected: bool) -> None:
    assert overlap(one, other) is expected
    assert overlap(other, one) is expected


def test_who_does_not_listen_or_takes_any_port_is_in_nobodys_way() -> None:
    servers = {
        "a": WebServerSettings(port=80),
        "off": WebServerSettings(port=80, enabled=False),
        "other": WebServerSettings(port=81),
        "any": WebServerSettings(port=0),
        "any-too": WebServerSettings(port=0),
    }
    assert list(misfits_of_ports(servers)) == []
