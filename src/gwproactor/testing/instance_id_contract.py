"""What every `InstanceId` promises. To test an adapter, subclass and make one."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from gwproactor.ports.instance_id import InstanceId


class InstanceIdContract:
    def instance_id(self) -> InstanceId:
        """One that nobody has read."""
        raise NotImplementedError

    def test_it_is_known_once_it_was_read(self) -> None:
        instance_id = self.instance_id()
        assert instance_id.known == ""
        assert instance_id.read() == instance_id.known != ""

    def test_it_can_be_part_of_a_client_id(self) -> None:
        assert re.fullmatch(r"[0-9A-Za-z-]{8,64}", self.instance_id().read())

    def test_it_is_the_same_in_every_thread(self) -> None:
        instance_id = self.instance_id()
        together = Barrier(8)

        def read(_: int) -> str:
            together.wait(10)
            return instance_id.read()

        with ThreadPoolExecutor(8) as threads:
            assert len(set(threads.map(read, range(8)))) == 1
