"""A node with its files in FOLDER that generates events, whose loop thread may touch no file.

Its settings are the JSON in SETTINGS. Prints what was done on the loop thread that may block, what
the node has written, and by how much its timers were late at most.
"""

import asyncio
import json
import os
import sys
import threading
from pathlib import Path

from gwproactor import Paths, ProactorSettings, assemble, build_node
from gwproactor.domain.events import StartupEvent

EVENTS = 200
# What asks the operating system for something that may take its time.
BLOCKING = ("os.", "shutil.", "sqlite3.", "subprocess.")


class Guard:
    """Hears of what the interpreter does, on all threads, by its audit hook."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._thread = threading.get_ident()
        self.is_on = False
        self.seen: set[str] = set()
        self.elsewhere: set[str] = set()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.is_on or not self._may_block(event, arguments):
            return
        ours = threading.get_ident() == self._thread
        (self.seen if ours else self.elsewhere).add(f"{event} {arguments}")

    def _may_block(self, event: str, arguments: tuple[object, ...]) -> bool:
        if event == "open":
            return self._folder in os.fsdecode(str(arguments[0]))
        return event.startswith(BLOCKING)


async def ticks(latest: list[float]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due_s = loop.time() + 0.01
        await asyncio.sleep(0.01)
        latest.append(loop.time() - due_s)


async def main(folder: Path, settings: str, *, touches: bool) -> None:
    values = {"long_name": "d1.house", "short_name": "h", "paths": Paths(data_dir=folder)}
    container = assemble(ProactorSettings.model_validate(values | json.loads(settings)))
    node, log = build_node(container), container.event_log()
    guard, late_s = Guard(folder), list[float]()
    ticking = asyncio.create_task(ticks(late_s))
    guard.is_on = True
    node.start()
    while not container.engine().is_running:  # noqa: ASYNC110 - no event
        await asyncio.sleep(0.01)
    for _ in range(EVENTS):
        log.generate_event(StartupEvent()).unwrap()
        await asyncio.sleep(0.0)
    last = log.generate_event(StartupEvent()).unwrap().event
    (await log.durable(last)).unwrap()
    if touches:
        (folder / "touched").write_text("by the loop")
    await node.stop_and_join()
    guard.is_on = False
    ticking.cancel()
    sys.stdout.write(json.dumps([sorted(guard.seen), sorted(guard.elsewhere), max(late_s)]))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], touches=sys.argv[3] == "touches"))
