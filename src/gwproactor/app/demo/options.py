"""What the demo may be asked for, checked before anything is started."""

import math
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import attrs

from gwproactor.domain.outcome import Failure, Outcome, Success

DEFAULT_SECONDS: Final = 12.0
SECONDS_MIN: Final = 1.0
SECONDS_MAX: Final = 86_400.0
RATE_MIN: Final = 0.1
# More than one process can generate, list and send.
RATE_MAX: Final = 2_000.0
EVENTS_MAX: Final = 1_000_000
MQTT_PORT: Final = 1883

# Shorter: too few events pile up to be seen. Longer: the nodes' reconnect delays, which double
# with each attempt, make the audience wait.
OUTAGE_S_MIN: Final = 3.0
OUTAGE_S_MAX: Final = 5.0
BEFORE_OUTAGE_S_MAX: Final = 8.0


@attrs.frozen
class BadOption:
    """An option that cannot be used; `reason` says what to give instead."""

    option: str
    reason: str


@attrs.frozen
class BrokerUrl:
    """A broker that somebody else runs."""

    host: str
    port: int
    username: str = ""
    password: str = attrs.field(default="", repr=False)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@attrs.frozen
class Outage:
    """When the broker is killed, counted from the first event, and for how long it is away."""

    after_s: float
    length_s: float


@attrs.frozen(kw_only=True)
class DemoOptions:
    """`seconds` None: until `events` are generated; else until one of the two is reached."""

    rate: float
    events: int
    seconds: float | None = None
    outage: Outage | None = None
    broker: BrokerUrl | None = None

    @property
    def duration_s(self) -> float:
        """How long the events take at the rate asked for."""
        return _duration_s(self.events, self.rate, self.seconds)


def checked_options(
    *,
    seconds: float | None = None,
    rate: float = 20.0,
    events: int | None = None,
    outage: bool | None = None,
    broker: str = "",
) -> Outcome[DemoOptions, BadOption]:
    """The options as a whole. *outage* None: if the broker is ours."""
    url = _url(broker) if broker else None
    if isinstance(url, BadOption):
        return Failure(url)
    for bad in _bad_numbers(seconds, rate, events):
        return Failure(bad)
    if outage and url is not None:
        reason = "the broker given by --broker is not ours to take away: leave --outage out"
        return Failure(BadOption("--outage", reason))
    if events is None:
        seconds = DEFAULT_SECONDS if seconds is None else seconds
        events = max(1, round(seconds * rate))
        if events > EVENTS_MAX:
            reason = f"{seconds:g} s at {rate:g} a second are more than {EVENTS_MAX:,} events"
            return Failure(BadOption("--seconds", reason))
    wants_outage = outage if outage is not None else url is None
    return Success(
        DemoOptions(
            rate=rate,
            events=events,
            seconds=seconds,
            outage=outage_in(_duration_s(events, rate, seconds)) if wants_outage else None,
            broker=url,
        )
    )


def outage_in(duration_s: float) -> Outage:
    """A third into the events, and long enough to pile some up."""
    third = duration_s / 3
    length_s = min(max(third, OUTAGE_S_MIN), OUTAGE_S_MAX)
    return Outage(min(third, BEFORE_OUTAGE_S_MAX), length_s)


def _duration_s(events: int, rate: float, seconds: float | None) -> float:
    return min(events / rate, math.inf if seconds is None else seconds)


def _bad_numbers(seconds: float | None, rate: float, events: int | None) -> Iterator[BadOption]:
    bounds = (
        ("--seconds", seconds, SECONDS_MIN, SECONDS_MAX),
        ("--rate", rate, RATE_MIN, RATE_MAX),
        ("--events", events, 1, EVENTS_MAX),
    )
    for option, value, low, high in bounds:
        if value is not None and not low <= value <= high:  # true of nan, too
            yield BadOption(option, f"{value} is not between {low:g} and {high:,.0f}")
    if seconds is not None and events is not None:
        yield BadOption("--events", "give either --seconds or --events, not both")


def _url(text: str) -> BrokerUrl | BadOption:
    def bad(why: str) -> BadOption:
        return BadOption("--broker", f"{text!r} {why}: give mqtt://HOST or mqtt://HOST:PORT")

    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        return bad(f"is no URL ({error})")
    if parts.scheme == "mqtts":
        return bad("asks for TLS, which the demo does not do")
    if parts.scheme != "mqtt":
        return bad("is no mqtt:// URL")
    if not host:
        return bad("names no host")
    if port == 0:
        return bad("has the port 0")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        return bad("has something behind the port")
    return BrokerUrl(host, port or MQTT_PORT, parts.username or "", parts.password or "")
