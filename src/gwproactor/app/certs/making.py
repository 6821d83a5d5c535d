"""`gwproactor certs DIR`."""

from datetime import datetime
from pathlib import Path
from typing import Final

import attrs

from gwproactor.adapters.certificates import (
    Step,
    Wanted,
    open_authority,
    supply,
)
from gwproactor.app.certs.layout import (
    BROKER,
    authority_files,
    broker_files,
    node_certs_dir,
    node_files,
)
from gwproactor.app.terminal import note, write_json_lines, write_lines
from gwproactor.domain.message import Json
from gwproactor.domain.outcome import Failure, Success

EXIT_FAILED: Final = 1
THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")


@attrs.frozen(kw_only=True)
class Order:
    """*names* of nodes (see `layout.node_files`) and further *hosts* of the broker."""

    folder: Path
    names: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    days: int = 730


def make_files(order: Order, *, now: datetime, as_json: bool) -> int:
    """Make what is missing below the folder; returns the exit code."""
    steps: list[Step] = []
    trouble = _make(order, now, steps)
    if as_json:
        write_json_lines(_as_object(step) for step in steps)
    else:
        write_lines(_as_line(step) for step in steps)
    if trouble:
        note(trouble)
        return EXIT_FAILED
    if not as_json:
        _say_where(order)
    return 0


def _make(order: Order, now: datetime, steps: list[Step]) -> str:
    """Empty if all is there."""
    own = authority_files(order.folder)
    opened = open_authority(own.certificate, own.key, now, steps.append)
    if isinstance(opened, Failure):
        return str(opened.failure())
    issuer = opened.unwrap()
    hosts = tuple(dict.fromkeys((*THIS_MACHINE, *order.hosts)))
    everybody = [(broker_files(order.folder), Wanted(BROKER, hosts, order.days, now))]
    for name in order.names:
        wanted = Wanted(name.split("/")[0], (), order.days, now)
        everybody.append((node_files(order.folder, name), wanted))
    for files, wanted in everybody:
        match supply(issuer, files, wanted, steps.append):
            case Failure(trouble):
                return str(trouble)
            case Success(None):
                pass
    return ""


def _as_line(step: Step) -> str:
    return f"{step.was.value:7} {step.path}" + (f" ({step.why})" if step.why else "")


def _as_object(step: Step) -> dict[str, Json]:
    return {"path": str(step.path), "was": step.was.value, "why": step.why or None}


def _say_where(order: Order) -> None:
    for name in order.names:
        where = node_certs_dir(order.folder, name).absolute()
        broker = name.rpartition("/")[2]
        note(f'a node finds them with [paths] certs_dir = "{where}" for its broker {broker!r}')
