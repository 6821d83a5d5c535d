"""`InstanceId` in memory: one that is given, for tests and simulations."""


class MemoryInstanceId:
    def __init__(self, instance_id: str) -> None:
        self._instance_id = instance_id
        self._known = ""

    @property
    def known(self) -> str:
        return self._known

    def read(self) -> str:
        self._known = self._instance_id
        return self._known
