"""`FileIndex` against a dictionary, and what it holds when most are gone."""

import random
import tracemalloc

import pytest

from gwproactor.adapters.persistence.files.file_index import FileIndex, Indexed


@pytest.mark.parametrize("seed", range(5))
def test_it_finds_what_a_dictionary_would(seed: int) -> None:
    chance = random.Random(seed)
    index, model = FileIndex(), dict[int, Indexed]()
    number = 0
    for _ in range(6_000):
        if chance.random() < 0.52:
            number += chance.randint(1, 3)
            index.add(number, f"{number}", number % 7)
            model[number] = Indexed(number, f"{number}", number % 7)
        else:
            gone = chance.randint(0, number + 1)
            assert index.remove(gone) == model.pop(gone, None)
    assert len(index) == len(model)
    assert index.size == sum(one.size for one in model.values())
    assert index.last == number
    assert [index.get(at) for at in range(number + 2)] == [model.get(n) for n in range(number + 2)]
    after = chance.randint(0, number)
    assert [*index.after(after)] == [one for one in model.values() if one.number > after]
    assert index.ending("7") == [one for one in model.values() if one.path.endswith("7")]


def test_the_last_number_is_known_when_its_file_is_gone() -> None:
    index = FileIndex()
    for number in range(1, 5_000):
        index.add(number, "", 0)
    for number in range(1, 5_000):
        index.remove(number)
    assert (len(index), index.last) == (0, 4_999)


def test_what_is_gone_takes_no_memory() -> None:
    index = FileIndex()
    tracemalloc.start()
    try:
        for number in range(1, 20_000):
            index.add(number, f"a path of some length {number}", 500)
            index.remove(number - 10)
        assert tracemalloc.get_traced_memory()[0] < 500_000
    finally:
        tracemalloc.stop()


def test_numbers_must_rise() -> None:
    index = FileIndex()
    index.add(2, "", 0)
    with pytest.raises(AssertionError):
        index.add(2, "", 0)
