"""A node that was configured to keep nothing says so of itself."""

import pytest

from gwproactor.adapters.persistence import NullEventSink, NullEventStore
from gwproactor.app.assembly import assemble
from tests.support.family import child_settings


@pytest.mark.parametrize("kind", ["null", "memory"])
def test_only_a_null_store_does_not_keep(kind: str) -> None:
    container = assemble(child_settings(handler="", event_store={"kind": kind}))

    assert container.core_status().store_status().keeps is (kind != "null")


def test_a_null_store_and_sink_that_were_put_in_by_hand_are_known_as_well() -> None:
    settings = child_settings(handler="")
    container = assemble(settings, event_store=NullEventStore(), event_sink=NullEventSink())
    status = container.core_status().store_status()

    assert (status.keeps, status.sink_keeps) == (False, False)
    assert status.sink_kind == "NullEventSink"
