"""Many problems of one piece of work, collected and reported as one."""

import traceback
from typing import Final

from typing_extensions import override

from gwproactor.domain.events import ProblemEvent, ProblemType
from gwproactor.domain.short_text import short_details, short_summary


class Problems(ValueError):  # noqa: N818 - the original library's name
    """Errors and warnings, at most `max_problems` of each (None: no limit); the rest is counted.

    Like an exception it can be raised, and it can be returned as a value.
    """

    MAX_PROBLEMS: Final = 10

    def __init__(
        self,
        msg: str = "",
        warnings: list[BaseException] | None = None,
        errors: list[BaseException] | None = None,
        max_problems: int | None = MAX_PROBLEMS,
    ) -> None:
        super().__init__(msg)
        self.max_problems = max_problems
        self.errors: list[BaseException] = []
        self.warnings: list[BaseException] = []
        self.left_out = 0
        for error in errors or []:
            self.add_error(error)
        for warning in warnings or []:
            self.add_warning(warning)

    def __bool__(self) -> bool:
        return bool(self.errors or self.warnings)

    @override
    def __str__(self) -> str:
        parts = [super().__str__()] if super().__str__() else []
        parts.append(f"{len(self.errors)} errors, {len(self.warnings)} warnings")
        if self.left_out:
            parts.append(f"{self.left_out} more left out")
        return ", ".join(parts)

    def add_error(self, error: BaseException) -> "Problems":
        return self._add(self.errors, error)

    def add_warning(self, warning: BaseException) -> "Problems":
        return self._add(self.warnings, warning)

    def add_problems(self, other: "Problems") -> "Problems":
        """Take over what *other* holds, as far as there is room."""
        for error in other.errors:
            self.add_error(error)
        for warning in other.warnings:
            self.add_warning(warning)
        self.left_out += other.left_out
        return self

    def error_traceback_str(self) -> str:
        """Each problem with its traceback, errors first; one text for the details of an event."""
        lines = [str(self)]
        for title, problems in (("error", self.errors), ("warning", self.warnings)):
            for number, problem in enumerate(problems, 1):
                lines.append(f"{title} {number} of {len(problems)}:")
                lines.append("".join(traceback.format_exception(problem)).rstrip())
        return "\n".join(lines)

    def problem_event(self, summary: str, src: str = "") -> ProblemEvent:
        """The event that reports these problems: an error if there is one, else a warning. Long
        texts are cut.
        """
        return ProblemEvent(
            src=src,
            problem_type=ProblemType.ERROR if self.errors else ProblemType.WARNING,
            summary=short_summary(summary or str(self)),
            details=short_details(self.error_traceback_str()),
        )

    def _add(self, problems: list[BaseException], problem: BaseException) -> "Problems":
        if self.max_problems is None or len(problems) < self.max_problems:
            problems.append(problem)
        else:
            self.left_out += 1
        return self
