"""`QueueFill`: what a bounded queue takes."""

import pytest

from gwproactor.domain.queue_fill import QueueFill


@pytest.mark.parametrize(
    ("waiting", "size", "has_room"),
    [
        ([], 10, True),
        ([5], 5, True),
        ([5], 6, False),
        ([1, 1], 1, True),
        ([1, 1, 1], 1, False),
        ([], 11, True),  # alone
        ([1], 11, False),
        ([11], 0, False),
    ],
)
def test_a_queue_of_three_events_and_ten_bytes(
    waiting: list[int], size: int, has_room: bool
) -> None:
    fill = QueueFill()
    for each in waiting:
        fill.add(each)
    assert fill.has_room(size, events_max=3, bytes_max=10) == has_room


def test_what_left_makes_room() -> None:
    fill = QueueFill()
    for size in (4, 6):
        fill.add(size)
    assert not fill.has_room(4, events_max=3, bytes_max=10)
    fill.remove(4)
    assert fill.has_room(4, events_max=3, bytes_max=10)
    assert (fill.events, fill.bytes) == (1, 6)
