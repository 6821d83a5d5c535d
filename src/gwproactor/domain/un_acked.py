"""Who is waited for: the events that were sent, or are to be sent again, and those of before."""

from collections.abc import Iterable, Iterator

import attrs

from gwproactor.domain.stored_event import StoredEvent
from gwproactor.domain.upload import Upload


@attrs.define
class UnAcked:
    """`uploads` by message id, which is what an ack names. `lapsed` are not waited for any more,
    but a late ack still clears them; of more than `lapsed_max` the oldest are forgotten.
    """

    lapsed_max: int
    uploads: dict[str, Upload] = attrs.Factory(dict)
    lapsed: dict[str, Upload] = attrs.Factory(dict)
    # One of two sources' events with one id had to wait, and need not any more.
    is_namesake_due: bool = False
    # The message id of each number in `uploads`.
    _ids: dict[int, str] = attrs.Factory(dict)
    _namesakes: set[str] = attrs.Factory(set)

    def of(self, number: int) -> Upload | None:
        """The upload of the event that is stored under this number."""
        message_id = self._ids.get(number)
        return None if message_id is None else self.uploads[message_id]

    def put(self, message_id: str, upload: Upload) -> None:
        if self.lapsed:
            self.lapsed.pop(message_id, None)
        self.uploads[message_id] = upload
        for number in upload.numbers:
            self._ids[number] = message_id

    def add(self, upload: Upload, event: StoredEvent) -> None:
        """The same id was stored once more. Where a relay has it from two sources, the ack of one
        must not clear the other: that waits, in the store.
        """
        if event.sequence.number in upload.numbers:
            return
        if upload.is_own and event.origin is None:
            upload.add(event)
            self._ids[event.sequence.number] = event.message_id
        else:
            self._namesakes.add(event.message_id)

    def acked(self, message_id: str) -> Upload | None:
        """Take it out."""
        upload = self.uploads.pop(message_id, None)
        if upload is not None:
            for number in upload.numbers:
                del self._ids[number]
            self._left(message_id)
        return upload

    def lapse(self, message_id: str, upload: Upload) -> None:
        """Wait no more."""
        self.acked(message_id)
        self.lapsed.pop(message_id, None)
        self.lapsed[message_id] = upload
        if len(self.lapsed) > self.lapsed_max:
            del self.lapsed[next(iter(self.lapsed))]

    def drop(self, gone: Iterable[int]) -> Iterator[tuple[str, Upload]]:
        """These numbers are no longer stored; what comes out is not waited for any more."""
        for number in gone:
            message_id = self._ids.pop(number, None)
            if message_id is not None:
                upload = self.uploads[message_id]
                upload.drop((number,))
                if not upload.numbers:
                    del self.uploads[message_id]
                    self._left(message_id)
                    yield message_id, upload

    def drop_lapsed(self, gone: frozenset[int]) -> None:
        """The same for those of before."""
        for message_id, upload in list(self.lapsed.items()):
            upload.drop(gone)
            if not upload.numbers:
                del self.lapsed[message_id]

    def clear(self) -> None:
        """The connection is gone."""
        self.uploads.clear()
        self._ids.clear()
        self._namesakes.clear()
        self.is_namesake_due = False

    def _left(self, message_id: str) -> None:
        if message_id in self._namesakes:
            self._namesakes.discard(message_id)
            self.is_namesake_due = True
