"""`gwproactor certs show`."""

import math
import os
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import attrs

from gwproactor.adapters.certificates import (
    Certificate,
    HeldKey,
    RevocationList,
    Unread,
    held_in,
)
from gwproactor.adapters.regular_files import FileTrouble
from gwproactor.app.terminal import note, write_json_lines, write_rows
from gwproactor.domain.message import Json
from gwproactor.domain.outcome import Failure, Success

EXIT_FAILED: Final = 1
SUFFIXES: Final = frozenset({".crt", ".pem", ".crl", ".key", ".cer", ".cert"})
DAY_S: Final = 86_400
SOON_DAYS: Final = 30

HEADINGS: Final = ("file", "what", "subject", "issuer", "hosts", "valid until", "days left", "note")


@attrs.frozen(kw_only=True)
class Shown:
    """One certificate, key or list of a file. `is_fault`: the note tells of something wrong."""

    path: Path
    what: str
    subject: str = ""
    issuer: str = ""
    hosts: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    key: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    days_left: int | None = None
    sha256: str = ""
    note: str = ""
    is_fault: bool = False


def show_files(path: Path, *, now: datetime, as_json: bool) -> int:
    """Show what is at *path*, a PEM file or a folder of them; returns the exit code."""
    shown = [each for file in _files(path) for each in _shown(file, now)]
    if as_json:
        write_json_lines(map(_as_object, shown))
    else:
        write_rows(HEADINGS, map(_row, shown), right=("days left",))
    if not shown:
        note(f"{path}: there is no file with one of the endings {', '.join(sorted(SUFFIXES))}")
    return EXIT_FAILED if not shown or any(each.is_fault for each in shown) else 0


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES and not file.is_dir())


def _shown(path: Path, now: datetime) -> Iterator[Shown]:
    match held_in(path):
        case Failure(FileTrouble(reason=reason)):
            yield Shown(path=path, what="-", note=reason, is_fault=True)
        case Success(held):
            for each in held:
                match each:
                    case Certificate():
                        yield _certificate(path, each, now)
                    case HeldKey():
                        yield _key(path, each)
                    case RevocationList():
                        yield _list(path, each, now)
                    case Unread(label=label, is_damaged=damaged):
                        text = "cannot be read" if damaged else ""
                        yield Shown(path=path, what=label.lower(), note=text, is_fault=damaged)


def _certificate(path: Path, found: Certificate, now: datetime) -> Shown:
    uses = {
        "authority": found.may_issue,
        "client": found.is_for_clients and not found.may_issue,
        "server": found.is_for_servers and not found.may_issue,
    }
    left = _days(found.valid_until, now)
    text = _time_note(found.valid_from, found.valid_until, now)
    return Shown(
        path=path,
        what="authority" if found.may_issue else "certificate",
        subject=found.subject,
        issuer=found.issuer,
        hosts=found.hosts,
        uses=tuple(use for use, is_so in uses.items() if is_so),
        key=found.key_kind,
        valid_from=found.valid_from,
        valid_until=found.valid_until,
        days_left=left,
        sha256=found.sha256,
        note=text,
        is_fault=not found.valid_from <= now <= found.valid_until,
    )


def _list(path: Path, found: RevocationList, now: datetime) -> Shown:
    until = found.valid_until
    is_over = until is not None and until < now
    text = f"{found.revoked} revoked"
    if until is not None and (time := _time_note(found.valid_from, until, now)):
        text += f", {time}"
    return Shown(
        path=path,
        what="revocation list",
        issuer=found.issuer,
        valid_from=found.valid_from,
        valid_until=until,
        days_left=None if until is None else _days(until, now),
        note=text,
        is_fault=is_over or now < found.valid_from,
    )


def _key(path: Path, found: HeldKey) -> Shown:
    mode = stat.S_IMODE(path.stat().st_mode)
    is_open = bool(mode & 0o077)
    notes = ["encrypted"] if found.is_encrypted else []
    if is_open:
        notes.append(f"others may read it ({mode:04o}): chmod 600")
    return Shown(
        path=path,
        what="private key",
        key=found.kind,
        note=", ".join(notes),
        is_fault=is_open,
    )


def _time_note(start: datetime, end: datetime, now: datetime) -> str:
    if now > end:
        return "expired"
    if now < start:
        return f"not valid before {start:%Y-%m-%d %H:%M}"
    return "expires soon" if _days(end, now) < SOON_DAYS else ""


def _days(until: datetime, now: datetime) -> int:
    """Whole ones; less than 0 if it is over."""
    return math.floor((until - now).total_seconds() / DAY_S)


def _row(shown: Shown) -> tuple[str, ...]:
    return (
        str(shown.path),
        shown.what,
        shown.subject or (shown.key if shown.what == "private key" else "-"),
        shown.issuer or "-",
        ", ".join(shown.hosts) or "-",
        f"{shown.valid_until:%Y-%m-%d %H:%M}" if shown.valid_until else "-",
        "-" if shown.days_left is None else str(shown.days_left),
        shown.note or "-",
    )


def _as_object(shown: Shown) -> dict[str, Json]:
    """These names are stable."""
    return {
        "path": os.fsencode(shown.path).decode(errors="replace"),  # JSON is UTF-8
        "what": shown.what,
        "subject": shown.subject or None,
        "issuer": shown.issuer or None,
        "hosts": list(shown.hosts),
        "uses": list(shown.uses),
        "key": shown.key or None,
        "valid_from": _iso(shown.valid_from),
        "valid_until": _iso(shown.valid_until),
        "days_left": shown.days_left,
        "sha256": shown.sha256 or None,
        "note": shown.note or None,
        "is_fault": shown.is_fault,
    }


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
