"""Opens what a crash left with the product's own code and tells what is wrong with it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from tests.crash.story import Story


class Probe(Protocol):
    async def faults(self, folder: Path, story: Story) -> list[str]:
        """What is wrong with the files in *folder*, which a crash left after *story*."""
        ...


def lost(story: Story, found: Iterable[str]) -> Iterator[str]:
    for message_id in sorted(story.lost(found)):
        yield f"lost, although it was reported durable: {message_id}"


def unexpected(story: Story, found: Iterable[str]) -> Iterator[str]:
    for message_id in sorted(set(found) - story.offered):
        yield f"nobody put this event: {message_id!r}"
