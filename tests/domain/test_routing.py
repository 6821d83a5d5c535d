"""Which link a topic belongs to, and which filters may share a connection."""

import attrs

from gwproactor.domain.ack_book import AckBook
from gwproactor.domain.link import Link, LinkSpec
from gwproactor.domain.link_state import On
from gwproactor.domain.routing import OWNERS_MAX, Owner, Routes, spec_problems
from gwproactor.domain.subscription import QOS
from tests.support.core_driver import link_spec


def routes(*specs: LinkSpec) -> Routes:
    links = {}
    for spec in specs or (link_spec("up"), link_spec("kid")):
        links[spec.name] = Link(spec, 60.0, AckBook(5.0))
        links[spec.name].subscriptions.wanted[spec.own_filter] = QOS.AtMostOnce
    return Routes(links)


def add(to: Routes, link_name: str, topic_filter: str) -> None:
    to.links[link_name].subscriptions.wanted[topic_filter] = QOS.AtMostOnce
    to.changed()


def test_a_topic_belongs_to_the_link_of_its_source_and_destination() -> None:
    mine = routes()

    for _ in range(2):
        assert mine.owner("gw/peer-up/to/own/gridworks-ping") == Owner("up", from_peer=True)
    assert mine.owner("gw/peer-kid/to/own/gridworks-ping") == Owner("kid", from_peer=True)


def test_the_topic_of_a_message_without_a_type_belongs_to_the_link() -> None:
    assert routes().owner("gw/peer-up/to/own") == Owner("up", from_peer=True)


def test_a_topic_of_somebody_else_belongs_to_nobody() -> None:
    mine = routes()

    assert mine.owner("gw/peer-up/to/other/x") is None
    assert mine.owner("gw/stranger/to/own/x") is None
    assert mine.owner("xx/peer-up/to/own/x") is None
    assert mine.owner("") is None


def test_an_extra_filter_brings_topics_that_are_not_from_the_peer() -> None:
    mine = routes()
    add(mine, "kid", "weather/#")

    assert mine.owner("weather/now") == Owner("kid", from_peer=False)


def test_source_and_destination_go_before_an_extra_filter() -> None:
    mine = routes()
    add(mine, "kid", "gw/peer-up/#")

    assert mine.owner("gw/peer-up/to/own/x") == Owner("up", from_peer=True)


def test_a_filter_that_is_removed_brings_nothing_any_more() -> None:
    mine = routes()
    add(mine, "kid", "weather/#")
    assert mine.owner("weather/now") is not None

    mine.links["kid"].subscriptions.removed("weather/#")
    mine.changed()

    assert mine.owner("weather/now") is None


def test_a_link_with_another_receiver_name_owns_what_is_sent_to_that() -> None:
    mine = routes(attrs.evolve(link_spec("admin"), receiver_name="own.long"))

    assert mine.owner("gw/peer-admin/to/own-long/x") == Owner("admin", from_peer=True)
    assert mine.owner("gw/peer-admin/to/own/x") is None


def test_the_memory_of_topics_is_bounded() -> None:
    mine = routes()
    for number in range(2 * OWNERS_MAX + 1):
        mine.owner(f"gw/peer-up/to/own/{number}")

    assert len(mine._owners) <= OWNERS_MAX


def test_long_topics_are_not_remembered() -> None:
    """Hazard 25: a topic may have 65,535 bytes."""
    mine = routes()
    owners = {mine.owner(f"gw/peer-up/to/own/{'x' * 60_000}{number}") for number in range(10)}

    assert owners == {Owner("up", from_peer=True)}
    assert sum(map(len, mine._owners)) < 1_000


def test_a_filter_that_shares_no_topic_is_not_refused() -> None:
    assert routes().refusal("kid", "weather/#") is None


def test_a_filter_that_could_match_the_same_topic_is_refused_with_the_reason() -> None:
    refusal = routes().refusal("kid", "gw/+/to/own/#")

    assert refusal is not None
    assert "'gw/peer-up/to/own/#' of link 'up'" in refusal


def test_a_filter_that_overlaps_with_one_of_the_same_link_is_refused() -> None:
    assert routes().refusal("up", "gw/peer-up/#") is not None


def test_a_filter_that_the_link_has_already_may_be_added_again() -> None:
    assert routes().refusal("up", "gw/peer-up/to/own/#") is None


def test_the_same_filter_on_another_link_is_refused() -> None:
    assert routes().refusal("kid", "gw/peer-up/to/own/#") is not None


def test_a_malformed_filter_is_refused() -> None:
    assert routes().refusal("up", "a/#/b") == "'#' must be the whole last level"


def test_the_filters_of_a_stopped_link_are_free() -> None:
    mine = routes()
    mine.links["up"].take(On.STOP)

    assert mine.refusal("kid", "gw/peer-up/#") is None


def test_a_stopped_link_still_owns_what_is_on_its_way() -> None:
    mine = routes()
    add(mine, "up", "weather/#")
    mine.links["up"].take(On.STOP)
    mine.changed()

    assert mine.owner("weather/now") == Owner("up", from_peer=False)


def test_a_filter_taken_over_from_a_stopped_link_brings_messages_to_the_new_one() -> None:
    mine = routes()
    add(mine, "up", "weather/#")
    mine.links["up"].take(On.STOP)
    add(mine, "kid", "weather/#")

    assert mine.owner("weather/now") == Owner("kid", from_peer=False)


def test_links_that_share_nothing_are_in_order() -> None:
    assert spec_problems([link_spec("up"), link_spec("kid")]) == []


def test_two_links_of_one_name_are_a_problem() -> None:
    found = spec_problems([link_spec("kid"), link_spec("kid", broker="c")])

    assert found == ["there are two links named 'kid'"]


def test_two_upstream_links_are_a_problem() -> None:
    found = spec_problems([link_spec("up"), link_spec("kid", upstream=True)])

    assert found == ["only one link may be upstream, not up, kid"]


def test_two_primary_peers_are_a_problem() -> None:
    links = [attrs.evolve(link_spec(name), primary_peer=True) for name in ("up", "kid")]

    assert spec_problems(links) == ["only one link may be the primary peer's, not up, kid"]


def test_two_links_with_overlapping_filters_on_one_broker_are_a_problem() -> None:
    twin = attrs.evolve(link_spec("kid"), peer_long_name="peer.up")

    assert len(spec_problems([link_spec("up"), twin])) == 1
    assert spec_problems([link_spec("up"), attrs.evolve(twin, broker="other")]) == []
