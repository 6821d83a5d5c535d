"""What can be wrong with stored events: the original library's names, for logs and reports.

Not among them, because nothing here could raise them: `UIDMissingWarning` (clearing an unknown
event is no trouble), `FileExistedWarning` (a second event of one id has a file of its own),
`TrimFailed` (the core drops events one by one, and only after it reported them) and
`EventDecodingError` (unused there, too). `ContentTooLarge` is a value of `ports.event_log`.
"""

from typing_extensions import override


class PersisterException(Exception):  # noqa: N818 - these are the original's names
    """`uid` is the event's id as far as its file's name tells, `path` that file, or ""."""

    def __init__(self, msg: str = "", uid: str = "", path: str = "") -> None:
        super().__init__(msg)
        self.uid = uid
        self.path = path

    @override
    def __str__(self) -> str:
        text = super().__str__()
        about = f" [{text}]" if text else ""
        where = f"  path:{self.path}" if self.path else ""
        return f"{type(self).__name__}{about}  for uid: {self.uid}{where}"


class PersisterError(PersisterException):
    """An event may be lost, or waits for somebody's help; by itself: an unexpected error."""


class PersisterWarning(PersisterException):
    """Odd, but nothing is lost by it."""


class WriteFailed(PersisterError):  # noqa: N818
    """A file could not be written, moved or deleted; it is tried again."""


class ReadFailed(PersisterError):  # noqa: N818
    """A file is there and cannot be read; it is left alone and tried again."""


class FileMissing(PersisterError):  # noqa: N818
    """A file was gone when it was to be read."""


class ReindexError(PersisterError):
    """Something in the event folder cannot be looked at."""


class DecodingError(PersisterError):
    """A file holds no event that could be sent."""


class ByteDecodingError(DecodingError):
    """A file is not UTF-8."""


class JSONDecodingError(DecodingError):
    """A file is not JSON."""


class UIDExistedWarning(PersisterWarning):
    """An event of this id was pending already; both are kept."""


class FileMissingWarning(PersisterWarning):
    """A file was gone when it was to be deleted."""


class FileEmptyWarning(PersisterWarning):
    """A file has no content; the event is lost."""
