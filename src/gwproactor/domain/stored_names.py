"""What a stored event calls itself: found in its JSON, without decoding it as an event."""

import json

import attrs

from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.store_problems import (
    ByteDecodingError,
    DecodingError,
    FileEmptyWarning,
    JSONDecodingError,
)


@attrs.frozen
class StoredNames:
    """The `MessageId` and `TypeName` of an event's JSON object; `message_id` None: it has none."""

    message_id: str | None
    type_name: str


def stored_names(
    payload: bytes, uid: str = "", path: str = ""
) -> Outcome[StoredNames, DecodingError | FileEmptyWarning]:
    """The names in *payload*. *uid* and *path* are for the text of a failure only."""
    if not payload:
        return Failure(FileEmptyWarning(uid=uid, path=path))
    try:
        # Not left to json.loads, which would also take UTF-16.
        text = payload.decode()
    except UnicodeDecodeError as error:
        return Failure(ByteDecodingError(str(error), uid, path))
    try:
        # Nobody looks at the integers, and those of more than 4,300 digits would raise.
        found = json.loads(text, parse_int=lambda _digits: 0)
    except (ValueError, RecursionError) as error:
        return Failure(JSONDecodingError(str(error), uid, path))
    if not isinstance(found, dict) or not isinstance(found.get("TypeName"), str):
        return Failure(DecodingError("not a JSON object with a TypeName", uid, path))
    message_id = found.get("MessageId")
    return Success(
        StoredNames(message_id if isinstance(message_id, str) else None, found["TypeName"])
    )
