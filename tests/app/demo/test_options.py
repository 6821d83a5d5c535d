"""What the demo may be asked for."""

import math

import pytest

from gwproactor.app.demo.options import (
    BadOption,
    BrokerUrl,
    DemoOptions,
    Outage,
    checked_options,
    outage_in,
)
from gwproactor.domain.outcome import Failure, Success


def good(**given: object) -> DemoOptions:
    return checked_options(**given).unwrap()  # type: ignore[arg-type] # each test names what it gives


def bad(**given: object) -> BadOption:
    return checked_options(**given).failure()  # type: ignore[arg-type] # each test names what it gives


def test_without_options_there_are_twelve_seconds_and_an_outage() -> None:
    assert good() == DemoOptions(rate=20.0, events=240, seconds=12.0, outage=Outage(4.0, 4.0))


def test_a_number_of_events_sets_no_time_limit() -> None:
    options = good(events=100, rate=10.0)

    assert (options.events, options.seconds, options.duration_s) == (100, None, 10.0)


@pytest.mark.parametrize(
    ("duration_s", "outage"),
    [(0.3, Outage(0.1, 3.0)), (12.0, Outage(4.0, 4.0)), (600.0, Outage(8.0, 5.0))],
)
def test_the_outage_is_long_enough_to_see_and_short_enough_to_wait_for(
    duration_s: float, outage: Outage
) -> None:
    made = outage_in(duration_s)

    assert (made.after_s, made.length_s) == pytest.approx((outage.after_s, outage.length_s))


def test_a_foreign_broker_is_not_taken_away() -> None:
    options = good(broker="mqtt://localhost")

    assert (options.broker, options.outage) == (BrokerUrl("localhost", 1883), None)


def test_an_outage_of_a_foreign_broker_is_refused() -> None:
    refused = bad(broker="mqtt://localhost", outage=True)

    assert refused.option == "--outage"
    assert "not ours" in refused.reason


def test_a_rate_of_less_than_one_event_makes_one_event_in_the_time_given() -> None:
    options = good(seconds=1.0, rate=0.1)

    assert (options.events, options.duration_s) == (1, 1.0)


def test_no_outage_is_none() -> None:
    assert good(outage=False).outage is None


def test_seconds_and_events_together_are_refused() -> None:
    assert bad(seconds=5.0, events=5).option == "--events"


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan, math.inf, 1e6])
def test_impossible_seconds_are_refused(seconds: float) -> None:
    assert bad(seconds=seconds).option == "--seconds"


@pytest.mark.parametrize("rate", [0.0, -1.0, math.nan, math.inf, 1e6])
def test_impossible_rates_are_refused(rate: float) -> None:
    refused = bad(rate=rate)

    assert refused == BadOption("--rate", f"{rate} is not between 0.1 and 2,000")


@pytest.mark.parametrize("events", [0, -1, 10_000_000])
def test_impossible_numbers_of_events_are_refused(events: int) -> None:
    assert bad(events=events).option == "--events"


def test_more_events_than_can_be_compared_are_refused() -> None:
    assert bad(seconds=86_400.0, rate=2_000.0).option == "--seconds"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("mqtt://example.org", BrokerUrl("example.org", 1883)),
        ("mqtt://10.0.0.1:18830/", BrokerUrl("10.0.0.1", 18830)),
        ("mqtt://[::1]:1", BrokerUrl("::1", 1)),
        ("mqtt://me:secret@example.org:1884", BrokerUrl("example.org", 1884, "me", "secret")),
    ],
)
def test_a_broker_is_named_by_its_url(text: str, url: BrokerUrl) -> None:
    assert good(broker=text).broker == url


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("localhost:1883", "no mqtt:// URL"),
        ("http://localhost", "no mqtt:// URL"),
        ("mqtts://localhost", "TLS"),
        ("mqtt://", "no host"),
        ("mqtt://:1883", "no host"),
        ("mqtt://localhost:port", "no URL"),
        ("mqtt://localhost:70000", "no URL"),
        ("mqtt://localhost:0", "port 0"),
        ("mqtt://[::1", "no URL"),
        ("mqtt://localhost/topic", "behind the port"),
    ],
)
def test_what_is_no_broker_url_is_refused_with_the_reason(text: str, why: str) -> None:
    match checked_options(broker=text):
        case Failure(BadOption(option, reason)):
            assert option == "--broker"
            assert why in reason
            assert text in reason
        case Success(options):
            pytest.fail(f"{text} was taken as {options.broker}")


def test_a_password_is_not_shown() -> None:
    url = BrokerUrl("host", 1, "me", "secret")

    assert "secret" not in f"{url} {url!r}"
