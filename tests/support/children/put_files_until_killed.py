"""Puts events until it is killed, and prints what it was told, and before it clears one."""

import asyncio
import itertools
import sys
from pathlib import Path

from gwproactor.adapters.persistence import RollingFilesEventStore
from gwproactor.testing.event_store_contract import Event, put


async def main(folder: Path) -> None:
    store = RollingFilesEventStore(folder)
    (await store.open()).unwrap()
    counter = itertools.count()
    while True:
        batch = itertools.islice(counter, 7)
        numbers = {f"{n}": put(store, Event(f"{n}")) for n in batch}
        await store.durable(max(numbers.values()))
        for message_id in numbers:
            tell(f"durable {message_id}")
        first = next(iter(numbers))
        tell(f"clear {first}")
        store.clear(numbers[first])


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
