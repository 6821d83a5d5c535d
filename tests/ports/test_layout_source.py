"""The contract of `LayoutSource`, on the one in memory and on a JSON file."""

import json
from pathlib import Path

import pytest
from typing_extensions import override

from gwproactor.adapters.layout import JsonLayoutFile
from gwproactor.adapters.memory import MemoryLayoutSource
from gwproactor.domain.hardware_layout import HardwareLayout
from gwproactor.domain.layout_check import layout_of
from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.hardware_layout import BadLayout, LayoutSource
from gwproactor.testing.layout_source_contract import LayoutParts, LayoutSourceContract


def held(parts: LayoutParts) -> HardwareLayout | BadLayout:
    match layout_of(parts.nodes, parts.components, parts.cacs):
        case Success(layout):
            return layout
        case Failure(faults):
            return BadLayout("memory", faults)


def written(parts: LayoutParts) -> str:
    document = {
        "ShNodes": [node.fields for node in parts.nodes],
        "OtherComponents": [component.fields for component in parts.components],
        "OtherCacs": [cac.fields for cac in parts.cacs],
    }
    return json.dumps(document)


class TestMemoryLayoutSource(LayoutSourceContract):
    @override
    def source(self, parts: LayoutParts) -> LayoutSource:
        return MemoryLayoutSource(held(parts))

    @override
    def source_of_nothing(self) -> LayoutSource:
        return MemoryLayoutSource()

    @override
    def write(self, source: LayoutSource, parts: LayoutParts) -> None:
        assert isinstance(source, MemoryLayoutSource)
        source.held = held(parts)


class TestJsonLayoutFile(LayoutSourceContract):
    @pytest.fixture(autouse=True)
    def _file(self, tmp_path: Path) -> None:
        self.file = tmp_path / "layout.json"

    @override
    def source(self, parts: LayoutParts) -> LayoutSource:
        self.file.write_text(written(parts), encoding="utf-8")
        return JsonLayoutFile(self.file)

    @override
    def source_of_nothing(self) -> LayoutSource:
        return JsonLayoutFile(self.file)

    @override
    def write(self, source: LayoutSource, parts: LayoutParts) -> None:
        self.file.write_text(written(parts), encoding="utf-8")
