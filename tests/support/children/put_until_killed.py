"""Puts events until it is killed, and prints what it was told: `accepted N`, `durable N`."""

import asyncio
import sys
from pathlib import Path

from gwproactor.adapters.persistence import SqliteEventStore


async def main(path: Path) -> None:
    store = SqliteEventStore(path)
    (await store.open()).unwrap()
    tell("open")
    while True:
        numbers = [store.put("id", "type", b"x" * 500).unwrap().number for _ in range(7)]
        for number in numbers:
            tell(f"accepted {number}")
        last = numbers[-1]
        (await store.durable(last)).unwrap()
        tell(f"durable {last}")
        store.clear(last)
        await asyncio.sleep(0)


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
