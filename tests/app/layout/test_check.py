"""`gwproactor check` tells what is wrong with the layout together with all else."""

import json
from pathlib import Path

from tests.app.layout.sites import child, document, node, web_server
from tests.support.command_line import gwproactor

SITE = """
from dependency_injector import providers
from gwproactor import Actor, HardwareLayout, ProactorContainer, load_actors


def make_actors(layout: HardwareLayout) -> list[Actor]:
    makers = {"Fan": lambda node: Actor(node.name, node=node)}
    return load_actors(layout, makers, parent="s")


class SiteContainer(ProactorContainer):
    actors = providers.Singleton(make_actors, layout=ProactorContainer.hardware_layout)
"""
NODE = """
long_name = "d1.site"
short_name = "s"
container = "site_node:SiteContainer"

[paths]
hardware_layout = "site/layout.json"
"""


def test_actors_and_web_servers_of_a_layout_are_checked_together(tmp_path: Path) -> None:
    (tmp_path / "site_node.py").write_text(SITE)
    (tmp_path / "node.toml").write_text(NODE)
    layout = tmp_path / "site" / "layout.json"
    layout.parent.mkdir()

    missing = gwproactor("check", "node.toml", folder=tmp_path)
    nodes = [node("s"), child("f1", "Fan"), child("l1", "Lamp")]
    layout.write_text(json.dumps(document(nodes, [web_server("c-1", {"Port": -1})])))
    wrong = gwproactor("check", "node.toml", folder=tmp_path)
    layout.write_text(json.dumps(document(nodes[:2], [web_server("c-1", {})])))
    right = gwproactor("check", "node.toml", folder=tmp_path)

    assert missing.stderr.splitlines() == [
        f"node.toml: paths.hardware_layout: there is no hardware layout {layout}"
    ]
    assert wrong.stderr.splitlines() == [
        f"{layout}: component 'c-1': WebServer.Port: must be at least 0",
        f"{layout}: nobody makes an actor of the ActorClass 'Lamp', which l1 has: give load_actors "
        "a maker of it, or leave it out",
    ]
    assert right.stderr == ""
    assert [done.returncode for done in (missing, wrong, right)] == [1, 1, 0]
