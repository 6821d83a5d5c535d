"""What was found about one setting of a broker."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import attrs


@attrs.frozen
class Finding:
    """`setting` is below the broker, as ("tls", "crl_path"); the rest is as of a `Fault`."""

    setting: tuple[str, ...]
    text: str
    may_pass: bool = False


def outside_its_time(
    setting: tuple[str, ...],
    path: Path,
    now: datetime,
    *,
    valid_from: datetime,
    valid_until: datetime | None,
    what: str = "",
) -> Iterator[Finding]:
    """At most one, which may pass: the clock of a machine that just started may be wrong. *what*
    says which one of several in the file.
    """
    subject = f"{path}{f' ({what})' if what else ''}"
    clock = f"this machine's clock says {moment(now)}"
    if valid_until is not None and now > valid_until:
        text = f"{subject} expired on {moment(valid_until)}; {clock}"
        yield Finding(setting, text, may_pass=True)
    elif now < valid_from:
        text = f"{subject} is not valid before {moment(valid_from)}; {clock}"
        yield Finding(setting, text, may_pass=True)


def moment(time: datetime) -> str:
    """To the minute, in UTC."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
