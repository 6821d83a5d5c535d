"""`EventStore` in the original library's layout: a file for each event, in a folder for each day.

A house that changes to this library keeps its pending events, and may go back with those that are
pending then. `rolling_files` writes in a thread, `rolling_folder` says what lies where.
"""

import time
from collections import deque
from os import PathLike
from typing import Final

from typing_extensions import override

from gwproactor.adapters.persistence.event_jobs import Drained
from gwproactor.adapters.persistence.files.file_port import Files
from gwproactor.adapters.persistence.files.rolling_files import RollingFiles
from gwproactor.adapters.persistence.files.rolling_folder import RollingFolder
from gwproactor.adapters.persistence.threaded_event_store import ThreadedEventStore

# So many accepted events may wait for the disk, besides the limit of their bytes: small ones take
# more memory than their payload. Less refuses events in a burst.
UNSTORED_EVENTS_MAX: Final = 10_000


class RollingFilesEventStore(ThreadedEventStore):
    """The events below *folder*. One store at a time may have it open; a lock in it sees to that.

    An event's number is the time in its file's name: UTC, in microseconds since 1970, but at least
    one more than the number before; so numbers rise, and files are in order, also while the clock
    steps back. Pending events keep their numbers across restarts (but for two foreign files of
    one time). The epoch is a new one at every start, because numbers could repeat if the clock
    stepped back between two runs and nothing was pending.

    Without *fsync* "durable" means written: it survives a kill, but not a power cut, after which
    files may be empty or cut.

    `take` remembers the events that are pending, and 100,000 of those that were taken since the
    start. So an event that was sent on before a restart, and comes again after it, is sent again.

    Each pending event takes some 300 bytes of memory and, on most file systems, 4 KiB of the disk.
    While the disk fails, accepted events wait in memory and are tried again every second; `put`
    fails once 32 MiB or 10,000 events wait. What is taken does not wait: it fails.
    """

    def __init__(self, folder: str | PathLike[str], *, fsync: bool = True) -> None:
        super().__init__(folder)
        self.fsync = fsync
        self._unstored: deque[int] = deque()

    @override
    def _medium(self) -> RollingFiles:
        self._unstored.clear()
        return RollingFiles(RollingFolder(self.path.absolute(), self._files(), self.fsync))

    def _files(self) -> Files:
        # Tests of failing disks and of power cuts put their own in its place.
        return Files()

    @override
    def _next_number(self) -> int | None:
        if len(self._unstored) >= UNSTORED_EVENTS_MAX:
            return None
        number = max(self._number + 1, time.time_ns() // 1000)
        self._unstored.append(number)
        return number

    @override
    def _drained(self, drained: Drained) -> None:
        while self._unstored and self._unstored[0] <= drained.number_durable:
            self._unstored.popleft()
        super()._drained(drained)
