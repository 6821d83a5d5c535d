"""The contract of `Stacks`, on every adapter."""

import contextlib
import threading
from collections.abc import Iterator

from typing_extensions import override

from gwproactor.adapters.memory import MemoryStacks
from gwproactor.adapters.stacks import InterpreterStacks
from gwproactor.ports.stacks import Stacks
from gwproactor.testing.stacks_contract import CALLS, StacksContract


class TestInterpreterStacks(StacksContract):
    @override
    @contextlib.contextmanager
    def stacks(self, *names: str) -> Iterator[Stacks]:
        may_end = threading.Event()
        is_there = threading.Barrier(len(names) + 1)

        def wait_for_the_meter() -> None:
            is_there.wait(10.0)
            may_end.wait(10.0)

        def read_the_meter() -> None:
            wait_for_the_meter()

        threads = [threading.Thread(target=read_the_meter, name=name) for name in names]
        for thread in threads:
            thread.start()
        is_there.wait(10.0)
        yield InterpreterStacks()
        may_end.set()
        for thread in threads:
            thread.join(10.0)

    def test_threads_that_share_a_name_are_all_told(self) -> None:
        with self.stacks("meter", "meter") as stacks:
            stack = stacks.of_thread("meter")
            assert stack is not None
            assert stack.count("in read_the_meter") == 2


class TestMemoryStacks(StacksContract):
    @override
    @contextlib.contextmanager
    def stacks(self, *names: str) -> Iterator[Stacks]:
        stacks = MemoryStacks({name: "\n".join(CALLS) for name in names})
        yield stacks
        stacks.threads.clear()
