"""The layout of a real site, in which the ported actors have their nodes."""

from functools import cache
from pathlib import Path

from gwproactor import HardwareLayout, ShNode
from gwproactor.adapters.layout import JsonLayoutFile

REAL_LAYOUT = Path(__file__).parents[1] / "data" / "hardware-layout.json"


@cache
def real_layout() -> HardwareLayout:
    return JsonLayoutFile(REAL_LAYOUT).load().unwrap()


def node_of(name: str) -> ShNode:
    found = real_layout().node(name)
    assert found is not None
    return found
