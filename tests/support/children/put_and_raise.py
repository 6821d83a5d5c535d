"""Puts events, tells `durable N` of the last, puts one more and ends by an exception."""

import asyncio
import sys
from pathlib import Path

from gwproactor.adapters.persistence import SqliteEventStore


async def main(path: Path) -> None:
    store = SqliteEventStore(path)
    (await store.open()).unwrap()
    numbers = [store.put("id", "type", b"{}").unwrap().number for _ in range(3)]
    (await store.durable(numbers[-1])).unwrap()
    sys.stdout.write(f"durable {numbers[-1]}\n")
    store.put("id", "type", b"{}").unwrap()
    sys.stderr.close()
    raise ValueError("on purpose")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
