"""Gives events to a sink until it is killed, and prints the ids that it would acknowledge."""

import asyncio
import itertools
import sys
from pathlib import Path

from gwproactor.adapters.persistence import SqliteEventSink
from gwproactor.domain.outcome import Success
from gwproactor.ports.event_sink import Kept, ReceivedEvent, SinkAnswer


async def main(path: Path) -> None:
    sink = SqliteEventSink(path)
    (await sink.open()).unwrap()
    for number in itertools.count():
        event = ReceivedEvent("child", f"{path.stem} {number}", "type", b"x" * 500)
        room = asyncio.Event()

        def done(
            answer: SinkAnswer, event: ReceivedEvent = event, room: asyncio.Event = room
        ) -> None:
            assert answer == Success(Kept())
            sys.stdout.write(event.message_id + "\n")
            sys.stdout.flush()
            room.set()

        sink.put(event, done).unwrap()
        if number % 5 == 0:
            await room.wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
