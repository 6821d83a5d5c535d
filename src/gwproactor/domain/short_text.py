"""Texts cut to a length: what others wrote, or raised, is kept and shown in bounded memory."""

from typing import Final

# Of a summary a page shows a line or two; of a traceback both ends say most: where it began, and
# what was raised where.
SUMMARY_MAX: Final = 500
DETAILS_MAX: Final = 10_000
# Names of types and topics are short; longer ones that begin and end alike are counted as one.
KEY_MAX: Final = 200
# What a device says in a word or two, as the reason of a status.
REMARK_MAX: Final = 200


def shortened(text: str, characters_max: int) -> str:
    """*text* if it has no more characters, else its head and tail, with how many were left out.

    The result is never longer than *characters_max*, which must be 60 or more.
    """
    if len(text) <= characters_max:
        return text
    # The mark has room for the larger number: what is left out makes room for the mark, too.
    room = characters_max - len(_mark(len(text)))
    head = (room + 1) // 2
    tail = room - head
    return f"{text[:head]}{_mark(len(text) - room)}{text[len(text) - tail :]}"


def short_summary(text: str) -> str:
    """*text* as the summary of a problem."""
    return shortened(text, SUMMARY_MAX)


def short_details(text: str) -> str:
    """*text* as the details of a problem."""
    return shortened(text, DETAILS_MAX)


def short_key(text: str) -> str:
    """*text* as a key of which many are kept."""
    return shortened(text, KEY_MAX)


def short_remark(text: str) -> str:
    """*text* of another machine in one line, without what could move a terminal's cursor."""
    # What is not printable takes up to ten characters.
    return shortened("".join(map(_shown, text[:DETAILS_MAX])), REMARK_MAX)


def _shown(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]


def _mark(left_out: int) -> str:
    return f" [... {left_out:,} characters left out ...] "
