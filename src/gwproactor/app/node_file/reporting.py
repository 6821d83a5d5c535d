"""What `gwproactor check` and `run --dry-run` tell of a node."""

from collections.abc import Iterable, Sequence

from gwproactor.app.config.fault import Fault
from gwproactor.app.config.show import write_effective
from gwproactor.app.foreign_code import prints_to_stderr
from gwproactor.app.node_file.checking import Checked, checked
from gwproactor.app.node_file.connecting import BrokerTried, try_brokers
from gwproactor.app.node_file.prepare import NodeFile
from gwproactor.app.node_file.wiring_text import write_wiring
from gwproactor.app.terminal import note, write_json_lines, write_lines
from gwproactor.domain.message import Json


def check(node: NodeFile, *, connects: bool, as_json: bool) -> int:
    """Tell all that is wrong; returns the exit code."""
    tried: Sequence[BrokerTried] = ()
    with prints_to_stderr():
        found = checked(node)
        if connects and found.ready is not None and not found.is_refused:
            tried = try_brokers(found.ready)
    is_fine = not found.faults and all(each.failure is None for each in tried)
    if as_json:
        write_json_lines([_as_json(node, found, tried, is_fine=is_fine)])
    else:
        tell_faults(found.faults)
        write_lines(map(str, tried))
        if is_fine:
            write_lines([f"{node.path}: nothing is wrong with {_summary(found)}"])
    return 0 if is_fine else 1


def show_wiring(node: NodeFile, *, as_json: bool) -> int:
    """Which part is built from which, or what is in the way; returns the exit code."""
    with prints_to_stderr():
        found = checked(node)
    tell_faults(found.faults)
    if found.is_refused:
        return 1
    write_wiring(found.wiring, as_json=as_json)
    return 0


def show_plan(node: NodeFile) -> int:
    """What `run` would run, and whether it would: returns the exit code."""
    with prints_to_stderr():
        found = checked(node)
    tell_faults(found.faults)
    if found.ready is not None:
        write_effective(found.ready.loaded)
        write_lines([""])
        write_wiring(found.wiring, as_json=False)
    return 1 if found.faults else 0


def tell_faults(faults: Iterable[Fault]) -> None:
    """On stderr, one a line."""
    for fault in faults:
        note(str(fault))


def _as_json(
    node: NodeFile, found: Checked, tried: Sequence[BrokerTried], *, is_fine: bool
) -> Json:
    return {
        "file": str(node.path),
        "is_fine": is_fine,
        "may_run": not found.is_refused,
        "faults": [
            {"place": fault.place, "text": fault.text, "may_pass": fault.may_pass}
            for fault in found.faults
        ],
        "brokers": [
            {
                "broker": each.broker,
                "address": each.address,
                "client_id": each.client_id,
                "accepted": each.failure is None,
                "cause": "" if each.failure is None else each.failure.cause,
                "detail": "" if each.failure is None else each.failure.detail,
            }
            for each in tried
        ],
    }


def _summary(found: Checked) -> str:
    assert found.ready is not None
    settings = found.ready.settings
    counts = {"link": len(settings.links), "broker": len(settings.used_brokers)}
    parts = [f"{count} {what}{'' if count == 1 else 's'}" for what, count in counts.items()]
    return f"{settings.long_name}: {', '.join(parts)}"
