"""`EventSink` in a folder with a file for each event, and what reads it."""

from collections.abc import Iterator
from os import PathLike
from pathlib import Path

from typing_extensions import override

from gwproactor.adapters.persistence.files.arrival_records import ArrivalRecords
from gwproactor.adapters.persistence.files.file_port import Files
from gwproactor.adapters.persistence.files.received_folder import ReceivedFolder
from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.adapters.persistence.threaded_event_sink import ThreadedEventSink
from gwproactor.ports.event_sink import ReceivedEvent


class DirectoryEventSink(ThreadedEventSink):
    """The received events below the folder *path*; `DirectorySinkReader` shows them.

    Each is a file of its own, the JSON as it was received; a journal beside them tells their
    order, when they came, and their sources' numbers. What lies where: `received_folder`. Names
    are good on any file system, FAT and Windows included.

    A duplicate is known by its file: of events whose files were moved elsewhere it is stored again.

    Its queue holds up to *events_max* events of together *bytes_max* bytes of payload. One sink at
    a time may have the folder open. An event that could not be stored is answered with SinkFailed
    and forgotten: its source sends it again.
    """

    @override
    def _medium(self) -> ReceivedFolder:
        return ReceivedFolder(self.path.absolute(), self._files())

    def _files(self) -> Files:
        # Tests of failing disks and of power cuts put their own in its place.
        return Files()


class DirectorySinkReader:
    """The durable events of the sink at *folder*, also while a node writes.

    Each call looks afresh, blocks while it reads, and raises MediumError if that cannot be done.
    Any thread.
    """

    def __init__(self, folder: str | PathLike[str]) -> None:
        self.folder = Path(folder)

    def events(self) -> Iterator[ReceivedEvent]:
        """Every event in order of arrival."""
        for record in ArrivalRecords(self.folder).all():
            if record.payload is None:
                raise MediumError(f"{self.folder / record.file}: {record.fault}")
            yield ReceivedEvent(
                record.src or "",
                record.message_id,
                record.type_name,
                record.payload,
                record.sequence,
            )
