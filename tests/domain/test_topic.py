"""Topics and filters, the expected side from the protocol's description and MQTT 3.1.1 §4.7."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.topic import (
    EmptyTopic,
    Topic,
    bad_filter,
    decode_topic,
    encode_topic,
    filter_matches,
    filters_overlap,
    link_filter,
)

LONG = "d1.isone.ct.newhaven.orange1.scada"


def test_a_topic_names_source_receiver_and_type_with_hyphens_for_dots() -> None:
    topic = encode_topic(LONG, "a", "gridworks.event.startup")

    assert topic == "gw/d1-isone-ct-newhaven-orange1-scada/to/a/gridworks-event-startup"


def test_the_filter_of_a_link_takes_all_that_the_peer_sends_to_the_node() -> None:
    assert link_filter(LONG, "a") == "gw/d1-isone-ct-newhaven-orange1-scada/to/a/#"


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("gw", Topic("gw")),
        ("gw/", Topic("gw")),
        ("gw/s", Topic("gw", "s")),
        ("gw/s/to", Topic("gw", "s")),
        ("gw/d1-s/to/a", Topic("gw", "d1.s", "a")),
        ("gw/s/to/a/gridworks-ping", Topic("gw", "s", "a", "gridworks.ping")),
        ("gw/s/to/a/x/bla/b-c", Topic("gw", "s", "a", "x", ("bla", "b.c"))),
        ("gw/s/X/a/report-event", Topic("gw", "s", remainder=("X", "a", "report.event"))),
        ("gw/s/To", Topic("gw", "s", remainder=("To",))),
        ("other/s/to/a/x", Topic("other", "s", "a", "x")),
        ("/", Topic("")),
    ],
)
def test_what_a_topic_lacks_is_empty_and_what_follows_is_the_remainder(
    topic: str, expected: Topic
) -> None:
    assert decode_topic(topic) == Success(expected)


def test_an_empty_topic_is_no_topic() -> None:
    assert decode_topic("") == Failure(EmptyTopic())
    assert str(EmptyTopic()) == "the topic is empty"


NAMES = st.from_regex(r"[a-z0-9_.]+", fullmatch=True)


@settings(deadline=None)
@given(src=NAMES, dst=NAMES, message_type=NAMES)
def test_every_topic_reads_as_what_it_was_made_of(src: str, dst: str, message_type: str) -> None:
    topic = encode_topic(src, dst, message_type)

    assert decode_topic(topic) == Success(Topic("gw", src, dst, message_type))
    assert filter_matches(link_filter(src, dst), topic)


@settings(deadline=None)
@given(st.text())
def test_any_text_but_the_empty_one_is_some_topic(text: str) -> None:
    assert (decode_topic(text) == Failure(EmptyTopic())) == (text == "")


@pytest.mark.parametrize(
    ("topic_filter", "topic", "matches"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/c", False),
        ("a/b", "a", False),
        ("a", "a/b", False),
        ("a/#", "a", True),  # '#' includes the parent level
        ("a/#", "a/b/c", True),
        ("a/#", "b", False),
        ("#", "a/b", True),
        ("+", "a", True),
        ("+", "a/b", False),
        ("+/+", "/a", True),
        ("/+", "/a", True),
        ("+", "/a", False),
        ("a/+/c", "a/b/c", True),
        ("a/+", "a", False),
        ("a/+", "a/", True),
        ("#", "$SYS/load", False),
        ("+/load", "$SYS/load", False),
        ("$SYS/#", "$SYS/load", True),
        ("a/#", "a/$SYS", True),
    ],
)
def test_a_filter_matches_as_the_standard_says(
    topic_filter: str, topic: str, matches: bool
) -> None:
    assert filter_matches(topic_filter, topic) is matches


LEVELS = ["", "a", "$a"]
TOPICS = ["/".join(levels) for length in range(1, 5) for levels in product(LEVELS, repeat=length)]
FILTERS = [
    *(
        "/".join(levels)
        for length in range(1, 4)
        for levels in product([*LEVELS, "+"], repeat=length)
    ),
    *(
        "/".join([*levels, "#"])
        for length in range(3)
        for levels in product([*LEVELS, "+"], repeat=length)
    ),
]


@settings(deadline=None)
@given(st.sampled_from(FILTERS), st.sampled_from(FILTERS))
def test_filters_overlap_exactly_if_a_topic_matches_both(one: str, other: str) -> None:
    some_topic = any(
        filter_matches(one, topic) and filter_matches(other, topic) for topic in TOPICS
    )

    assert filters_overlap(one, other) is some_topic
    assert filters_overlap(other, one) is some_topic


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/c", False),
        ("a/b", "a", False),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("a/+/#", "a", False),
        ("a/+", "+/b", True),
        ("a/+", "a/b/c", False),
        ("gw/s/to/a/#", "gw/s/to/b/#", False),
        ("gw/+/to/a/#", "gw/s/to/+/x", True),
        ("#", "a/b", True),
        ("#", "$SYS/load", False),
        ("+/load", "$SYS/#", False),
        ("$SYS/+", "$SYS/load", True),
    ],
)
def test_these_filters_overlap_or_not(one: str, other: str, overlap: bool) -> None:
    assert filters_overlap(one, other) is overlap
    assert filters_overlap(other, one) is overlap


@pytest.mark.parametrize("topic_filter", ["a", "a/b", "#", "+", "a/+/b/#", "/", "$SYS/#"])
def test_a_valid_filter_has_no_fault(topic_filter: str) -> None:
    assert bad_filter(topic_filter) is None


@pytest.mark.parametrize(
    ("topic_filter", "reason"),
    [
        ("", "empty"),
        ("a/#/b", "last level"),
        ("a#", "last level"),
        ("#/a", "last level"),
        ("a+", "whole level"),
        ("a/b+/c", "whole level"),
    ],
)
def test_an_invalid_filter_has_a_reason(topic_filter: str, reason: str) -> None:
    assert reason in (bad_filter(topic_filter) or "")
