"""How good or bad something is: a colour, a shape and a word each, so that none has to be seen."""

from enum import Enum
from functools import cache
from typing import Final

import attrs

from gwproactor.adapters.web.markup import Markup, tag
from gwproactor.domain.supervision import SupervisionState


@attrs.frozen
class _Look:
    word: str
    outline: str
    sign: str


class Level(Enum):
    """From good to bad; OFF: it is not at work, and need not be."""

    OK = "ok"
    OFF = "off"
    WARN = "warn"
    BAD = "bad"


# A circle with a tick, a dashed circle, a triangle with "!", an octagon with a cross.
LOOKS: Final = {
    Level.OK: _Look("good", "M12 2a10 10 0 1 1 0 20a10 10 0 0 1 0-20z", "M7 12.5l3.5 3.5l6.5-8"),
    Level.OFF: _Look("off", "M12 2a10 10 0 1 1 0 20a10 10 0 0 1 0-20z", "M7 12h10"),
    Level.WARN: _Look("attention", "M12 2.5L23 21.5H1z", "M12 9.5v5M12 17.6v.9"),
    Level.BAD: _Look("bad", "M8 2h8l6 6v8l-6 6H8l-6-6V8z", "M8 8l8 8M16 8l-8 8"),
}
# Of actors and io coroutines.
STATE_LEVELS: Final = {
    SupervisionState.NOT_STARTED: Level.OFF,
    SupervisionState.RUNNING: Level.OK,
    SupervisionState.LATE: Level.BAD,
    SupervisionState.RESTARTING: Level.WARN,
    SupervisionState.FAILED: Level.BAD,
    SupervisionState.ENDED: Level.OFF,
    SupervisionState.STOPPED: Level.OFF,
}
# What comes first where several are listed.
BADNESS: Final = {Level.BAD: 0, Level.WARN: 1, Level.OFF: 2, Level.OK: 3}


@cache
def icon(level: Level) -> Markup:
    """With its word for those who do not see it."""
    look = LOOKS[level]
    return tag(
        "svg",
        tag("path", d=look.outline, class_="outline"),
        tag("path", d=look.sign, class_="sign"),
        class_=f"icon {level.value}",
        viewBox="0 0 24 24",
        role="img",
        aria_label=look.word,
    )
