"""Lines of a `.env` file, held against python-dotenv, which reads it for pydantic."""

import io

import pytest
from dotenv import dotenv_values

from gwproactor.app.config.dotenv_file import Line, read_lines

TEXT = """\
A=1

# a comment
  B = "x ${A} ${H:-d} ${Q}"   # another
export C='two
lines'
D
E=
F=${B}
A=2
"""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_each_name_has_its_line(end: str) -> None:
    lines = read_lines(TEXT.replace("\n", end), {"Q": "q", "B": "of the environment"})

    assert [(line.number, line.name) for line in lines] == [
        (1, "A"), (4, "B"), (5, "C"), (7, "D"), (8, "E"), (9, "F"), (10, "A")
    ]  # fmt: skip
    assert [line.value for line in lines] == [
        "1", "x 1 d q", f"two{end}lines", None, "", "x 1 d q", "2"
    ]  # fmt: skip


def test_values_are_those_of_dotenv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("Q", "q")

    assert {line.name: line.value for line in read_lines(TEXT, {"Q": "q"})} == dotenv_values(
        stream=io.StringIO(TEXT)
    )


def test_a_line_that_is_not_understood_is_kept() -> None:
    assert read_lines('A=1\nB="\nC=3', {}) == [
        Line(1, "A", "1"),
        Line(2, None, None),
        Line(3, "C", "3"),
    ]


def test_a_line_does_not_show_its_value() -> None:
    assert "s3cret" not in repr(read_lines("A=s3cret", {}))
