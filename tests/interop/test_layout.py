"""A real layout file is to us what it is to the original library."""

import json
import subprocess
from pathlib import Path

from gwproactor import HardwareLayout, ShNode
from gwproactor.adapters.layout import JsonLayoutFile
from tests.support.original_peer import PYTHON

REAL = Path(__file__).parents[1] / "data" / "hardware-layout.json"


def told_of(layout: HardwareLayout, node: ShNode) -> dict[str, str | None]:
    parent, boss, cac = layout.parent_node(node), layout.boss_node(node), layout.cac(node.name)
    return {
        "actor_class": node.actor_class,
        "display_name": node.display_name,
        "sh_node_id": node.sh_node_id,
        "hierarchy": node.actor_hierarchy_name,
        "handle": node.handle,
        "parent": parent.name if parent else None,
        "boss": boss.name if boss else None,
        "component": node.component_id or None,
        "cac": cac.cac_id if cac else None,
    }


def test_nodes_devices_and_who_is_above_whom_are_those_of_the_original() -> None:
    script = Path(__file__).with_name("original_layout.py")
    original = json.loads(subprocess.check_output([PYTHON, script, REAL], text=True))
    ours = JsonLayoutFile(REAL).load().unwrap()

    assert list(ours.components) == original["components"]
    assert list(ours.cacs) == original["cacs"]
    assert {name: told_of(ours, node) for name, node in ours.nodes.items()} == original["nodes"]
    assert len(original["nodes"]) == 43
