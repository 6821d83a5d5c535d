"""Where the parts of a node tell that they failed."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol

from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.supervision import FailurePolicy


class Failures(Protocol):
    """Called from the loop thread only."""

    @abstractmethod
    def failed(
        self,
        name: str,
        policy: FailurePolicy,
        problem: ProblemFound,
        restart: Callable[[], None] | None = None,
    ) -> bool:
        """The part *name* failed as *problem* says: report it, then do what *policy* wants.

        *restart* starts the part anew; it is called after a jittered pause, unless restarts do not
        help: whether it will be. Without it RESTART stops the node, as nothing else would bring the
        part back.
        """
        ...
