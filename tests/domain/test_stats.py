"""Counting, bounded in memory."""

from collections import Counter

from gwproactor.domain.stats import OTHER, TYPES_MAX, count


def test_each_key_is_counted() -> None:
    counter: Counter[str] = Counter()
    for key in "aab":
        count(counter, key)

    assert counter == {"a": 2, "b": 1}


def test_too_many_different_keys_are_counted_together() -> None:
    """Hazard 25: a peer with ever new types must not fill the memory."""
    counter: Counter[str] = Counter()
    for number in range(TYPES_MAX + 7):
        count(counter, str(number))
    count(counter, "0")

    assert len(counter) == TYPES_MAX + 1
    assert counter[OTHER] == 7
    assert counter["0"] == 2
