"""Stopping the node from within."""

from abc import abstractmethod
from typing import Protocol


class StopSwitch(Protocol):
    """Called from the loop thread only."""

    @abstractmethod
    def stop_node(self, reason: str, *, exit_code: int = 0) -> None:
        """Begin to stop the node; *reason* goes into its shutdown event. The first call counts.

        *exit_code* is that of the process (`run_node`); other than 0 asks systemd for a restart.
        """
        ...
