"""Gives events to a directory sink until it is killed, and prints the ids that were answered."""

import asyncio
import itertools
import sys
from pathlib import Path

from gwproactor.adapters.persistence import DirectoryEventSink
from gwproactor.ports.event_sink import ReceivedEvent


async def main(folder: Path) -> None:
    sink = DirectoryEventSink(folder)
    (await sink.open()).unwrap()
    counter = itertools.count()
    while True:
        for n in itertools.islice(counter, 7):
            event = ReceivedEvent("child", f"{n}", "type", f"{n}".encode())
            sink.put(event, lambda answer, n=n: tell(f"{n}", answer)).unwrap()  # type: ignore[misc]
        await asyncio.sleep(0.001)


def tell(message_id: str, answer: object) -> None:
    sys.stdout.write(message_id + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
