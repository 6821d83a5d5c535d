"""Which events can never be delivered, and are refused where they enter."""

import pytest

from gwproactor.domain.event_check import _remembered_bad_type_name, bad_event
from gwproactor.domain.events import AnyEvent, ShutdownEvent, StartupEvent

TIME_MS = 1_800_000_000_000


def any_event(type_name: str, **json: str) -> AnyEvent:
    return AnyEvent(event_type_name=type_name, message_id="m", src="s", json=json)


def test_an_ordinary_event_is_not_refused() -> None:
    assert bad_event(StartupEvent(message_id="m", time_created_ms=TIME_MS, src="s")) is None
    assert bad_event(ShutdownEvent(message_id="ä", time_created_ms=TIME_MS, reason="")) is None
    assert bad_event(any_event("gridworks.event.x", MessageId="m")) is None


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (StartupEvent(message_id="m", time_created_ms=17, src="s"), "years 2000 to 2999"),
        (StartupEvent(message_id="\ud800", time_created_ms=TIME_MS), "message_id"),
        (StartupEvent(message_id="m", src="\ud800", time_created_ms=TIME_MS), "src"),
        (any_event(""), "TypeName is empty"),
        (any_event("gridworks.event.a+b"), "wildcard"),
        (any_event("gridworks.event.#"), "wildcard"),
        (any_event("gridworks.event.\0"), "null"),
        (any_event("gridworks.event.\ud800"), "Unicode"),
        (any_event("gridworks.event.x", TypeName="gridworks.event.y"), "TypeName"),
        (any_event("gridworks.event.x", MessageId="other"), "MessageId"),
    ],
)
def test_an_event_that_no_peer_could_ack_is_refused_with_the_reason(
    event: StartupEvent | AnyEvent, reason: str
) -> None:
    refused = bad_event(event)
    assert refused is not None
    assert reason in refused


def test_long_type_names_are_not_remembered() -> None:
    """Hazard 25: who posts events to the node chooses their names."""
    before = _remembered_bad_type_name.cache_info().currsize

    assert bad_event(any_event(f"gridworks.event.{'x' * 60_000}")) is None
    assert _remembered_bad_type_name.cache_info().currsize == before
