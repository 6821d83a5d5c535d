"""What a stored event calls itself, and what is wrong with what is none."""

import pytest

from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.store_problems import (
    ByteDecodingError,
    DecodingError,
    FileEmptyWarning,
    JSONDecodingError,
)
from gwproactor.domain.stored_names import StoredNames, stored_names


@pytest.mark.parametrize(
    ("payload", "names"),
    [
        (b'{"MessageId":"a","TypeName":"t"}', StoredNames("a", "t")),
        (b' {"TypeName": "t", "X": [NaN]}', StoredNames(None, "t")),
        (b'{"MessageId":7,"TypeName":"t"}', StoredNames(None, "t")),
        (b'{"MessageId":"\\ud800","TypeName":""}', StoredNames("\ud800", "")),
        (b'{"TypeName":"t","X":' + b"9" * 5000 + b"}", StoredNames(None, "t")),
    ],
)
def test_names_are_found(payload: bytes, names: StoredNames) -> None:
    assert stored_names(payload) == Success(names)


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (b"", FileEmptyWarning),
        (b'"\xff"', ByteDecodingError),
        ('{"TypeName":"t"}'.encode("utf-16"), ByteDecodingError),
        (b"{", JSONDecodingError),
        (b"\xef\xbb\xbf{}", JSONDecodingError),
        (b"[" * 100_000, JSONDecodingError),
        (b"[]", DecodingError),
        (b"{}", DecodingError),
        (b'{"TypeName":7}', DecodingError),
    ],
)
def test_what_has_no_name_is_told_apart(payload: bytes, kind: type[DecodingError]) -> None:
    match stored_names(payload, "id", "path"):
        case Failure(problem):
            assert type(problem) is kind
            assert (problem.uid, problem.path) == ("id", "path")
        case other:
            raise AssertionError(other)
