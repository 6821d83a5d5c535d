"""What a node counts while it works."""

from gwproactor import StateName
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import CHILD, PARENT_SHORT, Family


@in_virtual_time
async def test_a_node_counts_what_the_original_counts() -> None:
    family = Family()
    await family.start()
    for value in range(3):
        family.read(value)
    await family.clock.sleep(1.0)
    family.parent.proactor.stop()
    await family.parent.proactor.join()
    await family.clock.sleep(120.0)
    family.read(3)
    again = family.make(family.parent.container.settings(), family.parent.store.disk)
    again.proactor.start()
    await family.clock.sleep(120.0)
    assert family.child.state("parent") is StateName.ACTIVE

    child = family.child.container.core().stats
    link = child.links["parent"]
    assert link.received_by_type["gridworks.ack"] >= 4
    assert child.received == link.received == link.received_by_type.total()
    assert link.received == link.received_by_topic.total()
    assert link.comm_events["gridworks.event.comm.peer.active"] == 2
    assert link.timeouts == 2  # of what asked for an ack last, and of a later ping
    assert link.upload.reuploads_started == link.upload.reuploads_completed == 2
    parent = again.container.core().stats
    reading = "gridworks.event.test.reading"
    topic = f"gw/{CHILD}/to/{PARENT_SHORT}/{reading}".replace(".", "-")
    assert parent.received_by_type[reading] == parent.received_by_topic[topic] == 1
    assert parent.events_received > 1
    again.proactor.stop()
    await again.proactor.join()
    await family.child.proactor.stop_and_join()
