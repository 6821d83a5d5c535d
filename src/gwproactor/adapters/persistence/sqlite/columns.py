"""How texts, sequences and names are kept in SQLite, exactly and in little room."""

import hashlib
import itertools
from collections.abc import Iterable
from typing import Final, TypeAlias

from gwproactor.domain.message import Sequence

INTEGER_LIMIT: Final = 1 << 63

Text: TypeAlias = str | bytes
SequenceColumns: TypeAlias = tuple[Text | None, int | str | None]

# What decoders raise for values of other types than were written, or for cut texts.
UNDECODABLE: Final = (AttributeError, TypeError, ValueError)


class UnreadableRowError(Exception):
    """A row is not what was written: its file is damaged, although SQLite could read it."""


def text_to_column(text: str) -> Text:
    """What SQLite can keep of any str: JSON may hold lone surrogates, which are no UTF-8."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def text_from_column(value: Text) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "surrogatepass")


def sequence_to_columns(sequence: Sequence | None) -> SequenceColumns:
    """The number's column must have no type: one that is larger than SQLite's is kept as text."""
    if sequence is None:
        return None, None
    number = sequence.number
    fits = -INTEGER_LIMIT <= number < INTEGER_LIMIT
    return text_to_column(sequence.epoch), number if fits else hex(number)


def sequence_from_columns(epoch: Text | None, number: int | str | None) -> Sequence | None:
    if epoch is None or number is None:
        return None
    exact = number if isinstance(number, int) else int(number, 16)
    return Sequence(text_from_column(epoch), exact)


def check_order(numbers: Iterable[int]) -> None:
    """Raises UnreadableRowError unless each is higher than the one before.

    Where leaves of a table were exchanged SQLite finds nothing wrong, and who goes on behind the
    last number that was read would never end.
    """
    for one, other in itertools.pairwise(numbers):
        if one >= other:
            raise UnreadableRowError(f"event {abs(other)} comes after event {abs(one)}")


def hash_of(src: str, message_id: str) -> int:
    """Finds candidates for a duplicate; a collision costs a comparison, never an event."""
    name = f"{src}\0{message_id}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), signed=True)
