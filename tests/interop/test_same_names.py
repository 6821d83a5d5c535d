"""What docs/migration.md calls the same says the same: one program, run by both interpreters."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.interop.same_calls import TOPICS
from tests.support.original_peer import PYTHON

SCRIPT: Final = Path(__file__).with_name("same_calls.py")


def answers_of(python: Path | str) -> Any:
    done = subprocess.run([python, "-I", SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def answers() -> tuple[Any, Any]:
    """The original's, and ours."""
    assert PYTHON.exists(), "the original is not there: run `python3 dev interop`"
    return answers_of(PYTHON), answers_of(sys.executable)


def _tells_how_many_were_left_out(theirs: Any, ours: Any) -> None:
    texts = {name: f"{theirs[name]}5 more left out\n" for name in ("str", "repr")}
    assert ours == theirs | texts


def _adds_tracebacks_to_the_details(theirs: Any, ours: Any) -> None:
    assert [event[:3] for event in ours] == [event[:3] for event in theirs]
    (warning, error), (their_warning, their_error) = (
        [event[3] for event in events] for events in (ours, theirs)
    )
    assert warning == their_warning
    assert error.startswith(f"{their_error}\nTraceback for error 1 / 1:\n")


def _is_frozen(theirs: Any, ours: Any) -> None:
    assert (theirs, ours) == (None, "FrozenInstanceError")


def _tells_its_reader_of_its_end(theirs: Any, ours: Any) -> None:
    assert theirs == [[], ["Shutdown"]]
    assert ours == [["LastPat"], ["ThreadFailed"]]


# Each is told in its row.
DIFFERENCES: Final[Mapping[str, Callable[[Any, Any], None]]] = {
    "problems_over_the_limit": _tells_how_many_were_left_out,
    "problem_event": _adds_tracebacks_to_the_details,
    "monitored_name_changed": _is_frozen,
    "thread_end": _tells_its_reader_of_its_end,
}


@pytest.mark.parametrize("topic", [topic.__name__ for topic in TOPICS])
def test_both_answer_the_same_but_for_what_is_told(topic: str, answers: tuple[Any, Any]) -> None:
    theirs, ours = (each[topic] for each in answers)

    if topic in DIFFERENCES:
        DIFFERENCES[topic](theirs, ours)
    else:
        assert ours == theirs
