"""What every `Stacks` must do, as tests to be run on each adapter.

Subclass `StacksContract` under a name that pytest collects, and override `stacks`.
"""

from contextlib import AbstractContextManager
from typing import Final

from gwproactor.ports.stacks import Stacks

# The functions of the threads that the tests ask for, innermost last.
CALLS: Final = ("read_the_meter", "wait_for_the_meter")


class StacksContract:
    """The tests."""

    def stacks(self, *names: str) -> AbstractContextManager[Stacks]:
        """Within, there are threads of these *names*, each of which is in the functions `CALLS`."""
        raise NotImplementedError

    def test_a_thread_is_found_by_its_name(self) -> None:
        with self.stacks("meter") as stacks:
            stack = stacks.of_thread("meter")
            assert stack is not None
            assert all(call in stack for call in CALLS)

    def test_the_innermost_call_is_last(self) -> None:
        with self.stacks("meter") as stacks:
            stack = stacks.of_thread("meter")
            assert stack is not None
            outer, inner = CALLS
            assert stack.index(outer) < stack.rindex(inner)

    def test_there_is_no_stack_of_a_thread_that_is_not_there(self) -> None:
        with self.stacks("meter") as stacks:
            assert stacks.of_thread("pump") is None
        assert stacks.of_thread("meter") is None

    def test_all_threads_are_told_by_name(self) -> None:
        with self.stacks("meter", "pump") as stacks:
            text = stacks.of_all_threads()
            assert "'meter'" in text
            assert "'pump'" in text
            assert text.count(CALLS[1]) >= 2
