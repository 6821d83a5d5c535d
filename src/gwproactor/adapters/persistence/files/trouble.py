"""What a store found out in one go, gathered to be told as few reports."""

import attrs

from gwproactor.domain.problems import Problems
from gwproactor.ports.event_store import StoreProblem


@attrs.define
class Trouble:
    """Problems by the summary of their report."""

    _by_summary: dict[str, Problems] = attrs.field(init=False, factory=dict)

    def about(self, summary: str) -> Problems:
        """Where to add what belongs into this report."""
        return self._by_summary.setdefault(summary, Problems(summary))

    def told(self) -> list[StoreProblem]:
        """One report for each summary; afterwards there is nothing to tell."""
        by_summary, self._by_summary = self._by_summary, {}
        return [StoreProblem(summary, found) for summary, found in by_summary.items() if found]
