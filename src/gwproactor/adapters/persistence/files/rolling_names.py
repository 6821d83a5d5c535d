"""How the original library names the files of events: `<day>/<time>.uid[<MessageId>].json`.

Both in ISO 8601, UTC; the time with microseconds, but without a fraction if they are 0. The number
of an event is that time, in microseconds since 1970: so it lies in the name, and stays the same.
"""

import functools
import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Final

# The original's own pattern, letter for letter: what it does not match, the original skips.
_FILE: Final = re.compile(r"(?P<dt>.*)\.uid\[(?P<uid>.*)].json$")
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# The year 9000. Only a foreign file has a later time, and then there must be numbers above its.
_NUMBER_MAX: Final = 221_845_392_000_000_000


@functools.lru_cache(maxsize=16)
def _day_of(days: int) -> str:
    return (_START + timedelta(days=days)).isoformat()


def day_name(number: int) -> str:
    """The folder of the event of this number."""
    return _day_of(number // 86_400_000_000)


def file_name(number: int, uid: str) -> str:
    return f"{(_START + timedelta(microseconds=number)).isoformat()}.uid[{uid}].json"


def number_of_time(text: str) -> int | None:
    """The number that an ISO 8601 time stands for, at least 1; None if it is none."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    return min(max((time - _START) // _MICROSECOND, 1), _NUMBER_MAX)


def is_day(name: str) -> bool:
    """Whether the original looks into a folder of this name."""
    return number_of_time(name) is not None


def number_and_uid(name: str) -> tuple[int, str] | None:
    """What the name of an event's file says; None: the original would skip it, too."""
    match = _FILE.match(name)
    if match is None:
        return None
    number = number_of_time(match["dt"])
    return None if number is None else (number, match["uid"])


def uid_in(name: str) -> str:
    """The uid in a name, or a path, that `number_and_uid` has found to be an event's."""
    return name[name.rindex(".uid[") + 5 : -6]


def uid_for(message_id: str, number: int, *, name_bytes_max: int) -> str:
    """What stands for an id in the name: the id itself, or its hash if that is no file name.

    An id comes from anywhere and may hold a "/" or 300 bytes. The original can read the file of a
    hashed id and send it, but not recognise its ack, because it looks for the name's uid.
    """
    name = file_name(number, message_id)
    try:
        size = len(name.encode())
    except UnicodeEncodeError:  # a lone surrogate
        return hashed(message_id)
    is_name = "/" not in name and "\0" not in name and size <= name_bytes_max
    is_read_back = is_name and number_and_uid(name) == (number, message_id)
    return message_id if is_read_back else hashed(message_id)


def hashed(message_id: str) -> str:
    return "sha256-" + hashlib.sha256(message_id.encode("utf-8", "surrogatepass")).hexdigest()


def stands_for(uid: str, message_id: str) -> bool:
    """Whether an event of this id may have this uid in its file's name."""
    return uid == message_id or uid == hashed(message_id)
