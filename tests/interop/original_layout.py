"""What the original library reads in a layout file, run by the original's own python.

original_layout.py FILE    prints a JSON object: components, attribute classes, nodes by name
"""

# The original's own python runs it: tools that look into src/ know nothing of this environment.
# mypy: ignore-errors

import json
import sys

from gwproto import HardwareLayout


def main(path):
    layout = HardwareLayout.load(path)
    return {
        "components": list(layout.components),
        "cacs": list(layout.cacs),
        "nodes": {name: told_of(layout, node) for name, node in layout.nodes.items()},
    }


def told_of(layout, node):
    parent, cac = layout.parent_node(node), layout.cac(node.name)
    return {
        "actor_class": node.actor_class_str,
        "display_name": node.display_name,
        "sh_node_id": node.sh_node_id,
        "hierarchy": node.actor_hierarchy_name,
        "handle": node.handle,
        "parent": parent and parent.name,
        "boss": layout.boss_node(node).name,
        "component": node.component_id,
        "cac": cac and cac.ComponentAttributeClassId,
    }


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
