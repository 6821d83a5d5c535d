"""The original's words for what is wrong with stored events."""

import pytest

from gwproactor.domain import store_problems as p


def test_a_problem_says_its_name_its_cause_and_where() -> None:
    problem = p.WriteFailed("Open or write failed", "id", "/events/x.json")
    assert str(problem) == "WriteFailed [Open or write failed]  for uid: id  path:/events/x.json"
    assert (problem.uid, problem.path) == ("id", "/events/x.json")


def test_what_is_not_known_is_left_out() -> None:
    assert str(p.FileEmptyWarning(uid="id")) == "FileEmptyWarning  for uid: id"


@pytest.mark.parametrize(
    ("kind", "base"),
    [
        (p.WriteFailed, p.PersisterError),
        (p.ReadFailed, p.PersisterError),
        (p.FileMissing, p.PersisterError),
        (p.ReindexError, p.PersisterError),
        (p.JSONDecodingError, p.DecodingError),
        (p.ByteDecodingError, p.DecodingError),
        (p.DecodingError, p.PersisterError),
        (p.UIDExistedWarning, p.PersisterWarning),
        (p.FileMissingWarning, p.PersisterWarning),
        (p.FileEmptyWarning, p.PersisterWarning),
        (p.PersisterError, p.PersisterException),
        (p.PersisterWarning, p.PersisterException),
    ],
)
def test_problems_are_kinds_of_one_another_as_in_the_original(
    kind: type[Exception], base: type[Exception]
) -> None:
    assert kind.__base__ is base
