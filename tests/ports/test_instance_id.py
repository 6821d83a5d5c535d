"""The contract of `InstanceId`, on every adapter."""

from pathlib import Path

import pytest
from typing_extensions import override

from gwproactor.adapters.identity import InstanceIdFile
from gwproactor.adapters.memory import MemoryInstanceId
from gwproactor.ports.instance_id import InstanceId
from gwproactor.testing.instance_id_contract import InstanceIdContract


class TestInstanceIdFile(InstanceIdContract):
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "data" / "instance-id"

    @override
    def instance_id(self) -> InstanceId:
        return InstanceIdFile(self.path)


class TestMemoryInstanceId(InstanceIdContract):
    @override
    def instance_id(self) -> InstanceId:
        return MemoryInstanceId("5eed0000-0000-4000-8000-000000000001")
