"""What a node does about a store that breaks its contract."""

from collections.abc import Sequence as Items

from typing_extensions import override

from gwproactor import Outcome, assemble, build_node
from gwproactor.adapters.memory import MemoryEventSink, MemoryEventStore
from gwproactor.ports.event_store import StoredEvent, StoreFailed
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import TYPES, Family, Reading, child_settings


class RaisingStore(MemoryEventStore):
    """Raises at its first reads instead of answering."""

    raises_left = 3

    @override
    async def read_after(
        self, number: int, *, count: int, bytes_max: int, with_quarantined: bool = False
    ) -> Outcome[Items[StoredEvent], StoreFailed]:
        if self.raises_left:
            self.raises_left -= 1
            raise OSError("a bug")
        return await super().read_after(
            number, count=count, bytes_max=bytes_max, with_quarantined=with_quarantined
        )


@in_virtual_time
async def test_a_store_that_raises_is_asked_again() -> None:
    family = Family()
    child = assemble(
        child_settings(handler=""),
        namespace=TYPES,
        clock=family.clock,
        chance=family.chance,
        event_store=RaisingStore(),
        event_sink=MemoryEventSink(),
        link_transports={"local": family.broker.transport("s-local")},
    )
    proactor = build_node(child)
    proactor.start()
    await family.clock.sleep(1.0)
    child.event_log().generate_event(Reading(value=7)).unwrap()
    family.parent.proactor.start()
    await family.clock.sleep(120.0)
    assert family.parent.container.recorder().readings == [7]
    await proactor.stop_and_join()
    await family.parent.proactor.stop_and_join()
