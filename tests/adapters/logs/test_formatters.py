"""How lines of the log look."""

import json
import logging
import sys
import time
from collections.abc import Iterator

import pytest

from gwproactor.adapters.logs import JsonLinesFormatter, TextFormatter

# 2026-01-02 03:04:05.678 UTC
CREATED = 1_767_323_045.678


@pytest.fixture
def india(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's place, half an hour from anybody's."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def record(**fields: object) -> logging.LogRecord:
    return logging.makeLogRecord(
        {
            "name": "gridworks.lifecycle",
            "levelname": "INFO",
            "msg": "started %s",
            "args": ("x",),
            "created": CREATED,
            "msecs": 678.0,
            "threadName": "MainThread",
            "filename": "node.py",
            "lineno": 7,
        }
        | fields
    )


@pytest.mark.usefixtures("india")
@pytest.mark.parametrize(
    ("use_utc", "time_text"),
    [(True, "2026-01-02 03:04:05.678"), (False, "2026-01-02 08:34:05.678")],
)
def test_text_has_the_time_of_utc_or_of_the_machine(use_utc: bool, time_text: str) -> None:
    formatter = TextFormatter("%(asctime)s %(message)s", "", "%s.%03d", use_utc=use_utc)

    assert formatter.format(record()) == f"{time_text} started x"


def test_text_has_the_formats_it_was_given() -> None:
    with_date = TextFormatter("%(levelname)s %(asctime)s", "%H:%M", "%s.%03d", use_utc=True)
    with_msecs = TextFormatter("%(asctime)s", "", "%s,%d", use_utc=True)

    assert with_date.format(record()) == "INFO 03:04"
    assert with_msecs.format(record()) == "2026-01-02 03:04:05,678"


@pytest.mark.usefixtures("india")
@pytest.mark.parametrize(
    ("use_utc", "time_text"),
    [(True, "2026-01-02T03:04:05.678+00:00"), (False, "2026-01-02T08:34:05.678+05:30")],
)
def test_an_object_has_the_time_with_its_offset(use_utc: bool, time_text: str) -> None:
    line = json.loads(JsonLinesFormatter(use_utc=use_utc).format(record()))

    assert line == {
        "time": time_text,
        "level": "INFO",
        "logger": "gridworks.lifecycle",
        "message": "started x",
        "thread": "MainThread",
        "place": "node.py:7",
    }


def test_an_object_is_one_line_with_its_exception_and_extras() -> None:
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        given = record(exc_info=sys.exc_info(), msg="a\nb", args=None, stack_info="Stack:\nhere")
    vars(given).update(link="parent", count=3, ratio=float("nan"), where=("a", 1), level="mine")

    text = JsonLinesFormatter(use_utc=True).format(given)

    line = json.loads(text)
    assert "\n" not in text
    assert line["message"] == "a\nb"
    assert line["exception"].endswith("ValueError: first\nsecond")
    assert line["stack"] == "Stack:\nhere"
    assert (line["link"], line["count"], line["ratio"]) == ("parent", 3, "nan")
    assert (line["where"], line["level"]) == ("('a', 1)", "INFO")
