"""What an error of the operating system means to whoever can mend it."""

import errno
from typing import Final

_ADVICE: Final = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room on the disk",
    errno.EROFS: "the disk is read-only: check it, and mount it writable",
    errno.EACCES: "check that this user may make and write files there",
    errno.EPERM: "check that this user may make and write files there",
    errno.EIO: "the disk or its file system fails",
}


def explain(error: OSError) -> str:
    """The path, the cause, and what to do about it where that is known."""
    advice = _ADVICE.get(error.errno or 0)
    return f"{error}: {advice}" if advice else str(error)
