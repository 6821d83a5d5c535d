"""What a node, link or actor may be called.

A name becomes a level of an MQTT topic, in which `.` is written `-` (see `topic`); so a name with a
`-` would come back as another name, and `/`, `+`, `#` would change the topic's structure.
"""

from typing import Final

import attrs
from typing_extensions import override

from gwproactor.domain.outcome import Failure, Outcome, Success

FORBIDDEN: Final = "-/+#"


@attrs.frozen
class BadName:
    """A name that cannot be used in a topic."""

    what: str
    name: str
    reason: str

    @override
    def __str__(self) -> str:
        return f"{self.what} {self.name!r} {self.reason}"


def checked_name(name: str, what: str) -> Outcome[str, BadName]:
    """*name* itself, or why it cannot be used; *what* names the setting for the message."""
    if not name:
        return Failure(BadName(what, name, "is empty: give it a name"))
    for character in FORBIDDEN:
        if character in name:
            reason = (
                f"contains {character!r}, which a topic cannot carry: use letters, digits, '.', '_'"
            )
            return Failure(BadName(what, name, reason))
    if any(character.isspace() or not character.isprintable() for character in name):
        return Failure(BadName(what, name, "contains white space or a control character"))
    return Success(name)
