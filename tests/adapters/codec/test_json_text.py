"""JSON text at the edges of what orjson can do."""

import json
import sys
from datetime import UTC, datetime
from enum import Enum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gwproactor.adapters.codec.json_text import LEVELS_MAX, parse_json, write_json
from gwproactor.domain.message import Json


class Colour(Enum):
    RED = "red"


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(deadline=None)
@given(JSON_VALUES)
def test_what_is_written_reads_as_the_same_value_and_type(value: Json) -> None:
    assert repr(parse_json(write_json(value))) == repr(value)


@settings(deadline=None)
@given(JSON_VALUES)
def test_every_json_reads_as_the_standard_library_reads_it(value: Json) -> None:
    for text in (json.dumps(value), json.dumps(value, indent=1, ensure_ascii=False)):
        assert repr(parse_json(text.encode())) == repr(json.loads(text))


@pytest.mark.parametrize(
    "number", [10**18, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**309, 10**4000]
)
@pytest.mark.parametrize("form", ["{}", "[{}]", '{{"a": [1.5, {}], "b": "x"}}', '["\\u00fc",{}]'])
def test_integers_are_exact_in_any_place(number: int, form: str) -> None:
    text = form.format(number)

    assert parse_json(text.encode()) == json.loads(text)
    assert json.loads(write_json(json.loads(text))) == json.loads(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e22, b"1e+22"),
        (1.0, b"1.0"),
        (-0.0, b"-0.0"),
        ([1, "ü", None, True], '[1,"ü",null,true]'.encode()),
        ({"a": {"b": []}}, b'{"a":{"b":[]}}'),
        ([float("nan")], b"[null]"),
        ([10**30, float("nan"), float("-inf"), 1.5], b"[%d,null,null,1.5]" % 10**30),
        ([10**30, (1, 2)], b"[%d,[1,2]]" % 10**30),
        ("a\ud800b\udfff", '"a\ufffdb\ufffd"'.encode()),
        ({"\ud800": ["\udc00"]}, '{"\ufffd":["\ufffd"]}'.encode()),
        ([10**30, datetime(2026, 1, 1, tzinfo=UTC)], b'[%d,"2026-01-01T00:00:00+00:00"]' % 10**30),
        ([10**30, Colour.RED], b'[%d,"red"]' % 10**30),
    ],
)
def test_json_is_written_compact_in_utf_8(value: object, text: bytes) -> None:
    assert write_json(value) == text


def test_what_is_no_json_cannot_be_written() -> None:
    with pytest.raises(TypeError):
        write_json({"a": object()})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"{",
        b'{"a":1}x',
        b"NaN",
        b"[Infinity]",
        b"1e400",
        b"[01]",
        b"[1,]",
        b"'a'",
        b'"\xff"',
        b'"\xed\xa0\x80"',  # a surrogate in UTF-8
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        # The same beside a number that only the standard library can read.
        b"[10000000000000000000000,NaN]",
        b"[10000000000000000000000,-Infinity]",
        b"[10000000000000000000000,1e400]",
        b"[10000000000000000000000.5e999999]",
        b'[10000000000000000000000,"\\ud800"]',
        b'[10000000000000000000000,"\xff"]',
        b"\xef\xbb\xbf[10000000000000000000000]",
        b"[010000000000000000000000]",
        b"[10000000000000000000000,]",
        b"1" * (sys.get_int_max_str_digits() + 1),
        b"[" + b"1" * 1_000_000 + b"]",
    ],
)
def test_what_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(data)


def nested(levels: int, inner: bytes, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    return opening * levels + inner + closing * levels


@pytest.mark.parametrize("inner", [b"", b" ", b"1", b"10000000000000000000000", b"1" * 400])
def test_json_is_read_to_a_depth_that_can_be_written(inner: bytes) -> None:
    value = parse_json(nested(LEVELS_MAX, inner))

    assert write_json(value) == nested(LEVELS_MAX, inner.strip())


@pytest.mark.parametrize("inner", [b"", b" ", b"1", b"10000000000000000000000", b"1" * 400])
@pytest.mark.parametrize("levels", [LEVELS_MAX + 1, 900, 1024, 1025, 100_000])
def test_deeper_json_is_refused_whatever_is_in_it(levels: int, inner: bytes) -> None:
    for data in (nested(levels, inner), nested(levels, inner.strip() or b"1", b'{"a":', b"}")):
        with pytest.raises(ValueError, match=r"nested deeper|depth limit"):
            parse_json(data)


def test_brackets_in_text_do_not_nest() -> None:
    text = '"' + "[{" * 10_000 + '"'

    assert parse_json(text.encode()) == "[{" * 10_000


@settings(deadline=None)
@given(st.binary() | st.text('0123456789[]{}",:.eE+-\\uNaInf ').map(str.encode))
def test_any_bytes_are_read_or_refused_by_value_error(data: bytes) -> None:
    try:
        value = parse_json(data)
    except ValueError:
        return

    assert repr(parse_json(write_json(value))) == repr(value)
