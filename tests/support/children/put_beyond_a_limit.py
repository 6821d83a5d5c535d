"""Puts more events than its files may hold, until it may: `failed …`, `recovered`, `kept all N`."""

import asyncio
import resource
import sys
from pathlib import Path

from gwproactor.adapters.persistence import SqliteEventStore
from gwproactor.ports.event_store import StoreFailed, StoreNews, StoreRecovered

COUNT = 1000


async def main(path: Path) -> None:
    def tell(news: StoreNews) -> None:
        match news:
            case StoreFailed(detail):
                sys.stdout.write(f"failed: {detail}\n")
                resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
            case StoreRecovered():
                sys.stdout.write("recovered\n")
                recovered.set()
            case other:
                raise AssertionError(other)

    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    recovered = asyncio.Event()
    store = SqliteEventStore(path)
    store.listen(tell)
    (await store.open()).unwrap()
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, unlimited[1]))
    for _ in range(COUNT):
        store.put("id", "type", b"x" * 500).unwrap()
    await recovered.wait()
    (await store.close()).unwrap()
    content = (await store.open()).unwrap()
    await store.close()
    if content.pending == COUNT:
        sys.stdout.write(f"kept all {COUNT}\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
