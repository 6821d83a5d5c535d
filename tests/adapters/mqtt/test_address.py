import attrs
import pytest

from gwproactor.adapters.mqtt import BrokerAddress

ADDRESS = BrokerAddress(
    host="broker.test", port=8883, client_id="a", username="me", password="secret-7"
)


def test_the_password_is_in_no_text() -> None:
    assert "secret-7" not in f"{ADDRESS} {ADDRESS!r}"


@pytest.mark.parametrize(
    "change",
    [
        {"host": ""},
        {"port": 0},
        {"port": 65_536},
        {"client_id": ""},
        {"client_id": "x" * 65_536},
        {"username": None},
        {"keepalive_s": -1},
        {"keepalive_s": 65_536},
        {"connect_timeout_s": 0},
        {"bind_address": "a.host.name"},
        {"bind_port": 65_536},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_value_that_cannot_be_is_refused_at_once(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))) as refused:
        attrs.evolve(ADDRESS, **change)  # type: ignore[arg-type]  # the wrong types are the test
    assert "secret-7" not in str(refused.value)


def test_a_password_that_is_too_long_is_not_repeated_in_the_error() -> None:
    with pytest.raises(ValueError, match="password is longer") as refused:
        attrs.evolve(ADDRESS, password="secret-7" * 10_000)
    assert "secret-7" not in str(refused.value)


def test_an_ipv6_address_is_written_in_brackets() -> None:
    assert str(attrs.evolve(ADDRESS, host="::1")) == "[::1]:8883"
