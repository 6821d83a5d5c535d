"""What an operator reads of a broker that refuses."""

import re
from pathlib import Path

import pytest

from gwproactor.domain.outage import FAILURES, REFUSALS, outage_words

TLS_PAGE = Path(__file__).parents[2] / "docs" / "tls.md"


def test_every_code_of_the_protocol_has_words() -> None:
    """MQTT 3.1.1, table 3.1: 1 to 5; the others are reserved."""
    assert set(REFUSALS) == {f"connack {code}" for code in range(1, 6)}


@pytest.mark.parametrize("code", [4, 5])
def test_a_wrong_password_is_called_that(code: int) -> None:
    assert outage_words(f"connack {code}") == f"it refuses user or password (connack {code})"


def test_a_broker_that_is_not_there_takes_no_connection() -> None:
    assert outage_words("tcp") == "it takes no connection (tcp)"


@pytest.mark.parametrize("cause", ["connack", "connack 77", ""])
def test_what_has_no_words_is_told_as_it_is(cause: str) -> None:
    assert outage_words(cause) == cause


def test_the_page_on_tls_has_every_cause_and_its_words() -> None:
    row = re.compile(r"^\| `([a-z ]+)` \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)
    causes = row.findall(TLS_PAGE.read_text(encoding="utf-8").partition("## Why")[2])
    others = ("name resolution", "tcp", "timeout")
    assert dict(causes) == {cause: FAILURES[cause] for cause in FAILURES if cause not in others}
