"""The problem event that tells of an event that the peer does not acknowledge. It is sent after
that event: if the peer acknowledges the report, it does not want the other.

One such report at a time, and in live order one for each event at most: where nothing but events
that the peer does not want is sent, it counts against all of them, once, and then they are merely
tried again. In strict order nothing else may pass an event that blocks, so that it would block for
ever. There the report is kept, and sent with each further try; the peer drops duplicates.
"""

from collections.abc import Collection, Iterable, Mapping

import attrs

from gwproactor.domain.stored_event import StoredEvent
from gwproactor.domain.strikes import Record
from gwproactor.domain.upload import Upload, Way


@attrs.frozen
class Suspicion:
    """This event is to be reported."""

    number: int
    type_name: str
    record: Record


@attrs.define
class Comparison:
    """`wanted`: a report is to be raised; `report_id`: the last one. `report` is the one that is
    kept in strict order, `is_stored` until it was acked for the first time.
    """

    strict: bool
    wanted: Suspicion | None = None
    report_id: str | None = None
    report: StoredEvent | None = None
    is_stored: bool = False

    def after(
        self, tried: Iterable[StoredEvent], records: Mapping[int, Record], known: Collection[str]
    ) -> StoredEvent | None:
        """The report to send with what is tried. None: nothing is to be compared, or a report is
        `wanted`. *known*: types of the quarantine.
        """
        for event in tried:
            record = records.get(event.sequence.number)
            if record is not None and self._needs_report(event.type_name, record, known):
                if self.report is None:
                    # Also if the report is left out, because there was one of this type just now.
                    record.is_reported = not self.strict
                    self.wanted = Suspicion(event.sequence.number, event.type_name, record)
                return self.report
        return None

    def _needs_report(self, type_name: str, record: Record, known: Collection[str]) -> bool:
        if self.strict:
            return record.lacks_comparison or record.is_suspect or type_name in known
        return record.lacks_comparison and not record.is_reported

    def take(self) -> Suspicion | None:
        """What is to be reported now, once."""
        wanted, self.wanted = self.wanted, None
        return wanted

    def raised(self, suspicion: Suspicion, message_id: str) -> None:
        """The problem event with this id tells of it."""
        self.report_id = message_id
        suspicion.record.is_reported = True

    def keep(self, report: StoredEvent) -> None:
        """It is stored."""
        self.report, self.is_stored = report, True

    def upload(self, report: StoredEvent) -> Upload:
        """What is waited for once *report* is sent."""
        upload = Upload.of(report, Way.REPORT)
        if not self.is_stored:
            upload.numbers = ()
        return upload

    def forget(self, numbers: Collection[int]) -> None:
        """These are no longer stored."""
        if self.report is not None and self.report.sequence.number in numbers:
            self.is_stored = False
