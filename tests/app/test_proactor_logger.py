"""The categories of a node's log."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from gwproactor.app.proactor_logger import MessageSummary, ProactorLogger
from gwproactor.domain.message import to_actor
from gwproactor.domain.payloads import Ping

CATEGORIES = ("message_summary", "lifecycle", "comm_event", "io_loop")


@pytest.fixture
def logger(caplog: pytest.LogCaptureFixture) -> Iterator[ProactorLogger]:
    """Of a name of its own, as loggers live as long as the process."""
    made = ProactorLogger.of_base(f"test-{uuid4().hex}")
    with caplog.at_level(logging.INFO, made.name):
        yield made


class Unprintable:
    """Stands for what must not be formatted."""

    def __str__(self) -> str:
        raise AssertionError("it was formatted")


def test_each_category_has_a_logger_named_after_the_base(logger: ProactorLogger) -> None:
    loggers = [getattr(logger, f"{category}_logger") for category in CATEGORIES]

    assert [one.name for one in loggers] == [f"{logger.name}.{one}" for one in CATEGORIES]
    assert all(f"{logger.name}.{category}" in repr(logger) for category in CATEGORIES)


@pytest.mark.parametrize("category", CATEGORIES[1:])
def test_a_line_goes_to_the_logger_of_its_category(
    category: str, logger: ProactorLogger, caplog: pytest.LogCaptureFixture
) -> None:
    getattr(logger, category)("it %s", "happened")

    assert caplog.record_tuples == [
        (f"{logger.name}.{category}", logging.INFO, "it happened"),
    ]
    assert caplog.records[0].filename == "test_proactor_logger.py"


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_category_is_switched_by_itself(category: str, logger: ProactorLogger) -> None:
    logging.getLogger(f"{logger.name}.{category}").setLevel(logging.WARNING)

    enabled = [one for one in CATEGORIES if getattr(logger, f"{one}_enabled")]
    assert enabled == [one for one in CATEGORIES if one != category]
    assert logger.general_enabled


def test_what_a_disabled_category_is_given_is_never_formatted(logger: ProactorLogger) -> None:
    logging.getLogger(logger.name).setLevel(logging.WARNING)

    for category in CATEGORIES[1:]:
        getattr(logger, category)("%s", Unprintable())
    logger.path("%s", Unprintable())
    logger.message_enter("%s", Unprintable())
    logger.message_summary(direction="IN", src="a", dst="b", topic="t", message_id=Unprintable())  # type: ignore[arg-type] # it is never looked at


def test_a_message_is_one_line(logger: ProactorLogger, caplog: pytest.LogCaptureFixture) -> None:
    logger.message_summary(
        direction="IN  mqtt    ",
        src="d1.house",
        dst="s",
        topic="gw/d1-house/to/s/gridworks-ping",
        payload_object=to_actor("a", "b", Ping()),
        message_id="0123456789abcdef",
    )

    (line,) = [record.getMessage() for record in caplog.records]
    assert line.split() == [
        "IN",
        "mqtt",
        "d1.house",
        "to",
        "s",
        "<-",
        "[gw/d1-house/to/s/gridworks-ping]",
        "Ping",
        "01234567...",
    ]


@pytest.mark.parametrize(
    ("direction", "arrow"), [("OUT mqtt", "->"), ("SND", "->"), ("RCV", "<-"), ("by hand", "?")]
)
def test_the_arrow_shows_the_direction(direction: str, arrow: str) -> None:
    assert f" {arrow} " in MessageSummary.format(direction, "a", "b", "t")


def test_a_timestamp_goes_first_and_a_short_id_and_a_types_name_as_they_are() -> None:
    when = datetime(2026, 11, 23, tzinfo=UTC)
    line = MessageSummary.format(
        "OUT", "a", "b", "t", payload_object="gridworks.ack", timestamp=when, message_id="short"
    )

    assert line.startswith("2026-11-23T00:00:00+00:00  ")
    assert line.split()[-2:] == ["gridworks.ack", "short"]


def test_the_way_of_a_message_is_framed(
    logger: ProactorLogger, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger.message_summary_logger.name):
        logger.message_enter("++%s", "in")
        logger.message_exit("--%s", "out")

    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["", "+" * 88, "++in", "--out", "-" * 88]


def test_each_record_names_the_line_that_logs(
    logger: ProactorLogger, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger.message_summary_logger.name):
        logger.message_summary(direction="IN", src="a", dst="b", topic="t")
        logger.message_enter("in")
        logger.path("on the way")
        logger.message_exit("out")

    here = "test_each_record_names_the_line_that_logs"
    assert {record.funcName for record in caplog.records} == {here}
    assert len({record.lineno for record in caplog.records}) == 4


def test_long_names_of_a_peer_do_not_flood_the_log() -> None:
    """Hazard 25: topics may have 65,535 bytes, and the names in a header the size of a message."""
    long = "x" * 60_000

    assert len(MessageSummary.format("IN", long, long, long, payload_object=long)) < 1_000


def test_an_application_adds_categories_of_its_own(logger: ProactorLogger) -> None:
    added = logger.add_category_logger("relays", level=logging.ERROR)

    assert added.name == f"{logger.name}.relays"
    assert added.getEffectiveLevel() == logging.ERROR
    assert logger.add_category_logger("relays") is added
    assert logger.category_logger("relays") is added
    assert logger.category_logger("valves") is None


def test_an_own_logger_is_a_category_under_its_own_name(logger: ProactorLogger) -> None:
    own = logging.getLogger(f"{logger.name}.valves")
    adapter = logging.LoggerAdapter(logging.getLogger("elsewhere"))

    assert logger.add_category_logger(logger=own) is own
    assert logger.add_category_logger("far", logger=adapter) is adapter
    assert (logger.category_logger("valves"), logger.category_logger("far")) == (own, adapter)
    with pytest.raises(ValueError, match="'valves' has a logger"):
        logger.add_category_logger("valves", logger=adapter)
    with pytest.raises(ValueError, match="needs a category or a logger"):
        logger.add_category_logger()


def test_the_levels_of_added_categories_can_be_reset(logger: ProactorLogger) -> None:
    relays = logging.getLogger(f"{logger.name}.relays")
    made = ProactorLogger(
        logger.name, "a", "b", "c", category_logger_names=["relays"], extra={"house": 1}
    )
    relays.setLevel(logging.CRITICAL)
    relays.disabled = True

    made.reset_default_category_levels()

    assert (relays.level, relays.disabled) == (logging.INFO, False)
    assert made.io_loop_logger.name == f"{logger.name}.io_loop"
