"""Names that can be levels of a topic."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gwproactor.domain.names import BadName, checked_name
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.topic import Topic, decode_topic, encode_topic


@pytest.mark.parametrize(
    "name", ["s", "d1.isone.ct.newhaven.orange1", "dummy_admin", "haus.Kühlung"]
)
def test_a_name_of_letters_digits_dots_and_underscores_is_good(name: str) -> None:
    assert checked_name(name, "a link") == Success(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "is empty"),
        ("dummy-admin", "'-'"),
        ("a/b", "'/'"),
        ("a+", "'+'"),
        ("#", "'#'"),
        ("a b", "white space"),
        ("a\n", "white space or a control character"),
        ("a\x00", "control character"),
    ],
)
def test_a_name_that_a_topic_cannot_carry_is_refused_with_the_reason(
    name: str, reason: str
) -> None:
    match checked_name(name, "short_name"):
        case Failure(problem):
            assert isinstance(problem, BadName)
            assert str(problem).startswith(f"short_name {name!r} ")
            assert reason in str(problem)
        case Success(_):
            pytest.fail("accepted")


@settings(deadline=None)
@given(st.text())
def test_a_good_name_survives_its_way_through_a_topic(name: str) -> None:
    if checked_name(name, "a name") == Success(name):
        topic = encode_topic(name, name, "gridworks.ping")

        assert decode_topic(topic) == Success(Topic("gw", name, name, "gridworks.ping"))
