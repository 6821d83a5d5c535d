"""The graph of a node as a table, or as JSON: which part was built from which."""

from collections.abc import Sequence

from gwproactor.app.terminal import write_json_lines, write_rows
from gwproactor.domain.status import WiringEntry


def write_wiring(entries: Sequence[WiringEntry], *, as_json: bool) -> None:
    """To stdout, in the order in which the container has them."""
    if as_json:
        write_json_lines(
            {"part": entry.name, "class": entry.class_name, "needs": list(entry.needs)}
            for entry in entries
        )
    else:
        rows = ((entry.name, entry.class_name, ", ".join(entry.needs)) for entry in entries)
        write_rows(("part", "is", "built from"), rows)
