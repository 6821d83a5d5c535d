"""Counting, bounded in memory."""

from collections import Counter

from gwproactor.domain.short_text import KEY_MAX
from gwproactor.domain.stats import OTHER, TYPES_MAX, LinkStats, ProactorStats, count


def test_each_key_is_counted() -> None:
    counter: Counter[str] = Counter()
    for key in "aab":
        count(counter, key)

    assert counter == {"a": 2, "b": 1}


def test_too_many_different_keys_are_counted_together() -> None:
    """Hazard 25: a peer with ever new types must not fill the memory."""
    counter: Counter[str] = Counter()
    for number in range(TYPES_MAX + 7):
        count(counter, str(number))
    count(counter, "0")

    assert len(counter) == TYPES_MAX + 1
    assert counter[OTHER] == 7
    assert counter["0"] == 2


def test_a_link_counts_what_arrives_by_type_and_by_topic() -> None:
    stats = LinkStats()
    for topic in ("t/one", "t/two", "t/one", ""):
        stats.arrived("gridworks.ping", topic)

    assert stats.received == 4
    assert stats.received_by_type == {"gridworks.ping": 4}
    assert stats.received_by_topic == {"t/one": 2, "t/two": 1}


def test_a_peer_with_ever_new_topics_does_not_fill_the_memory() -> None:
    """Hazard 25: statistics by topic, where a peer varies its topics."""
    stats = LinkStats()
    for number in range(10 * TYPES_MAX):
        stats.arrived("gridworks.ping", f"topic/{number}")

    assert len(stats.received_by_topic) == TYPES_MAX + 1
    assert stats.received_by_topic.total() == 10 * TYPES_MAX


def test_a_node_sums_up_its_links() -> None:
    links = {"child": LinkStats(events_received=2), "admin": LinkStats(events_received=1)}
    links["child"].arrived("gridworks.ping", "t/one")
    links["admin"].arrived("gridworks.ping", "t/one")
    links["admin"].arrived("gridworks.ack", "t/two")
    node = ProactorStats(links)

    assert (node.received, node.events_received) == (3, 3)
    assert node.received_by_type == {"gridworks.ping": 2, "gridworks.ack": 1}
    assert node.received_by_topic == {"t/one": 2, "t/two": 1}


def test_the_counts_can_be_read_by_people() -> None:
    link = LinkStats(timeouts=3, comm_events=Counter({"gridworks.event.comm.peer.active": 2}))
    link.arrived("gridworks.ping", "t/one")
    link.upload.count_reupload(begins=True, goes_on=False)

    text = str(ProactorStats({"parent": link}))
    for part in ("link parent: received: 1", "timeouts: 3", "gridworks.ping", "t/one"):
        assert part in text
    assert "     2  gridworks.event.comm.peer.active" in text
    assert "reuploads started: 1, completed: 1" in text


def test_a_peer_with_long_names_does_not_fill_the_memory() -> None:
    """Hazard 25: topics may have 65,535 bytes, and names of types the size of a message."""
    stats = LinkStats()
    for number in range(TYPES_MAX):
        stats.arrived(f"{number:,}{'x' * 60_000}", f"topic/{number}/{'x' * 60_000}")

    for counter in (stats.received_by_type, stats.received_by_topic):
        assert len(counter) == TYPES_MAX
        assert max(map(len, counter)) <= KEY_MAX
