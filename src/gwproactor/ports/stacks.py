"""What threads are doing at this moment."""

from abc import abstractmethod
from typing import Protocol


class Stacks(Protocol):
    """Called from any thread."""

    @abstractmethod
    def of_thread(self, name: str) -> str | None:
        """The stack of the thread *name* as text, innermost call last; None: there is none."""
        ...

    @abstractmethod
    def of_all_threads(self) -> str:
        """The stacks of all threads, each under the thread's name."""
        ...
